"""The reporter comes back: the officer is told and reads it on record; a wish to stop is kept."""

import json
import secrets
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Basis, Purpose
from mlinzi.casework.tests.conftest import Desk
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import Receipt, WordKind
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from tests.people import AMINA, OTIENO
from tests.tables import Entry, Letter, Word
from tests.world import WORKER, open_box, sign_in

LATER = "I remembered his other name, @invented_tembo_3."


def write(receipt: Receipt, kind: WordKind, text: str) -> None:
    secret = intake.come_back(receipt, "en", now=now(), keys=keyring())
    once = secrets.token_hex(8)
    intake.write_back(secret, kind, text, once=once, by=Actor.reporter(), now=now(), keys=keyring())


def taken_over(receipt: Receipt, kind: WordKind, text: str = "") -> None:
    """The reporter writes, and the worker takes it over."""
    write(receipt, kind, text)
    assert intake.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix="254") == 1


def case_of(desk: Desk) -> tuple[Case, Receipt]:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    return case, receipt


def test_words_that_came_later_are_told_once_and_read_on_record(desk: Desk) -> None:
    case, receipt = case_of(desk)
    amina, otieno = desk.officer(AMINA), desk.officer(OTIENO)
    assert reads.my_work(by=amina).wrote == []
    taken_over(receipt, WordKind.WORDS, LATER)
    assert [row.case for row in reads.my_work(by=amina).wrote] == [case]
    assert reads.my_work(by=otieno).wrote == []
    letters = Letter.objects.count()
    assert acts.tell_of_words(by=WORKER, now=now(), keys=keyring()) == 1
    assert acts.tell_of_words(by=WORKER, now=now(), keys=keyring()) == 0
    assert Letter.objects.count() == letters + 1

    opened = acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
    assert [(letter.kind, letter.text, letter.unread) for letter in opened.letters] == [
        ("words", LATER, True)
    ]
    assert reads.my_work(by=amina).wrote == []
    assert reads.reporters_of(case).unread == 0
    assert not mail.outbox


def test_a_word_says_nothing_to_whoever_may_not_open_the_case(desk: Desk, client: Client) -> None:
    case, receipt = case_of(desk)
    taken_over(receipt, WordKind.WORDS, LATER)
    sign_in(client, desk.world.people[AMINA])
    shut = client.get(f"/cases/{case.number}/").content.decode()
    assert "The reporter wrote again." in shut
    assert "invented_tembo_3" not in shut
    client.post(f"/cases/{case.number}/open/", {"purpose": "casework"})
    assert "invented_tembo_3" in client.get(f"/cases/{case.number}/").content.decode()
    opened = Entry.objects.filter(action="casework.case.open", object_id=str(case.id))
    assert opened.count() == 1


def test_words_are_found_again_by_what_they_name(desk: Desk) -> None:
    _case, receipt = case_of(desk)
    taken_over(receipt, WordKind.WORDS, LATER)
    desk.report("Somebody called @invented_tembo_3 writes to my sister at night and she is afraid.")
    acts.triage_waiting(by=WORKER, now=now())
    other = Case.objects.latest("opened_at")
    like_it = reads.similar(other, by=desk.officer(AMINA))
    assert [similar.kinds for similar in like_it] == [("account",)]


def test_whoever_asked_to_stop_is_left_in_peace_until_they_write_again(desk: Desk) -> None:
    case, receipt = case_of(desk)
    amina = desk.officer(AMINA)
    taken_over(receipt, WordKind.STOP)
    assert open_box(receipt).stopped
    with pytest.raises(Refused, match="asked us to stop"):
        acts.answer(case.number, "Hello.", form_key=b"1" * 16, by=amina, now=now(), keys=keyring())
    with pytest.raises(Refused, match="no consent"):
        desk.refer(case, basis=Basis.CONSENT)
    assert open_box(receipt).answers == ()
    desk.refer(case, basis=Basis.LAW)

    taken_over(receipt, WordKind.WORDS, "I changed my mind.")
    assert not open_box(receipt).stopped
    acts.answer(case.number, "We are here.", form_key=b"2" * 16, by=amina, now=now(), keys=keyring())
    assert [a.text for a in open_box(receipt).answers] == ["We are here."]
    wanted = {"intake.report.stop", "intake.report.resume"}
    assert wanted <= set(Entry.objects.values_list("action", flat=True))


def test_another_safe_contact_replaces_the_first_and_can_be_taken_back(desk: Desk) -> None:
    case, receipt = case_of(desk)
    amina = desk.officer(AMINA)

    def details() -> tuple[str, str]:
        opened = acts.open_case(case.number, Purpose.CASEWORK, by=amina, now=now(), keys=keyring())
        return opened.reports[0].details.channel, opened.reports[0].details.address

    first = {"channel": "call", "address": "0700 000 017", "hours": "evening", "say": "the library"}
    taken_over(receipt, WordKind.CONTACT, json.dumps(first))
    assert details() == ("call", "0700 000 017")
    nothing = {"channel": "never", "address": "", "hours": "", "say": ""}
    taken_over(receipt, WordKind.CONTACT, json.dumps(nothing))
    assert details() == ("never", "")
    assert reads.reporters_of(case).never == 1


def test_a_word_that_cannot_be_taken_holds_up_no_other(desk: Desk) -> None:
    _case, receipt = case_of(desk)
    write(receipt, WordKind.CONTACT, "no contact at all")
    write(receipt, WordKind.WORDS, LATER)
    assert intake.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix="254") == 2
    assert sorted(Word.objects.values_list("failure", flat=True)) == ["", "JSONDecodeError"]
    assert intake.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix="254") == 0
    later = now() + timedelta(hours=2)
    assert intake.take_words(by=WORKER, now=later, keys=keyring(), country_prefix="254") == 1
