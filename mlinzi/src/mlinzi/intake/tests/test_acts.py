"""Received once whatever happens, sealed for the worker, opened once, answered to the number alone."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg import sql

from kinga import envelope
from mlinzi.directory import reads as directory
from mlinzi.intake import acts, jobs, reads, rules
from mlinzi.intake.models import Mailbox, Message, Report, Submission
from mlinzi.intake.rules import Danger, Door, Receipt, Status, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import HELD, KeyRing, keyring, keyring_from
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText
from tests.tables import Entry
from tests.world import WORKER, make_country, submit

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


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_a_submission_once() -> None:
    make_country("xx", demonstration=False)
    for at in range(6):
        submit(f"{CANARY} {at}")
    together = Barrier(2)

    def work(_: int) -> int:
        try:
            together.wait(10)
            return open_all()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(work, range(2)))
    assert sum(taken) == Report.objects.count() == 6
    assert open_all() == 0
    assert Entry.objects.filter(action="intake.report.make").count() == 6


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
    assert len(reads.mailbox_for(receipt, keys=keyring(), now=now()).answers) == 1
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


def test_a_report_carries_what_was_told(kenya: None) -> None:
    submit(CANARY, where_online="example.org/x", category="wants_to_meet", area="nairobi", danger=Danger.YES)
    assert jobs.open_submissions() == 1
    report = Report.objects.get()
    assert report.category is not None
    assert report.category.pack_id == "wants_to_meet"
    assert report.area == directory.area_named("nairobi")
    assert (report.in_danger, report.language, report.door) == ("yes", "en", "web")
    opened = [
        vault.open_for_work(t, by=WORKER, now=now(), keys=keyring()) for t in reads.sealed_texts(report)
    ]
    assert opened == [CANARY, "example.org/x"]
    assert list(reads.without_case()) == [report]


def test_a_category_that_is_gone_does_not_stop_a_report(tarrowmere: None) -> None:
    submit(CANARY, category="was-in-an-older-pack", area="nowhere")
    open_all()
    report = Report.objects.get()
    assert report.category is None
    assert report.area is None


POISON = [
    "not JSON",
    "[]",
    '{"narrative": "x"}',
    '{"in_danger": "perhaps"}',
    rules.as_text(TOLD).replace(json.dumps(CANARY), "5"),
    rules.as_text(TOLD).replace(json.dumps(CANARY), '{"a": ["b"]}'),
    "[" * 100_000,
    rules.as_text(replace(TOLD, narrative="a " * 200_000)),
]


def seal(text: str, submission: Submission) -> bytes:
    return vault.seal_for_worker(text, "intake.submission", submission.id, "all", keys=keyring())


def poisoned() -> list[Submission]:
    """Submissions that nobody can open into a report, each for another reason."""
    made = []
    for at, text in enumerate(
        [*POISON, rules.as_text(replace(TOLD, language="a language of many letters")), None]
    ):
        submission = Submission(
            key_digest=os.urandom(32), door=Door.WEB, received_at=now() - timedelta(hours=at + 1)
        )
        submission.sealed = b"no envelope at all" if text is None else seal(text, submission)
        submission.save()
        made.append(submission)
    return made


def test_one_that_cannot_be_opened_never_stops_the_line(tarrowmere: None) -> None:
    bad = poisoned()
    submit(CANARY)  # the newest, behind all of them
    assert open_all() == len(bad) + 1
    assert Report.objects.count() == 1
    failed = Submission.objects.exclude(failed_at=None)
    assert failed.count() == len(bad)
    assert all(f.failure and CANARY not in f.failure for f in failed)
    state = reads.door_state()
    assert (state.waiting, state.failed) == (0, len(bad))
    assert open_all() == 0  # not tried over and over


def test_what_was_set_aside_is_tried_again_after_an_hour_and_recorded_once(tarrowmere: None) -> None:
    submit(CANARY)
    submission = Submission.objects.get()
    whole = bytes(submission.sealed)
    Submission.objects.update(sealed=b"unreadable for a while")
    assert open_all() == 1
    assert open_all(after=timedelta(minutes=59)) == 0
    assert open_all(after=timedelta(minutes=61)) == 1
    assert Entry.objects.filter(action="intake.submission.fail").count() == 1
    Submission.objects.update(sealed=whole)
    assert open_all(after=timedelta(hours=3)) == 1
    assert Report.objects.count() == 1
    assert reads.door_state().failed == 0


def test_a_fault_of_ours_sets_nothing_aside(tarrowmere: None) -> None:
    submit(CANARY)
    without = replace(keyring(), records=None)
    with pytest.raises(vault.NoKey):
        acts.open_submissions(by=WORKER, now=now(), keys=without, country_prefix="")
    state = reads.door_state()
    assert (state.waiting, state.failed) == (1, 0)
    assert state.oldest is not None


def test_answers_come_newest_first_and_only_the_number_opens_them(tarrowmere: None) -> None:
    receipt, other = submit(CANARY), submit("Something else happened to me.")
    open_all()
    report = Report.objects.order_by("received_at")[0]
    for at, text in enumerate((ANSWER, "And one more thing.")):
        moment = now() + timedelta(minutes=at)
        acts.tell(report.id, text, by=WORKER, now=moment, keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
    box = reads.mailbox_for(receipt, keys=door_ring(), now=now())
    assert [told.text for told in box.answers] == ["And one more thing.", ANSWER]
    assert box.status is Status.ANSWERED
    assert reads.mailbox_for(other, keys=door_ring(), now=now()).answers == ()
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
    reads.mailbox_for(receipt, keys=keyring(), now=now())
    assert Entry.objects.count() == before


def test_wrong_expired_and_keyless_lead_nowhere(tarrowmere: None) -> None:
    receipt = submit(CANARY)
    Mailbox.objects.update(expires_at=now() + timedelta(days=1))
    assert reads.mailbox_for(receipt, keys=keyring(), now=now()).status is Status.RECEIVED
    with pytest.raises(NotFound):
        reads.mailbox_for(receipt, keys=keyring(), now=now() + timedelta(days=1))
    with pytest.raises(NotFound):
        reads.mailbox_for(Receipt("0" * 16), keys=keyring(), now=now())
    with pytest.raises(NotFound):  # the same number under another secret
        reads.mailbox_for(receipt, keys=replace(keyring(), receipt_secret=os.urandom(32)), now=now())
    with pytest.raises(vault.NoKey):
        reads.mailbox_for(receipt, keys=KeyRing(), now=now())


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


@pytest.mark.parametrize("name", ["received_at", "failed_at", "opened_at"])
@pytest.mark.parametrize("time", ["infinity", "-infinity", "9999-12-31", "0044-03-15 BC"])
def test_the_door_cannot_write_a_time_at_which_the_worker_would_stumble(
    tarrowmere: None, name: str, time: str
) -> None:
    submit(CANARY)
    statement = sql.SQL("UPDATE intake_submission SET {} = %s").format(sql.Identifier(name))
    with pytest.raises(IntegrityError, match="intake_submission_times"), transaction.atomic():
        connection.cursor().execute(statement, [time])
    assert open_all() == 1
