"""Read what waits without a second person reading the same, and keep one's own filters of the queue."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock
from mlinzi.casework.models import Case, Claim, SavedFilter
from mlinzi.casework.rules import CLAIM_LASTS, Action, CaseState
from mlinzi.kernel.errors import Refused

TRIES = 20
"""How often the next case is looked for, while others claim what was found."""


@transaction.atomic
def claim(number: str, *, by: Officer, now: datetime) -> None:
    """Read a waiting case: nobody else can take or claim it for a quarter of an hour.

    1. find it through the officer's eyes, lock, 2. ask the rules, 3. write; whoever has it keeps it longer,
    4. record a new one.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_to_take(number, by=by).id)
    new = ask_claim(case, by=by, now=now)
    _write(case, new=new, by=by, now=now)


def ask_claim(case: Case, *, by: Officer, now: datetime) -> bool:
    """Whether nobody reads a case that is locked. Raises `Refused` where somebody else does."""
    held = reads.claim_of(case, now=now)
    reasons = rules.why_not_claim(
        CaseState(case.state),
        holder=str(held.person_id) if held else "",
        by=by.id,
        name=held.person.name if held else "",
        until=localtime(held.until) if held else None,
    )
    if reasons:
        raise Refused(reasons)
    return held is None


def _write(case: Case, *, new: bool, by: Officer, now: datetime) -> None:
    Claim.objects.update_or_create(case=case, defaults={"person_id": UUID(by.id), "until": now + CLAIM_LASTS})
    if new:
        audit.record("casework.case.claim", reads.CASE, case.id, by=by, now=now)


@transaction.atomic
def claim_next(*, by: Officer, now: datetime) -> str:
    """Claim the most urgent case that waits and nobody reads: its number, "" where there is none.

    Rows that somebody else holds at this moment are passed over, so that two who ask at once get two cases.
    """
    free = Q(claim=None) | Q(claim__until__lte=now)
    rows = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(
        reads.case_eyes(Action.QUEUE_SEE, by), free, state=CaseState.NEW
    )
    for _ in range(TRIES):
        case = rows.order_by("urgency_order", "received_at", "id").first()
        if case is None:
            return ""
        # Whoever held this row a moment ago has claimed it since: their claim was not there yet when this
        # query looked, and their lock was gone when it came to the row.
        if reads.claim_of(case, now=now) is None:
            _write(case, new=True, by=by, now=now)
            return case.number
    return ""


@transaction.atomic
def release(number: str, *, by: Officer, now: datetime) -> None:
    """Give a claim back: one's own, or as a supervisor that of somebody of the desk.

    1. find, lock, 2. may they? 3. remove, 4. record. Nothing happens where there is none.
    """
    case = lock(reads.case_to_take(number, by=by).id)
    held = reads.claim_of(case, now=now)
    if held is None:
        return
    if str(held.person_id) != by.id and not reads.may_free(case, by=by):
        raise Refused([f"{held.person.name} is reading it; they or a supervisor can give it back."])
    held.delete()
    audit.record("casework.case.release", reads.CASE, case.id, by=by, now=now)


@transaction.atomic
def save_filter(name: str, chosen: Mapping[str, str], *, by: Officer, now: datetime) -> SavedFilter:
    """Keep a filter of the queue under a name; one of the same name is replaced. Raises `Refused`."""
    name, me = name.strip(), UUID(by.id)
    others = SavedFilter.objects.filter(person_id=me).exclude(name=name).count()
    if reasons := rules.why_not_filter(name, others=others):
        raise Refused(reasons)
    values = {"chosen": dict(chosen), "made_at": now}
    return SavedFilter.objects.update_or_create(person_id=me, name=name, defaults=values)[0]


def drop_filter(filter_id: UUID, *, by: Officer) -> None:
    """Forget one of one's own filters. Raises `NotFound`."""
    reads.filter_for(filter_id, by=by).delete()
