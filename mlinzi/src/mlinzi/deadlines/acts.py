"""Start and meet deadlines, and climb the ladder of those that passed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.deadlines import reads, rules
from mlinzi.deadlines.models import Calendar, Deadline, Escalation, Term
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.packed import Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Subject:
    """What a deadline is about, and whose it is.

    Args:
        type, id: the record. organisation: uuid as text. area: a place's pack id. assignee: a person's id.
    """

    type: str
    id: str
    organisation: str = ""
    area: str = ""
    assignee: str = ""


@transaction.atomic
def load(*, terms: Rows, calendar: Rows, by: Actor, now: datetime) -> Loaded:
    """Load a pack's deadline table and working calendar: 1. load, 2. record."""
    loaded = load_rows(Term, terms)
    loaded += load_rows(Calendar, calendar)
    if loaded.added or loaded.changed:
        audit.record(
            "deadlines.pack.load",
            "deadlines.term",
            "-",
            by=by,
            now=now,
            details={"added": len(loaded.added), "changed": len(loaded.changed)},
        )
    return loaded


@transaction.atomic
def start(
    subject: Subject,
    kind: str,
    *,
    risk: str,
    service: str,
    by: Actor,
    now: datetime,
    since: datetime | None = None,
) -> Deadline:
    """Start a deadline from the pack's table.

    1. find the row that fits, 2. count the time, 3. write, 4. record.
    A subject has one open deadline of a kind; the constraint in the database holds that.

    Args:
        since: from when the time counts, where that is not `now`: what lay unread while we stood still is
            late.
    """
    term = reads.term(kind, risk=risk, service=service)
    begun = since or now
    deadline = _deadline(subject, kind, term, begun, reads.clock_of(term), reads.calendar())
    deadline.save(force_insert=True)
    audit.record(
        "deadlines.deadline.start",
        subject.type,
        subject.id,
        by=by,
        now=now,
        details={"kind": kind, "term": term.pack_id, "due": deadline.due_at.isoformat()},
    )
    return deadline


@dataclass(frozen=True)
class Begin:
    """One of many deadlines that are started together; see `start`."""

    subject: Subject
    risk: str
    since: datetime


@transaction.atomic
def start_many(begun: Sequence[Begin], kind: str, *, by: Actor, now: datetime) -> int:
    """Start a deadline of a kind for many subjects: the same as `start` for each, in fewer trips.

    1. find the rows that fit, once for each risk, 2. count the times, 3. write, 4. record. Returns how many.
    """
    terms = {risk: reads.term(kind, risk=risk) for risk in {one.risk for one in begun}}
    calendar, rows, done = reads.calendar(), [], []
    for one in begun:
        term = terms[one.risk]
        row = _deadline(one.subject, kind, term, one.since, reads.clock_of(term), calendar)
        rows.append(row)
        details = {"kind": kind, "term": term.pack_id, "due": row.due_at.isoformat()}
        done.append(audit.Done("deadlines.deadline.start", one.subject.type, one.subject.id, details))
    Deadline.objects.bulk_create(rows, batch_size=500)
    return audit.record_many(done, by=by, now=now)


def _deadline(
    subject: Subject,
    kind: str,
    term: Term,
    begun: datetime,
    clock: rules.Clock,
    calendar: rules.WorkingCalendar,
) -> Deadline:
    deadline = Deadline(
        subject_type=subject.type,
        subject_id=subject.id,
        kind=kind,
        organisation=subject.organisation,
        area=subject.area,
        assignee=subject.assignee,
        started_at=begun,
        due_at=rules.due_at(begun, term.hours, clock, calendar),
        remind_before_hours=term.reminder_before,
        ladder=term.ladder,
    )
    deadline.next_at = _next_at(deadline)
    return deadline


@transaction.atomic
def restart(
    subject: Subject,
    kind: str,
    *,
    risk: str,
    service: str,
    by: Actor,
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """Count an open deadline again by another risk, from the same beginning, or from `since` if that is
    earlier.

    1. lock the open one, 2. close it without calling it met, 3. start the new one, 4. record.
    Returns False where none was open: what is met already does not begin again.
    """
    open_ones = Deadline.objects.select_for_update().filter(
        subject_type=subject.type, subject_id=subject.id, kind=kind, closed_at=None
    )
    old = open_ones.first()
    if old is None:
        return False
    old.closed_at, old.next_at = now, None
    old.save(update_fields=["closed_at", "next_at"])
    audit.record(
        "deadlines.deadline.replace", subject.type, subject.id, by=by, now=now, details={"kind": kind}
    )
    begun = min(old.started_at, since or old.started_at)
    start(subject, kind, risk=risk, service=service, by=by, now=now, since=begun)
    return True


@transaction.atomic
def meet(subject_type: str, subject_id: str, kind: str, *, by: Actor, now: datetime) -> bool:
    """Close the open deadline of a subject, met or late; the record says which.

    1. lock, 2. close, 3. record. Returns False where none was open, so that a second call changes nothing.
    """
    open_ones = Deadline.objects.select_for_update().filter(
        subject_type=subject_type, subject_id=subject_id, kind=kind, closed_at=None
    )
    deadline = open_ones.first()
    if deadline is None:
        return False
    deadline.closed_at, deadline.next_at = now, None
    deadline.save(update_fields=["closed_at", "next_at"])
    audit.record(
        "deadlines.deadline.meet",
        subject_type,
        subject_id,
        by=by,
        now=now,
        details={"kind": kind, "late": now > deadline.due_at},
    )
    return True


@transaction.atomic
def drop(subject_type: str, subject_id: str, *, by: Actor, now: datetime) -> int:
    """End every open deadline of a subject that has itself ended, without calling any of them met: 1. lock,
    2. close, 3. record. Returns how many were open.
    """
    open_ones = list(
        Deadline.objects.select_for_update().filter(
            subject_type=subject_type, subject_id=subject_id, closed_at=None
        )
    )
    Deadline.objects.filter(id__in=[one.id for one in open_ones]).update(closed_at=now, next_at=None)
    for one in open_ones:
        details: dict[str, Detail] = {"kind": one.kind}
        audit.record("deadlines.deadline.drop", subject_type, subject_id, by=by, now=now, details=details)
    return len(open_ones)


@transaction.atomic
def hand_over(subject: Subject, *, by: Actor, now: datetime) -> int:
    """Let a subject's open deadlines follow it to whoever holds it from now on; the times stay.

    1. write, 2. record where anything was open. Returns how many were.
    """
    moved = Deadline.objects.filter(subject_type=subject.type, subject_id=subject.id, closed_at=None).update(
        organisation=subject.organisation, area=subject.area, assignee=subject.assignee
    )
    if moved:
        details: dict[str, Detail] = {"deadlines": moved}
        audit.record("deadlines.deadline.pass", subject.type, subject.id, by=by, now=now, details=details)
    return moved


@transaction.atomic
def climb(*, by: Actor, now: datetime, limit: int = 500) -> int:
    """Let deadlines whose next step has come take it.

    1. lock those that are due (skipping what another worker holds), 2. write the step as a row that waits for
    the room that owns the subject, 3. set the next step, 4. record. Returns how many steps were taken.
    """
    due = Deadline.objects.select_for_update(skip_locked=True).filter(closed_at=None, next_at__lte=now)
    taken = list(due.order_by("next_at")[:limit])
    steps: list[Escalation] = []
    done: list[audit.Done] = []
    for deadline in taken:
        step = _step(deadline)
        if step is None:
            deadline.next_at = None
            continue
        steps.append(_escalation(deadline, step, now))
        if step.reminder:
            deadline.reminded = True
        else:
            deadline.climbed += 1
        deadline.next_at = _next_at(deadline)
        details: dict[str, Detail] = {"kind": deadline.kind, "rung": step.rung}
        done.append(
            audit.Done("deadlines.deadline.climb", deadline.subject_type, deadline.subject_id, details)
        )
    audit.record_many(done, by=by, now=now)
    Escalation.objects.bulk_create(steps)
    Deadline.objects.bulk_update(taken, ["reminded", "climbed", "next_at"], batch_size=500)
    return len(steps)


@transaction.atomic
def mark_told(escalation_id: UUID, *, people: int, now: datetime) -> None:
    """Note that the people of a step were written to; call in the transaction that writes to them."""
    Escalation.objects.filter(id=escalation_id, told_at=None).update(told_at=now, people_told=people)


def _step(deadline: Deadline) -> rules.Step | None:
    return rules.next_step(
        deadline.due_at,
        timedelta(hours=deadline.remind_before_hours),
        rules.ladder_of(deadline.ladder),
        deadline.climbed,
        deadline.reminded,
    )


def _next_at(deadline: Deadline) -> datetime | None:
    step = _step(deadline)
    return step.at if step else None


def _escalation(deadline: Deadline, step: rules.Step, now: datetime) -> Escalation:
    if step.reminder:
        return Escalation(deadline=deadline, rung=-1, role="", where=rules.Where.ASSIGNEE, at=now)
    rung = rules.ladder_of(deadline.ladder)[step.rung]
    return Escalation(deadline=deadline, rung=step.rung, role=rung.role, where=rung.where, at=now)
