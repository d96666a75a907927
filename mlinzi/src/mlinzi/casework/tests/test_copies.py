"""Floods and lies at the desk: copies are one row with a count, wait behind the others, and hide nobody."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, CaseReport
from mlinzi.casework.rules import (
    CaseState,
    CopyFacts,
    ReportFacts,
    Urgency,
    urgency,
    why_not_join,
)
from mlinzi.casework.tests.conftest import TABLE, Desk
from mlinzi.intake.rules import Danger, Receipt
from mlinzi.kernel.clock import now
from tests.people import AMINA
from tests.tables import Attachment, BlindTerm, Entry, Report
from tests.world import WORKER

SMEAR = (
    "The teacher called @invented_mwalimu at the school by the river does bad things to children, stop him."
)


def flood(desk: Desk, count: int, **more: object) -> list[Receipt]:
    """So many reports in the same words; their numbers, in the order in which they came."""
    receipts = []
    for number in range(count):
        receipts.append(desk.report(f"{SMEAR}{'!' * number}", **more))
        acts.triage_waiting(by=WORKER, now=now())
    return receipts


def test_a_flood_of_copies_is_one_row_with_a_count_and_no_report_is_lost(desk: Desk) -> None:
    flood(desk, 12)
    assert CaseReport.objects.count() == Report.objects.filter(has_case=True).count() == 12
    assert Case.objects.count() == 3, "the pack lets four be one row, so three came before"
    page = reads.queue(by=desk.officer(AMINA))
    assert sorted(row.reports for row in page.rows) == [1, 1, 10]
    joined = Entry.objects.filter(action="casework.case.join")
    assert joined.count() == 9


def test_copies_that_name_somebody_do_not_make_each_other_urgent(desk: Desk) -> None:
    flood(desk, 6)
    assert {case.urgency for case in Case.objects.all()} <= {Urgency.MEDIUM, Urgency.LOW}
    desk.report("I saw messages of @invented_mwalimu to my cousin, she cries at night.", area="nairobi")
    desk.report("@invented_mwalimu asked my friend to come to his house alone.", area="nairobi")
    desk.report("Please look at what @invented_mwalimu writes in the group of class six.", area="nairobi")
    acts.triage_waiting(by=WORKER, now=now())
    told = Case.objects.latest("opened_at")
    assert told.urgency == Urgency.HIGH, "people who say it in their own words are believed together"


@pytest.mark.parametrize(
    ("other", "cases"),
    [
        ({}, 3),
        ({"area": "mombasa"}, 4),
        ({"danger": Danger.YES}, 4),
        ({"where_online": "@invented_other_name"}, 4),
        ({"where_online": "@invented_mwalimu"}, 3),
    ],
    ids=["the same", "another place", "in danger now", "another account", "the same account"],
)
def test_a_copy_that_says_more_than_the_others_keeps_a_row_of_its_own(
    desk: Desk, other: dict[str, object], cases: int
) -> None:
    flood(desk, 4)
    desk.report(f"{SMEAR} ?", **other)
    acts.triage_waiting(by=WORKER, now=now())
    assert Case.objects.count() == cases
    if other.get("danger") is Danger.YES:
        assert Case.objects.latest("opened_at").urgency == Urgency.HIGH, "danger is never lowered"


def a_file(report: Report) -> None:
    Attachment.objects.create(
        id=report.id,
        submission=report.submission,
        header=b"",
        meta=b"",
        size=1,
        cipher_sha256=b"",
        sent_at=now(),
    )
    Attachment.objects.update(named_at=now())  # as the worker does for a file that the report itself names


def a_contact(report: Report) -> None:
    Report.objects.filter(id=report.id).update(channel="sms")


def no_contact(report: Report) -> None:
    Report.objects.filter(id=report.id).update(channel="never")


def other_words(report: Report) -> None:
    """Ten of the sixteen parts of its text meet those of the others, not all."""
    near = BlindTerm.objects.filter(subject_id=str(report.id), kind="near")
    BlindTerm.objects.filter(id__in=list(near.values_list("id", flat=True)[:6])).delete()


@pytest.mark.parametrize(
    ("brings", "cases"), [(a_file, 4), (a_contact, 4), (no_contact, 3), (other_words, 4)]
)
def test_a_copy_that_brings_what_a_person_has_to_look_at_is_not_laid_behind_the_others(
    desk: Desk, brings: Callable[[Report], None], cases: int
) -> None:
    flood(desk, 3)
    desk.report(f"{SMEAR} ...")
    brings(Report.objects.get(has_case=False))
    acts.triage_waiting(by=WORKER, now=now())
    assert Case.objects.count() == cases
    if brings is other_words:
        said = Case.objects.latest("opened_at").urgency_sentence
        assert "3 other reports of the last day say nearly the same" in said, "as a copy it is still counted"


def test_whoever_took_the_row_is_given_no_more_and_an_old_row_is_left_alone(desk: Desk) -> None:
    flood(desk, 4)
    row = max(reads.queue(by=desk.officer(AMINA)).rows, key=lambda row: row.reports)
    acts.take(row.case.number, by=desk.officer(AMINA), now=now())
    flood(desk, 1)
    taken = Case.objects.get(pk=row.case.pk)
    assert taken.state == CaseState.OPEN
    assert taken.reports.count() == row.reports
    Case.objects.filter(state=CaseState.NEW).update(received_at=now() - timedelta(hours=30))
    before = Case.objects.count()
    flood(desk, 1)
    assert Case.objects.count() == before + 1


FACTS = {"in_danger": "no", "base_urgency": "high", "category": "Grooming"}


@pytest.mark.parametrize(
    ("more", "wanted", "said"),
    [
        ({}, Urgency.HIGH, "Reports of this kind are urgent"),
        ({"copies": 7, "many": True}, Urgency.MEDIUM, "7 other reports of the last day say nearly the same"),
        ({"copies": 7, "many": True, "base_urgency": "low"}, Urgency.LOW, "waits behind the others"),
        ({"copies": 7, "many": True, "in_danger": "yes"}, Urgency.HIGH, "a child is in danger now"),
        ({"copies": 2}, Urgency.HIGH, "urgent"),
        ({"in_flood": True, "category": "", "base_urgency": "", "says_more": False}, Urgency.LOW, "flood"),
        ({"in_flood": True, "category": "", "base_urgency": ""}, Urgency.MEDIUM, "a person has to read it"),
        (
            {"in_flood": True, "worked": True, "category": "", "base_urgency": "", "says_more": False},
            Urgency.MEDIUM,
            "a person has to read it",
        ),
        ({"in_flood": True}, Urgency.HIGH, "urgent"),
        ({"in_flood": True, "in_danger": "yes", "says_more": False}, Urgency.HIGH, "in danger now"),
    ],
)
def test_what_lowers_a_report_and_what_never_does(
    more: dict[str, object], wanted: Urgency, said: str
) -> None:
    judged = urgency(ReportFacts(**{**FACTS, **more}), TABLE)  # type: ignore[arg-type]
    assert judged.urgency is wanted
    assert said in judged.sentence


def test_why_a_report_is_not_laid_to_its_copies() -> None:
    fits = CopyFacts(
        copies=3,
        least=4,
        same_area=True,
        same_danger=True,
        has_files=False,
        has_contact=False,
        says_more=False,
    )
    assert why_not_join(fits) == []
    for against in (
        {"copies": 2},
        {"same_area": False},
        {"same_danger": False},
        {"has_files": True},
        {"has_contact": True},
        {"says_more": True},
    ):
        assert len(why_not_join(CopyFacts(**{**fits.__dict__, **against}))) == 1
