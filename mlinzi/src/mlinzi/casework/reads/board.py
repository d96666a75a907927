"""What is overdue, for those who are responsible for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.casework.models import Case, Referral, Task, Transfer
from mlinzi.casework.reads.care import TASK
from mlinzi.casework.reads.eyes import CASE, REFERRAL, case_eyes, fenced_cases, referrals_seen
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.reads.transfers import TRANSFER, transfers_seen
from mlinzi.casework.rules import Action, CaseState
from mlinzi.deadlines import reads as deadlines


@dataclass(frozen=True)
class Overdue:
    """Something past its time. `link` is the kind of its page (case, queue, referral, transfer), or "" where
    it is not theirs. `reminded`: whoever has to do it was. `climbed`: how many steps up it was told.
    """

    kind: str
    number: str
    due_at: datetime
    organisation: str
    area: str
    link: str
    reminded: bool
    climbed: int


def board(*, by: Officer, now: datetime, after: str = "", limit: int = 50) -> Page[Overdue]:
    """What is overdue within the officer's reach, the oldest first."""
    mine = access.visible(
        by, Action.DEADLINE_SEE, assigned="assignee", area="area", organisations=("organisation",)
    )
    rows = deadlines.overdue(now=now).filter(mine, subject_type__in=[CASE, REFERRAL, TRANSFER, TASK])
    if fenced := fenced_cases(by=by):
        rows = rows.exclude(subject_id__in=[*fenced, *_around(fenced)])
    if key := Cursor.read(after):
        rows = rows.filter(due_at__gte=key.at).filter(Q(due_at__gt=key.at) | Q(id__gt=key.id))
    found = list(rows.order_by("due_at", "id")[: limit + 1])
    shown = found[:limit]
    late = _late_cases([UUID(d.subject_id) for d in shown if d.subject_type == CASE], by)
    late |= _late_referrals([UUID(d.subject_id) for d in shown if d.subject_type == REFERRAL], by)
    late |= _late_transfers([UUID(d.subject_id) for d in shown if d.subject_type == TRANSFER], by)
    late |= _late_tasks([UUID(d.subject_id) for d in shown if d.subject_type == TASK], by)
    lines = [
        Overdue(
            d.kind,
            subject.number,
            d.due_at,
            subject.organisation,
            subject.area,
            subject.link,
            d.reminded,
            d.climbed,
        )
        for d in shown
        if (subject := late.get(d.subject_id))
    ]
    last = shown[-1] if len(found) > limit else None
    return Page(lines, str(Cursor(0, last.due_at, last.id)) if last else "")


def _around(cases: Collection[str]) -> list[str]:
    """The ids of the referrals, transfers and tasks of some cases."""
    ids = [UUID(id) for id in cases]
    rows = (
        model.objects.filter(case_id__in=ids).values_list("id", flat=True)
        for model in (Referral, Transfer, Task)
    )
    return [str(id) for found in rows for id in found]


@dataclass(frozen=True)
class _Subject:
    number: str
    organisation: str
    area: str
    link: str


def _late_cases(ids: list[UUID], by: Officer) -> dict[str, _Subject]:
    waiting = Q(state=CaseState.NEW) & case_eyes(Action.QUEUE_SEE, by)
    seen = set(Case.objects.filter(case_eyes(Action.CASE_SEE, by), id__in=ids).values_list("id", flat=True))
    queued = set(Case.objects.filter(waiting, id__in=ids).values_list("id", flat=True))
    return {
        str(case.id): _Subject(
            case.number,
            case.organisation.name if case.organisation else "",
            case.area.name if case.area else "",
            "case" if case.id in seen else "queue" if case.id in queued else "",
        )
        for case in Case.objects.filter(id__in=ids).select_related("area", "organisation")
    }


def _late_referrals(ids: list[UUID], by: Officer) -> dict[str, _Subject]:
    seen = set(referrals_seen(Action.REFERRAL_SEE, by=by).filter(id__in=ids).values_list("id", flat=True))
    rows = Referral.objects.filter(id__in=ids).select_related("case__area", "to").defer("shared", "answer")
    return {
        str(referral.id): _Subject(
            referral.number,
            referral.to.name,
            referral.case.area.name if referral.case.area else "",
            "referral" if referral.id in seen else "",
        )
        for referral in rows
    }


def _late_transfers(ids: list[UUID], by: Officer) -> dict[str, _Subject]:
    if not ids:
        return {}
    seen = set(transfers_seen(Action.TRANSFER_SEE, by=by).filter(id__in=ids).values_list("id", flat=True))
    rows = Transfer.objects.filter(id__in=ids).select_related("case__area", "to").defer("shared", "answer")
    return {
        str(transfer.id): _Subject(
            transfer.number,
            transfer.to.name,
            transfer.case.area.name if transfer.case.area else "",
            "transfer" if transfer.id in seen else "",
        )
        for transfer in rows
    }


def _late_tasks(ids: list[UUID], by: Officer) -> dict[str, _Subject]:
    cases = dict(Task.objects.filter(id__in=ids).values_list("id", "case_id"))
    of_case = _late_cases(list(cases.values()), by)
    return {str(task): of_case[str(case)] for task, case in cases.items()}
