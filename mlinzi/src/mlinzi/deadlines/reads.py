"""Questions about what is due."""

from datetime import date, datetime

from django.db.models import QuerySet

from mlinzi.deadlines.models import Calendar, Deadline, Escalation, Term
from mlinzi.deadlines.rules import Clock, WorkingCalendar
from mlinzi.kernel.errors import OurTurn


class NoTerm(OurTurn):
    """The deadline table of the pack has no row that fits; add a default to deadlines.yaml and load it."""


def calendar() -> WorkingCalendar:
    """The country's working calendar. Raises `OurTurn` before a pack is loaded."""
    row = Calendar.objects.order_by("pk").first()
    if row is None:
        raise OurTurn("No working calendar is loaded. Run `mlinzi pack load`.")
    return WorkingCalendar(
        frozenset(row.weekdays),
        row.opens,
        row.closes,
        frozenset(date.fromisoformat(day) for day in row.holidays),
        row.time_zone,
    )


def term(kind: str, *, risk: str = "", service: str = "") -> Term:
    """The row of the table that fits best: exact before risk alone, before service alone, before the default.

    Raises `NoTerm`.
    """
    rows = {(t.risk, t.service): t for t in Term.objects.filter(kind=kind)}
    for key in ((risk, service), (risk, ""), ("", service), ("", "")):
        if key in rows:
            return rows[key]
    raise NoTerm


def clock_of(row: Term) -> Clock:
    return Clock(row.clock)


def open_for(subject_type: str, subject_ids: list[str], *, kind: str = "") -> dict[str, Deadline]:
    """Open deadlines of some subjects, by subject id, the earliest of each; of one kind where given."""
    rows = Deadline.objects.filter(subject_type=subject_type, subject_id__in=subject_ids, closed_at=None)
    rows = rows.filter(kind=kind) if kind else rows
    found: dict[str, Deadline] = {}
    for row in rows.order_by("-due_at"):
        found[row.subject_id] = row
    return found


def overdue(*, now: datetime, organisation: str = "", area: str = "") -> QuerySet[Deadline]:
    """Open deadlines past their time, the oldest first; of one organisation or one area where given."""
    rows = Deadline.objects.filter(closed_at=None, due_at__lt=now).order_by("due_at")
    if organisation:
        rows = rows.filter(organisation=organisation)
    return rows.filter(area=area) if area else rows


def untold(subject_type: str, *, limit: int = 100) -> QuerySet[Escalation]:
    """Steps about a kind of subject whose people were not written to yet: the row that waits."""
    rows = Escalation.objects.filter(told_at=None, deadline__subject_type=subject_type)
    return rows.select_related("deadline").order_by("at")[:limit]
