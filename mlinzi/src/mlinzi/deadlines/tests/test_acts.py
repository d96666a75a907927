"""A deadline is met or it climbs; it never climbs twice, and never after it was met."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction

from mlinzi.deadlines import acts, reads
from mlinzi.deadlines.acts import Subject
from mlinzi.deadlines.models import Deadline, Escalation, Term
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import OurTurn
from tests.tables import Entry

NOW = datetime(2026, 5, 6, 7, 0, tzinfo=UTC)
WORKER = Actor.process("worker")
THING = Subject("test.thing", "1", organisation="house", area="north", assignee="ada")
LADDER = [
    {"after_hours": 0, "role": "", "where": "assignee"},
    {"after_hours": 2, "role": "supervisor", "where": "national"},
]
pytestmark = pytest.mark.django_db


def load_table() -> None:
    def term(hours: float, **more: object) -> dict[str, object]:
        return {
            "kind": "visit",
            "risk": "",
            "service": "",
            "hours": hours,
            "clock": "always",
            "reminder_before": 1,
            "ladder": LADDER,
            "basis": "",
            **more,
        }

    rows = [
        ("any", term(10)),
        ("high", term(2, risk="high")),
        ("rescue", term(5, service="rescue")),
        ("high-rescue", term(1.5, risk="high", service="rescue", reminder_before=0)),
    ]
    calendar = {
        "weekdays": [0, 1, 2, 3, 4],
        "opens": "08:00",
        "closes": "17:00",
        "holidays": [],
        "time_zone": "UTC",
    }
    acts.load(terms=rows, calendar=[("office", calendar)], by=WORKER, now=NOW)


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def start(subject: Subject = THING, risk: str = "", service: str = "", **more: datetime) -> Deadline:
    return acts.start(subject, "visit", risk=risk, service=service, by=WORKER, now=NOW, **more)


@pytest.mark.parametrize(
    ("risk", "service", "due"), [("", "", 10), ("high", "", 2), ("low", "rescue", 5), ("high", "rescue", 1.5)]
)
def test_the_row_that_fits_best_decides(risk: str, service: str, due: float) -> None:
    load_table()
    deadline = start(risk=risk, service=service)
    assert deadline.due_at == hours(due)
    assert Entry.objects.get(action="deadlines.deadline.start").details["due"] == hours(due).isoformat()


def test_a_table_with_a_gap_says_where_to_mend_it() -> None:
    with pytest.raises(OurTurn, match="mlinzi pack load"):
        reads.calendar()
    load_table()
    with pytest.raises(reads.NoTerm, match=r"deadlines\.yaml"):
        acts.start(THING, "other", risk="", service="", by=WORKER, now=NOW)
    assert not Deadline.objects.exists()
    assert Term.objects.count() == 4


def test_time_may_count_from_before_we_woke_up() -> None:
    load_table()
    assert start(risk="high", since=hours(-3)).due_at == hours(-1)
    assert [d.subject_id for d in reads.overdue(now=NOW)] == ["1"]


def test_one_open_deadline_of_a_kind() -> None:
    load_table()
    start()
    with pytest.raises(IntegrityError), transaction.atomic():
        start()
    acts.meet("test.thing", "1", "visit", by=WORKER, now=NOW)
    start()
    assert Deadline.objects.count() == 2


def test_meeting_in_time_and_late_and_twice() -> None:
    load_table()
    start(risk="high")
    start(Subject("test.thing", "2"), risk="high")
    assert acts.meet("test.thing", "1", "visit", by=WORKER, now=hours(1))
    assert acts.meet("test.thing", "2", "visit", by=WORKER, now=hours(3))
    assert not acts.meet("test.thing", "1", "visit", by=WORKER, now=hours(4))
    late = {e.object_id: e.details["late"] for e in Entry.objects.filter(action="deadlines.deadline.meet")}
    assert late == {"1": False, "2": True}
    assert acts.climb(by=WORKER, now=hours(99)) == 0, "what is met climbs no more"


def test_climbing_reminder_first_then_rung_by_rung_each_once() -> None:
    load_table()
    start(risk="high")
    taken = []
    for hour in (0.5, 1, 1.5, 2, 3, 4, 5, 99):
        acts.climb(by=WORKER, now=hours(hour))
        taken.append([(e.rung, e.role, e.where) for e in Escalation.objects.order_by("rung")])
    reminder, first, second = (-1, "", "assignee"), (0, "", "assignee"), (1, "supervisor", "national")
    assert taken == [[]] + [[reminder]] * 2 + [[reminder, first]] * 2 + [[reminder, first, second]] * 3
    deadline = Deadline.objects.get()
    assert (deadline.closed_at, deadline.next_at) == (None, None), (
        "at the top it stays open, and on the board"
    )
    assert Entry.objects.filter(action="deadlines.deadline.climb").count() == 3


def test_a_worker_that_slept_takes_one_step_after_the_other() -> None:
    load_table()
    start(risk="high")
    assert [acts.climb(by=WORKER, now=hours(50)) for _ in range(4)] == [1, 1, 1, 0]


def test_counting_again_by_another_risk() -> None:
    load_table()
    start()
    assert acts.restart(THING, "visit", risk="high", service="", by=WORKER, now=hours(1))
    held = Deadline.objects.get(closed_at=None)
    assert (held.started_at, held.due_at) == (NOW, hours(2))
    assert not Entry.objects.filter(action="deadlines.deadline.meet").exists(), "replaced is not met"
    acts.meet("test.thing", "1", "visit", by=WORKER, now=hours(1))
    assert not acts.restart(THING, "visit", risk="", service="", by=WORKER, now=hours(1))
    assert not Deadline.objects.filter(closed_at=None).exists()


def test_what_is_overdue_by_organisation_and_area() -> None:
    load_table()
    start(risk="high")
    start(Subject("test.thing", "2", organisation="other", area="south"))
    assert [d.subject_id for d in reads.overdue(now=hours(11))] == ["1", "2"]
    assert [d.subject_id for d in reads.overdue(now=hours(11), organisation="other")] == ["2"]
    assert [d.subject_id for d in reads.overdue(now=hours(11), area="north")] == ["1"]
    assert [d.subject_id for d in reads.overdue(now=hours(3))] == ["1"]
    assert {k: v.due_at for k, v in reads.open_for("test.thing", ["1", "2", "3"]).items()} == {
        "1": hours(2),
        "2": hours(10),
    }


def test_a_step_waits_until_its_people_were_told() -> None:
    load_table()
    start(risk="high")
    acts.climb(by=WORKER, now=hours(1))
    [step] = reads.untold("test.thing")
    assert list(reads.untold("test.other")) == []
    acts.mark_told(step.id, people=2, now=hours(1))
    acts.mark_told(step.id, people=9, now=hours(2))
    assert list(reads.untold("test.thing")) == []
    assert Escalation.objects.get().people_told == 2, "the first word stands"


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_step_once() -> None:
    load_table()
    for number in range(20):
        start(Subject("test.thing", str(number)), risk="high")
    taken: list[int] = []

    def work() -> None:
        taken.append(acts.climb(by=WORKER, now=hours(1)))
        connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(taken) == Escalation.objects.count() == 20
