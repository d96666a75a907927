"""Who is on duty, what was late, what was handed over, and how a team stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, may_at_all
from mlinzi.casework.models import Case, DutyShift, Handover, Late, Referral
from mlinzi.casework.reads.eyes import fenced_cases
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.rules import (
    URGENCY_ORDER,
    Action,
    CaseState,
    Gap,
    Rank,
    ReferralState,
    Shift,
    Urgency,
    gaps,
)
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound
from mlinzi.vault.rules import SealedText

WEEK = timedelta(days=7)
LATE, HANDOVER = "casework.late", "casework.handover"


def on_duty(organisation: str, rank: Rank, *, now: datetime) -> list[tuple[str, str]]:
    """Who is on duty for an organisation (uuid) now, of a rank: pairs of person id and language."""
    rows = DutyShift.objects.filter(
        organisation__uuid=organisation,
        rank=rank,
        starts_at__lte=now,
        ends_at__gt=now,
        person__is_active=True,
    )
    return [(str(shift.person_id), shift.person.language) for shift in rows.select_related("person")]


def shifts(*, by: Officer, since: datetime, until: datetime) -> list[DutyShift]:
    """The shifts of the officer's own organisation that meet a time, in order."""
    rows = DutyShift.objects.filter(
        organisation__uuid=by.organisation, ends_at__gt=since, starts_at__lt=until
    )
    return list(rows.select_related("person").order_by("starts_at", "rank", "id")[:500])


def shift_for(shift_id: UUID, *, by: Officer) -> DutyShift:
    """One shift of the officer's own organisation. Raises `NotFound`."""
    found = DutyShift.objects.filter(id=shift_id, organisation__uuid=by.organisation).first()
    if found is None:
        raise NotFound
    return found


def as_rules(rows: Sequence[DutyShift]) -> list[Shift]:
    """Shifts for the rules."""
    return [Shift(str(s.person_id), Rank(s.rank), s.starts_at, s.ends_at) for s in rows]


@dataclass(frozen=True)
class DutyBoard:
    """Who is on duty now, who comes next, and when nobody is within the week."""

    now: list[DutyShift]
    next: list[DutyShift]
    gaps: list[Gap]


def shifts_begun(*, by: Officer, since: datetime, until: datetime) -> "list[DutyShift]":
    """The shifts of the officer's own organisation that began within a time, the earliest first."""
    return [s for s in shifts(by=by, since=since, until=until) if since < s.starts_at <= until]


def duty_board(*, by: Officer, now: datetime) -> DutyBoard:
    """The board of the officer's own organisation."""
    rows = shifts(by=by, since=now, until=now + WEEK)
    return DutyBoard(
        now=[s for s in rows if s.starts_at <= now],
        next=[s for s in rows if s.starts_at > now][:4],
        gaps=gaps(as_rules(rows), since=now, until=now + WEEK),
    )


def watchers(organisation: str, *, now: datetime) -> list[tuple[str, str]]:
    """Who of an organisation (uuid) can take cases from the queue: pairs of id and name, by name."""
    people = access.who_may(Action.QUEUE_SEE, now=now, organisation=organisation)
    return [(str(person.id), person.name) for person in people]


@dataclass(frozen=True)
class Alarm:
    """Urgent reports that nobody has taken: how many, and since when the longest waits."""

    count: int
    since: datetime | None


def alarm(*, by: Officer, now: datetime) -> Alarm | None:
    """What rings for an officer who is on duty now; None for one who is not, and where nothing waits."""
    if not may_at_all(by, Action.QUEUE_SEE):
        return None
    serving = DutyShift.objects.filter(person_id=UUID(by.id), starts_at__lte=now, ends_at__gt=now)
    if not serving.exists():
        return None
    waiting = Case.objects.filter(
        state=CaseState.NEW,
        urgency_order=URGENCY_ORDER[Urgency.HIGH],
        organisation_id=directory.row_of_organisation(by.organisation),
    ).exclude(id__in=[UUID(id) for id in fenced_cases(by=by)])
    since = waiting.order_by("urgency_order", "received_at").values_list("received_at", flat=True)[:100]
    found = list(since)
    return Alarm(len(found), found[0]) if found else None


# -- late --------------------------------------------------------------------------------------------------


def lates(*, by: Officer, after: str = "", limit: int = 50) -> Page[Late]:
    """What was done late in the officer's organisation and nobody has taken note of, the newest first."""
    rows = _lates(by).filter(seen_at=None)
    if key := Cursor.read(after):
        rows = rows.filter(done_at__lte=key.at).exclude(done_at=key.at, id__lte=key.id)
    found = list(rows.select_related("case", "person").order_by("-done_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.done_at, last.id)) if last else "")


def late_for(late_id: UUID, *, by: Officer) -> Late:
    """One of them. Raises `NotFound`."""
    found = _lates(by).filter(id=late_id).first()
    if found is None:
        raise NotFound
    return found


def _lates(by: Officer) -> "QuerySet[Late]":
    mine = access.visible(by, Action.DUTY_PLAN, organisations=("organisation__uuid",))
    return Late.objects.filter(mine).exclude(case_id__in=[UUID(id) for id in fenced_cases(by=by)])


def lates_to_explain(*, by: Officer, limit: int = 20) -> list[Late]:
    """What an officer did late and has not explained yet, the oldest first."""
    rows = Late.objects.filter(person_id=UUID(by.id), why="").select_related("case")
    return list(rows.order_by("done_at")[:limit])


def own_late(late_id: UUID, *, by: Officer) -> Late:
    """One of an officer's own. Raises `NotFound`."""
    found = Late.objects.filter(id=late_id, person_id=UUID(by.id)).select_related("case").first()
    if found is None:
        raise NotFound
    return found


# -- the team ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """How much somebody has to do, each number up to `MANY`.

    Args:
        closed: within seven days. oldest: when the oldest of the open cases came.
    """

    name: str
    on_duty: bool
    open: int
    urgent: int
    oldest: datetime | None
    closed: int


@dataclass(frozen=True)
class Team:
    """How an organisation stands."""

    members: list[Member]
    waiting: int
    waiting_urgent: int
    oldest_waiting: datetime | None
    to_answer: int
    overdue_answers: int


MANY = 500
"""From here on a number is not counted further: "500 or more" says enough, and counting a million is slow."""


def team(*, by: Officer, now: datetime) -> Team:
    """How the officer's own organisation stands: who has how much, what waits."""
    house = access.visible(by, Action.TEAM_SEE, organisations=("organisation__uuid",))
    duty = DutyShift.objects.filter(
        organisation__uuid=by.organisation, starts_at__lte=now, ends_at__gt=now
    ).values_list("person_id", flat=True)
    serving = {str(id) for id in duty}
    members = [
        _member(person.id, person.name, house, on_duty=str(person.id) in serving, now=now)
        for person in access.who_may(Action.CASE_OPEN, now=now, organisation=by.organisation)
    ]
    waiting = Case.objects.filter(house, state=CaseState.NEW)
    our_row = directory.row_of_organisation(by.organisation)
    sent = Referral.objects.filter(to_id=our_row, state=ReferralState.SENT)
    return Team(
        members=sorted(members, key=lambda m: (-m.open, m.name)),
        waiting=_some(waiting),
        waiting_urgent=_some(waiting.filter(urgency_order=URGENCY_ORDER[Urgency.HIGH])),
        oldest_waiting=_oldest(waiting),
        to_answer=_some(sent),
        overdue_answers=_some(sent.filter(due_at__lt=now)),
    )


def _member(person: UUID, name: str, house: Q, *, on_duty: bool, now: datetime) -> Member:
    """One person's load. Asked person by person: each question walks an index and stops at `MANY`, where
    counting for all together would read every open case of the house.
    """
    own = Case.objects.filter(house, assignee_id=person)
    held = own.exclude(state=CaseState.CLOSED)
    came = list(held.order_by("received_at").values_list("received_at", flat=True)[:MANY])
    return Member(
        name=name,
        on_duty=on_duty,
        open=len(came),
        urgent=_some(held.filter(urgency_order=URGENCY_ORDER[Urgency.HIGH])),
        oldest=came[0] if came else None,
        closed=_some(own.filter(state=CaseState.CLOSED, closed_at__gt=now - WEEK)),
    )


def _oldest(waiting: "QuerySet[Case]") -> datetime | None:
    """When the first of those came that wait. Asked for each urgency: the queue's index is in that order."""
    first = [
        waiting.filter(urgency_order=order).order_by("received_at").values_list("received_at", flat=True)[:1]
        for order in URGENCY_ORDER.values()
    ]
    return min((moment for found in first for moment in found), default=None)


def _some(rows: "QuerySet[Case] | QuerySet[Referral]") -> int:
    return len(rows.order_by().values_list("pk", flat=True)[:MANY])


# -- handover ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeamMate:
    """Somebody of one's own organisation who can work on its cases."""

    id: str
    name: str
    language: str


def team_mates(*, by: Officer, now: datetime) -> list[TeamMate]:
    """Those whom an officer can hand over to, by name."""
    people = access.who_may(Action.CASE_OPEN, now=now, organisation=by.organisation)
    return [TeamMate(str(p.id), p.name, p.language) for p in people if str(p.id) != by.id]


def sealed_handover(handover: Handover) -> SealedText:
    """The words of a handover, for the vault."""
    return SealedText(HANDOVER, str(handover.id), "words", bytes(handover.words))


def handovers_to(*, by: Officer, limit: int = 20) -> list[Handover]:
    """What was handed over to an officer and is not read yet, the newest first."""
    rows = Handover.objects.filter(to_id=UUID(by.id), read_at=None).select_related("by")
    return list(rows.order_by("-made_at")[:limit])


def handover_for(handover_id: UUID, *, by: Officer) -> Handover:
    """One that this officer wrote or was given. Raises `NotFound`."""
    mine = Q(to_id=UUID(by.id)) | Q(by_id=UUID(by.id))
    found = Handover.objects.filter(mine, id=handover_id).select_related("by", "to").first()
    if found is None:
        raise NotFound
    return found
