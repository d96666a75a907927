"""Looking something up: exact, kept before it is answered, and shown to a supervisor where it is unusual."""

import os
from datetime import date, timedelta

import pytest
from django.db import transaction

from mlinzi.casework import acts, reads
from mlinzi.casework.acts import PersonTold
from mlinzi.casework.models import Case, LookUp
from mlinzi.casework.rules import (
    LOOK_LIMIT,
    LookFacts,
    LookKind,
    Part,
    PersonField,
    Unusual,
    understood,
    unusual,
)
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_web import browser, page, send, text_of
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import WordKind, helper_code
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, MORAA, OTIENO, WANJIKU
from tests.tables import Entry, Letter
from tests.world import WORKER


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ab2c-9xyz", LookKind.NUMBER),
        ("0700 000 111", LookKind.PHONE),
        ("+254700000111", LookKind.PHONE),
        ("https://duara.example.com/video/3", LookKind.LINK),
        ("Kijani Chat: invented_coach", LookKind.ACCOUNT),
        ("@invented_coach", LookKind.ACCOUNT),
        ("m 0417-2293", LookKind.CODE),
        ("M 0417 229", None),
        ("Amina", None),
        ("invented_%", None),
        ("*", None),
        ("", None),
        ("a" * 5000, None),
    ],
)
def test_what_is_asked_is_one_exact_thing_or_nothing(text: str, kind: LookKind | None) -> None:
    asked = understood(text, country_prefix="254", today=date(2026, 5, 6))
    assert (asked.kind if asked else None) is kind


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, []),
        ({"within_the_hour": 20}, [Unusual.MANY]),
        ({"within_the_hour": 19}, []),
        ({"empty_before": 5, "found": 0}, [Unusual.NOTHING_FOUND]),
        ({"empty_before": 5, "found": 1}, []),
        ({"others": 2}, [Unusual.SEVERAL_PEOPLE]),
        ({"at": now().replace(hour=2)}, [Unusual.AT_NIGHT]),
        ({"at": now().replace(hour=2), "on_duty": True}, []),
    ],
)
def test_what_is_unusual_has_its_reason(more: dict[str, object], why: list[Unusual]) -> None:
    ordinary = {"within_the_hour": 0, "empty_before": 0, "found": 1, "others": 0, "on_duty": False}
    facts = LookFacts(**{**ordinary, "at": now().replace(hour=11), **more})  # type: ignore[arg-type]
    assert unusual(facts) == why


def asked(desk: Desk, text: str, who: str = AMINA, purpose: str = "same_matter") -> list[str]:
    found = acts.look_up(text, purpose, by=desk.officer(who), now=now(), keys=keyring())
    return sorted(case.number for case in found.cases)


def test_a_case_is_found_by_what_reports_and_people_name(live_desk: Desk) -> None:
    told = live_desk.case("He writes as @invented_coach and calls from 0700 000 111.")
    known = live_desk.taken(narrative="My brother is sad since he met somebody online.")
    fields = {PersonField.PHONE: "+254 700 000 111", PersonField.LINKS: "https://duara.example.com/video/3"}
    acts.add_person(
        known.number, PersonTold(Part.SUSPECT, fields=fields), form_key=os.urandom(16),
        by=live_desk.officer(AMINA), now=now(), keys=keyring(),
    )  # fmt: skip
    assert asked(live_desk, "0700000111") == sorted([told.number, known.number])
    assert asked(live_desk, "Kijani Chat: @Invented_Coach") == [told.number]
    assert asked(live_desk, "duara.example.com/video/3/") == [known.number]
    assert asked(live_desk, told.number.lower()) == [told.number]
    assert asked(live_desk, "0700 000 112") == []
    row = LookUp.objects.order_by("at").first()
    assert row
    assert (row.kind, row.found) == ("phone", 2)
    assert "700000111" not in str(row.__dict__)


def test_what_may_not_be_seen_leaves_no_trace(live_desk: Desk) -> None:
    case = live_desk.case("He calls from 0700 000 111.")
    absent = acts.look_up("0799999999", "caller", by=live_desk.officer(ACHIENG), now=now(), keys=keyring())
    hidden = acts.look_up("0700000111", "caller", by=live_desk.officer(ACHIENG), now=now(), keys=keyring())
    assert absent == hidden
    assert asked(live_desk, case.number, ACHIENG) == []
    acts.declare_conflict(case.number, by=live_desk.officer(AMINA), now=now(), keys=keyring())
    assert asked(live_desk, "0700000111") == []


def test_nothing_is_answered_before_it_is_kept(live_desk: Desk) -> None:
    live_desk.case("He calls from 0700 000 111.")
    with pytest.raises(RuntimeError), transaction.atomic():
        asked(live_desk, "0700000111")
    assert not LookUp.objects.exists()
    asked(live_desk, "0700000111")
    entry = Entry.objects.get(action="casework.look.up")
    assert (entry.purpose, entry.details) == ("same_matter", {"kind": "phone"})


def test_a_purpose_is_needed_and_there_is_an_end(live_desk: Desk) -> None:
    with pytest.raises(Refused, match="what you need it for"):
        asked(live_desk, "0700000111", purpose="curious")
    with pytest.raises(Refused, match="whole number"):
        asked(live_desk, "Zawadi")
    amina, house = live_desk.world.people[AMINA], live_desk.world.organisations["national_desk"]
    for _ in range(LOOK_LIMIT):
        LookUp.objects.create(
            person=amina, organisation=house, kind="phone", purpose="caller", digest=b"x" * 16, at=now()
        )
    with pytest.raises(Refused, match="within an hour"):
        asked(live_desk, "0700000111")


def test_unusual_ones_are_shown_to_a_supervisor_and_to_nobody_else(live_desk: Desk) -> None:
    live_desk.case("He calls from 0700 000 111.")
    for who in (AMINA, OTIENO, WANJIKU):
        asked(live_desk, "0700000111", who)
    wanjiku = live_desk.officer(WANJIKU)
    shown = [look for look in reads.unusual_looks(by=wanjiku).rows if "several_people" in look.unusual]
    assert len(shown) == 1
    assert reads.unusual_looks(by=live_desk.officer(AMINA)).rows == []
    with pytest.raises(Refused, match="yourself"):
        acts.see_unusual(shown[0].id, by=wanjiku, now=now())
    acts.see_unusual(shown[0].id, by=live_desk.officer("kiptoo"), now=now())
    assert shown[0].id not in [look.id for look in reads.unusual_looks(by=wanjiku).rows]


def test_by_clicks(live_desk: Desk) -> None:
    case = live_desk.case("He calls from 0700 000 111.")
    amina = browser(live_desk, AMINA)
    assert "You have not looked anything up yet" in text_of(page(amina, "look_up"))
    refused = send(amina, "look_up", asked="0700 000 111")
    assert refused.status_code == 422
    assert 'value="0700 000 111"' in refused.content.decode(), "nothing typed is lost"
    found = send(amina, "look_up", asked="0700 000 111", purpose="caller")
    assert found.status_code == 200
    assert case.number in text_of(found)
    nothing = send(amina, "look_up", asked="0700 000 112", purpose="caller")
    assert "Nothing that you may see" in text_of(nothing)
    assert text_of(page(amina, "look_up")).count("Somebody asks about their case") >= 2
    for who in (KAMAU, MORAA):
        assert page(browser(live_desk, who), "look_up").status_code == 404
    assert page(browser(live_desk, CHAO), "unusual").status_code == 404
    LookUp.objects.update(unusual=["at_night"], at=now() - timedelta(minutes=1))
    wanjiku = browser(live_desk, WANJIKU)
    assert "At night, without being on duty" in text_of(page(wanjiku, "unusual"))
    first = LookUp.objects.first()
    assert first
    assert send(wanjiku, "see_unusual", first.id).status_code == 302


def test_a_reporter_lets_somebody_find_the_report_for_a_week(desk: Desk) -> None:
    receipt = desk.report("Somebody keeps asking for pictures.")
    acts.triage_waiting(by=WORKER, now=now())
    case = Case.objects.get()
    secret = intake.come_back(receipt, "en", now=now(), keys=keyring())
    code = helper_code(b"seed", "once")
    for _ in range(2):
        intake.write_back(
            secret, WordKind.CODE, code, once="1", by=Actor.reporter(), now=now(), keys=keyring()
        )
    intake.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix="254")

    def found(typed: str, days: int = 0, who: str = AMINA) -> list[Case]:
        at = now() + timedelta(days=days)
        return acts.look_up(typed, "caller", by=desk.officer(who), now=at, keys=keyring()).cases

    assert found(code) == found(code.lower().replace(" ", "")) == [case]
    assert found(code, days=7) == [case]
    assert found(code, days=8) == []
    assert found(helper_code(b"other seed", "once")) == []
    assert found(code, who=CHAO) == [], "a code opens no case that one may not see"
    assert not Letter.objects.filter(about="reporter.wrote").exists()
    assert reads.reporters_of(case).unread == 0
    assert code not in str(Entry.objects.filter(object_type="intake.report").values_list("details"))
