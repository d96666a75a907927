"""The lists an officer works from: queue, cases, referrals, own work. Each has an order, a limit and a
cursor.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from mlinzi.access.rules import Officer
from mlinzi.casework.models import Case, CaseReport, Referral
from mlinzi.casework.reads.eyes import CASE, case_eyes, cases_seen, referral_sides, referrals_seen
from mlinzi.casework.rules import URGENCY_ORDER, Action, CaseState, ReferralState
from mlinzi.deadlines import reads as deadlines
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake

T = TypeVar("T")
URGENCIES = {urgency.value: order for urgency, order in URGENCY_ORDER.items()}


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list and the cursor of the next; "" where there is none."""

    rows: list[T]
    next: str = ""


@dataclass(frozen=True)
class Cursor:
    """Where a page ended. `order` is the first key of the queue and 0 elsewhere."""

    order: int
    at: datetime
    id: UUID

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor in an address; None for what is none, so that a mangled address begins at the top."""
        parts = text.split("_")
        try:
            at = datetime.fromisoformat(parts[1])
            return cls(int(parts[0]) % 100, at, UUID(parts[2])) if at.tzinfo else None
        except (ValueError, IndexError):
            return None

    def __str__(self) -> str:
        return f"{self.order}_{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}_{self.id.hex}"


@dataclass(frozen=True)
class CaseRow:
    """A case in a list, with the moment by which something is due and how many reports it holds."""

    case: Case
    due_at: datetime | None
    reports: int = 1


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of the queue; "" for all. Codes only.

    Args:
        area, category: pack ids. language: of the reporter. waits: for so many hours at least. free: "yes"
            leaves out what somebody reads now.
    """

    urgency: str = ""
    area: str = ""
    category: str = ""
    danger: str = ""
    language: str = ""
    waits: str = ""
    free: str = ""


def queue(
    *,
    by: Officer,
    now: datetime | None = None,
    wanted: Wanted | None = None,
    after: str = "",
    limit: int = 50,
) -> Page[CaseRow]:
    """Cases that nobody has taken: the most urgent first, among those the oldest.

    Args:
        now: the moment that waiting and claims are counted from; needed where `wanted` asks for them.
        after: the cursor of the page before; one that cannot be read begins at the top.
    """
    rows = Case.objects.filter(case_eyes(Action.QUEUE_SEE, by), state=CaseState.NEW)
    if wanted:
        rows = _narrowed(rows, wanted, now)
    if key := Cursor.read(after):
        rows = rows.filter(urgency_order__gte=key.order).filter(
            Q(urgency_order__gt=key.order) | Q(received_at__gt=key.at) | Q(received_at=key.at, id__gt=key.id)
        )
    rows = rows.select_related("category", "area").order_by("urgency_order", "received_at", "id")
    return _case_page(list(rows[: limit + 1]), limit)


def _narrowed(rows: "QuerySet[Case]", wanted: Wanted, now: datetime | None) -> "QuerySet[Case]":
    if wanted.urgency in URGENCIES:
        rows = rows.filter(urgency_order=URGENCIES[wanted.urgency])
    if wanted.area:
        rows = rows.filter(area_id=directory.row_of_area(wanted.area))
    if wanted.category:
        rows = rows.filter(category_id=intake.row_of_category(wanted.category))
    if wanted.danger:
        rows = rows.filter(in_danger=wanted.danger)
    if wanted.language:
        rows = rows.filter(reports__report__language=wanted.language).distinct()
    if wanted.waits.isdigit() and now:
        rows = rows.filter(received_at__lte=now - timedelta(hours=min(int(wanted.waits), 9_999)))
    if wanted.free and now:
        rows = rows.exclude(claim__until__gt=now)
    return rows


def waiting_count(*, by: Officer, wanted: Wanted, now: datetime, most: int = 500) -> int:
    """How many wait, counted up to `most`: "500 or more" says enough, and counting a million is slow."""
    rows = Case.objects.filter(case_eyes(Action.QUEUE_SEE, by), state=CaseState.NEW)
    rows = _narrowed(rows, wanted, now).order_by()
    return len(rows.values_list("id", flat=True)[:most])


def cases(
    *, by: Officer, state: str = "", urgency: str = "", area: str = "", after: str = "", limit: int = 50
) -> Page[CaseRow]:
    """Cases an officer may see, the newest first.

    Args:
        state, urgency: values of `CaseState` and `Urgency`, or "" for all. area: a place's pack id, or "".
        after: the cursor of the page before.
    """
    rows = cases_seen(Action.CASE_SEE, by=by)
    wanted = {"state": state, "urgency": urgency}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if area:
        rows = rows.filter(area_id=directory.row_of_area(area))
    if key := Cursor.read(after):
        rows = rows.filter(received_at__lte=key.at).filter(Q(received_at__lt=key.at) | Q(id__gt=key.id))
    return _case_page(list(rows.order_by("-received_at", "id")[: limit + 1]), limit)


def _case_page(found: list[Case], limit: int) -> Page[CaseRow]:
    shown = found[:limit]
    due = deadlines.open_for(CASE, [str(case.id) for case in shown])
    ids = [case.id for case in shown]
    counted = CaseReport.objects.filter(case_id__in=ids).values("case_id").annotate(n=Count("id"))
    held = {row["case_id"]: row["n"] for row in counted}
    rows = [
        CaseRow(case, due[str(case.id)].due_at if str(case.id) in due else None, held.get(case.id, 0))
        for case in shown
    ]
    last = shown[-1] if len(found) > limit else None
    return Page(rows, str(Cursor(last.urgency_order, last.received_at, last.id)) if last else "")


def referrals(*, by: Officer, state: str = "", after: str = "", limit: int = 50) -> Page[Referral]:
    """Referrals an officer may see, the newest first; `state` is a value of `ReferralState` or "" for all."""
    ids: set[UUID] = set()
    for side in referral_sides(Action.REFERRAL_SEE, by=by):
        rows = side.filter(state=state) if state else side
        if key := Cursor.read(after):
            rows = rows.filter(made_at__lte=key.at).filter(Q(made_at__lt=key.at) | Q(id__gt=key.id))
        ids.update(rows.order_by("-made_at", "id").values_list("id", flat=True)[: limit + 1])
    seen = referrals_seen(Action.REFERRAL_SEE, by=by).filter(id__in=ids).defer("shared", "answer")
    found = list(seen.order_by("-made_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.made_at, last.id)) if last else "")


def answered_cases(*, by: Officer, limit: int = 500) -> list[UUID]:
    """The officer's own cases that are not closed and to which an answer came, the newest answer first."""
    rows = Case.objects.filter(assignee_id=UUID(by.id), answered_at__isnull=False)
    rows = rows.exclude(state=CaseState.CLOSED).order_by("-answered_at")
    return list(rows.values_list("id", flat=True)[:limit])


@dataclass(frozen=True)
class MyWork:
    """What one officer has to do: own cases, those whose reporters wrote, answers that came back, what waits
    for an answer, what was accepted.
    """

    cases: list[CaseRow]
    wrote: list[CaseRow]
    came_back: list[Referral]
    to_answer: list[Referral]
    to_do: list[Referral]


def my_work(*, by: Officer, limit: int = 50) -> MyWork:
    """The work of an officer, the most urgent and the soonest due first; at most `limit` of each kind.

    A case that was given to somebody whose role has ended since is not shown to them any more.
    """
    live = cases_seen(Action.CASE_SEE, by=by).filter(assignee_id=UUID(by.id))
    mine = live.exclude(state=CaseState.CLOSED).order_by("urgency_order", "received_at")
    # The ids first: a handful, while the officer's cases in their whole width may be thousands.
    unread = CaseReport.objects.filter(
        report_id__in=intake.reports_unread(), case__assignee_id=UUID(by.id)
    ).values_list("case_id", flat=True)
    wrote = live.filter(id__in=list(unread)).order_by("urgency_order", "received_at")
    seen = referrals_seen(Action.REFERRAL_SEE, by=by).defer("shared", "answer")
    back = seen.filter(
        case_id__in=answered_cases(by=by),
        case__state=CaseState.OPEN,
        state__in=[ReferralState.DECLINED, ReferralState.DONE],
    )
    ours = referrals_seen(Action.REFERRAL_ANSWER, by=by).defer("shared", "answer")
    return MyWork(
        cases=_case_page(list(mine[:limit]), limit).rows,
        wrote=_case_page(list(wrote[:limit]), limit).rows,
        came_back=list(back.order_by("-ended_at")[:limit]),
        to_answer=list(ours.filter(state=ReferralState.SENT).order_by("due_at")[:limit]),
        to_do=list(
            ours.filter(state=ReferralState.ACCEPTED, taken_by_id=UUID(by.id)).order_by("answered_at")[:limit]
        ),
    )
