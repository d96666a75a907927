"""Received once whatever happens, sealed for the worker, opened once, answered to the number alone."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from psycopg import sql

from kinga import envelope
from mlinzi.intake import acts, reads, rules
from mlinzi.intake.models import Mailbox, Message, Report, Submission
from mlinzi.intake.rules import Danger, Door, Receipt, Status, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import HELD, KeyRing, keyring, keyring_from
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText
from tests.tables import Entry
from tests.world import WORKER, make_country, open_box, submit

pytestmark = pytest.mark.django_db
CANARY = "Zawadi writes that somebody at kijana_canary asks for pictures"
TOLD = Submitted(CANARY, "example.org/canary-room", "", "", Danger.NO, "en")
ANSWER = "Thank you for telling us, canary."


def receive(submitted: Submitted = TOLD, *, token: bytes = b"t" * 16, keys: KeyRing | None = None) -> Receipt:
    return acts.receive(
        submitted, token=token, door=Door.WEB, by=Actor.reporter(), now=now(), keys=keys or keyring()
    )


def open_all(*, after: timedelta = timedelta(0)) -> int:
    return acts.open_submissions(by=WORKER, now=now() + after, keys=keyring(), country_prefix="254")


def door_ring() -> KeyRing:
    """The keys that the public process holds, and no more."""
    from django.conf import settings

    return keyring_from(settings.KEYS / "public", HELD["public"])


def test_the_same_form_makes_one_report_and_one_number(tarrowmere: None) -> None:
    first = receive()
    assert receive() == first
    assert (Submission.objects.count(), Mailbox.objects.count()) == (1, 1)
    assert Entry.objects.filter(action="intake.submission.receive").count() == 1
    added = receive(replace(TOLD, narrative=CANARY + ". And he knows my school."))
    assert added != first
    assert Submission.objects.count() == 2  # the added sentence is not dropped


def test_what_is_empty_or_too_long_is_refused_and_leaves_nothing(tarrowmere: None) -> None:
    for narrative in ("", "x" * (rules.NARRATIVE_LIMIT + 1)):
        with pytest.raises(Refused):
            receive(replace(TOLD, narrative=narrative))
    assert not Submission.objects.exists()
    assert not Entry.objects.filter(action="intake.submission.receive").exists()


def test_without_its_keys_a_door_takes_nothing_in(tarrowmere: None) -> None:
    for keys in (KeyRing(), replace(door_ring(), intake=None), replace(door_ring(), receipt_secret=None)):
        with pytest.raises(vault.NoKey):
            receive(keys=keys)
    assert not Submission.objects.exists()
    receive(keys=door_ring())
    assert Submission.objects.count() == 1


def in_two_threads(act: Callable[[], Receipt]) -> list[Receipt]:
    together = Barrier(2)

    def once(_: int) -> Receipt:
        try:
            together.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(once, range(2)))


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_report() -> None:
    make_country("xx", demonstration=False)
    keys = keyring()
    for at in range(5):
        token = bytes([at]) * 16
        first, second = in_two_threads(lambda token=token: receive(token=token, keys=keys))  # type: ignore[misc]
        assert first == second
    assert (Submission.objects.count(), Mailbox.objects.count()) == (5, 5)
    assert Entry.objects.filter(action="intake.submission.receive").count() == 5


def everything_in_the_database() -> bytes:
    """Every row of every table as PostgreSQL writes it, bytes as bytes."""
    found = bytearray()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
            for row in cursor.fetchall():
                for value in row:
                    found += bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                    found += b"\n"
    return bytes(found)


def test_the_database_holds_no_word_and_no_number(tarrowmere: None) -> None:
    receipt = receive()
    open_all()
    report = Report.objects.get()
    acts.tell(report.id, ANSWER, by=WORKER, now=now(), keys=keyring())
    assert len(open_box(receipt).answers) == 1
    held = everything_in_the_database()
    assert report.door.encode() in held  # the sweep does see what is there
    for canary in ("canary", "Zawadi", receipt.digits, receipt.shown):
        assert canary.encode() not in held


def test_who_seals_at_the_door_cannot_open_again(tarrowmere: None) -> None:
    receive(keys=door_ring())
    submission = Submission.objects.get()
    thing = SealedText("intake.submission", str(submission.id), "all", bytes(submission.sealed))
    worker = Actor.process("worker")
    with pytest.raises(envelope.NotForUs):
        vault.open_for_work(thing, by=worker, now=now(), keys=door_ring())
    assert CANARY in vault.open_for_work(thing, by=worker, now=now(), keys=keyring())


def test_answers_come_newest_first_and_only_the_number_opens_them(tarrowmere: None) -> None:
    receipt, other = submit(CANARY), submit("Something else happened to me.")
    open_all()
    report = Report.objects.order_by("received_at")[0]
    for at, text in enumerate((ANSWER, "And one more thing.")):
        moment = now() + timedelta(minutes=at)
        acts.tell(report.id, text, by=WORKER, now=moment, keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
    box = open_box(receipt, keys=door_ring())
    assert [told.text for told in box.answers] == ["And one more thing.", ANSWER]
    assert box.status is Status.ANSWERED
    assert open_box(other, keys=door_ring()).answers == ()
    secret = door_ring().receipt_secret
    assert secret
    other_key = envelope.PrivateKey.from_seed("mailbox", rules.mailbox_keys(other, secret).seed)
    message = Message.objects.first()
    assert message is not None
    with pytest.raises(envelope.EnvelopeError):
        vault.open_for_reporter(
            SealedText("intake.message", str(message.id), "text", bytes(message.sealed)), other_key
        )


def test_reading_ones_own_answer_is_recorded_nowhere(tarrowmere: None) -> None:
    receipt = submit(CANARY)
    before = Entry.objects.count()
    open_box(receipt)
    assert Entry.objects.count() == before


def test_wrong_expired_and_keyless_lead_nowhere(tarrowmere: None) -> None:
    receipt = submit(CANARY)
    Mailbox.objects.update(expires_at=now() + timedelta(days=1))
    assert open_box(receipt).status is Status.RECEIVED
    with pytest.raises(NotFound):
        open_box(receipt, at=now() + timedelta(days=1))
    with pytest.raises(NotFound):
        open_box(Receipt("0" * 16))
    with pytest.raises(NotFound):  # the same number under another secret
        open_box(receipt, keys=replace(keyring(), receipt_secret=os.urandom(32)))
    with pytest.raises(vault.NoKey):
        open_box(receipt, keys=KeyRing())


def test_an_answer_to_nothing_is_refused(tarrowmere: None) -> None:
    submit(CANARY)
    with pytest.raises(NotFound):
        acts.tell(Submission.objects.get().id, ANSWER, by=WORKER, now=now(), keys=keyring())
    assert not Message.objects.exists()


def test_a_report_is_taken_into_one_case(tarrowmere: None) -> None:
    submit(CANARY)
    open_all()
    report = Report.objects.get()
    acts.take_into_case(report.id, by=WORKER, now=now())
    assert reads.without_case() == []
    with pytest.raises(NotFound):
        acts.take_into_case(report.id, by=WORKER, now=now())


def test_answers_can_be_read_again_at_the_desk(tarrowmere: None) -> None:
    submit(CANARY)
    open_all()
    report = Report.objects.get()
    acts.tell(report.id, ANSWER, by=WORKER, now=now(), keys=keyring())
    ((_at, sealed),) = reads.sealed_answers(report.id)
    assert vault.open_for_work(sealed, by=WORKER, now=now(), keys=keyring()) == ANSWER
