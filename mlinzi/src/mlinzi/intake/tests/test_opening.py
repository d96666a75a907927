"""The worker opens what came through the door, each thing once; one that cannot be opened stops no other."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg import sql

from mlinzi.directory import reads as directory
from mlinzi.intake import acts, jobs, reads, rules
from mlinzi.intake.models import Report, Submission
from mlinzi.intake.rules import Danger, Details, Door
from mlinzi.intake.tests.test_acts import CANARY, TOLD, open_all
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from tests.tables import Entry
from tests.world import WORKER, make_country, submit

pytestmark = pytest.mark.django_db


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
    "null",
    '"words"',
    '{"narrative": "x"}',
    '{"in_danger": "perhaps"}',
    rules.as_text(TOLD).replace(json.dumps(CANARY), "5"),
    rules.as_text(TOLD).replace(json.dumps(CANARY), '{"a": ["b"]}'),
    "[" * 100_000,
    rules.as_text(replace(TOLD, narrative="a " * 200_000)),
    rules.as_text(replace(TOLD, details=Details(about="x" * 17))),
    rules.as_text(TOLD).replace('"about": ""', '"about": null'),
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
    state = reads.door_state(now=now())
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
    assert reads.door_state(now=now()).failed == 0


def test_a_fault_of_ours_sets_nothing_aside(tarrowmere: None) -> None:
    submit(CANARY)
    without = replace(keyring(), records=None)
    with pytest.raises(vault.NoKey):
        acts.open_submissions(by=WORKER, now=now(), keys=without, country_prefix="")
    state = reads.door_state(now=now())
    assert (state.waiting, state.failed) == (1, 0)
    assert state.oldest is not None


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
