"""From reports that wait to cases in a queue: nothing is lost, nothing is done twice, nothing holds up the
others.
"""

from datetime import timedelta

import pytest

from mlinzi.casework import acts, jobs, reads
from mlinzi.casework.models import Case, CaseReport, Unsorted
from mlinzi.casework.rules import CaseState, Urgency
from mlinzi.casework.tests.conftest import Desk, status_of
from mlinzi.intake.rules import Danger, Status
from mlinzi.kernel.clock import now
from tests.people import ACHIENG, AMINA, CHAO, OTIENO
from tests.tables import Deadline, Entry, Report, Term
from tests.world import WORKER


def test_a_report_becomes_one_case_with_its_clock_and_its_record(desk: Desk) -> None:
    receipt = desk.report(category="threatened_to_share", at=now() - timedelta(hours=2))
    assert jobs.triage() == 1
    assert jobs.triage() == 0
    case = Case.objects.get()
    assert (case.state, case.urgency) == (CaseState.NEW, Urgency.HIGH)
    assert "urgent: Sexual extortion of a child" in case.urgency_sentence
    assert case.organisation == desk.world.organisations["national_desk"]
    assert CaseReport.objects.get().case == case
    assert Report.objects.get().has_case
    clock = Deadline.objects.get()
    assert clock.due_at == case.received_at + timedelta(hours=1), (
        "time counts from the arrival, not from our waking up"
    )
    assert Entry.objects.filter(action="casework.case.make", object_id=str(case.id)).count() == 1
    assert status_of(receipt) is Status.RECEIVED, "a machine that sorts has read nothing"


def test_the_queue_has_the_most_urgent_first_and_pages_without_gaps(desk: Desk) -> None:
    for at, danger in enumerate([Danger.NO, Danger.YES, Danger.NO, Danger.YES, Danger.NO]):
        desk.report(
            f"Story number {at} of somebody who writes to us.",
            danger=danger,
            at=now() - timedelta(minutes=at),
        )
    assert acts.triage_waiting(by=WORKER, now=now(), limit=3) == 3
    assert acts.triage_waiting(by=WORKER, now=now(), limit=3) == 2
    amina = desk.officer(AMINA)
    whole = [row.case for row in reads.queue(by=amina).rows]
    assert [c.urgency for c in whole] == ["high"] * 2 + ["medium"] * 3
    assert whole == sorted(whole, key=lambda c: (c.urgency_order, c.received_at))
    paged, cursor = [], ""
    for _ in range(3):
        page = reads.queue(by=amina, after=cursor, limit=2)
        paged += [row.case for row in page.rows]
        cursor = page.next
    assert paged == whole
    assert cursor == ""
    assert [r.case for r in reads.queue(by=amina, after="nonsense").rows] == whole


def test_reports_that_name_the_same_account_make_each_other_urgent(desk: Desk) -> None:
    for story in (
        "Somebody called @invented_simba_07 writes to me every day.",
        "My little brother plays with @invented_simba_07 and is afraid of him now.",
        "There is an account @invented_simba_07 that asks girls of our school for pictures.",
    ):
        desk.report(story, category="something_else")
    assert acts.triage_waiting(by=WORKER, now=now()) == 3
    assert {c.urgency for c in Case.objects.all()} == {"high"}
    assert "2 other reports name the same" in Case.objects.all()[0].urgency_sentence
    amina = desk.officer(AMINA)
    case = Case.objects.earliest("received_at")
    like_it = reads.similar(case, by=amina)
    assert len(like_it) == 2
    assert "account" in like_it[0].kinds
    assert reads.similar(case, by=desk.officer(CHAO)) == [], "what an officer may not see is not hinted at"


def test_one_report_that_cannot_be_sorted_holds_up_no_other(desk: Desk) -> None:
    Term.objects.filter(kind="triage", risk="high").delete()
    desk.report(danger=Danger.YES, at=now() - timedelta(hours=1))
    desk.report("Another story that can be sorted well.", danger=Danger.NO)
    assert acts.triage_waiting(by=WORKER, now=now(), limit=1) == 0
    assert reads.unsorted_count() == 1
    assert acts.triage_waiting(by=WORKER, now=now(), limit=1) == 1, (
        "the one that failed rests and lets the next pass"
    )
    held = Unsorted.objects.get()
    assert (held.failure, held.tries) == ("NoTerm", 1)
    assert acts.triage_waiting(by=WORKER, now=now() + timedelta(minutes=11)) == 0
    assert Unsorted.objects.get().tries == 2
    Term.objects.create(pack_id="mended", pack_digest="", kind="triage", hours=1, clock="always", ladder=[])
    assert acts.triage_waiting(by=WORKER, now=now() + timedelta(minutes=22)) == 1
    assert reads.unsorted_count() == 0
    assert Case.objects.count() == 2


def test_a_broken_database_stops_the_batch_instead_of_marking_reports(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.report()

    def gone(*args: object, **more: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("mlinzi.casework.acts.triage.deadlines.start_many", gone)
        with pytest.raises(ConnectionError):
            acts.triage_waiting(by=WORKER, now=now())
    assert Case.objects.count() == 0
    assert reads.unsorted_count() == 0
    assert acts.triage_waiting(by=WORKER, now=now()) == 1


def test_who_sees_the_queue(desk: Desk) -> None:
    desk.case()
    for who, sees in ((AMINA, 1), (OTIENO, 1), (ACHIENG, 0), (CHAO, 0)):
        assert len(reads.queue(by=desk.officer(who)).rows) == sees, who


def test_a_country_without_a_desk_still_gets_its_cases(desk: Desk) -> None:
    desk.world.people[AMINA].grants.all().delete()
    for person in desk.world.people.values():
        person.grants.filter(role__rights__action="casework.queue.see").update(ended_at=now())
    case = desk.case()
    assert case.organisation is None
