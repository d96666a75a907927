"""Conflict of interest: for whom a case does not exist, at once, until somebody else decides otherwise."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, write_to
from mlinzi.casework.models import Case, Fence
from mlinzi.casework.rules import OPEN_REFERRALS, Action, FenceWhy
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def fence_out(
    case: Case, person_id: UUID, why: FenceWhy, *, by: Officer, now: datetime, keys: KeyRing
) -> None:
    """Let a case not exist for somebody of the house any more. Call it with the case locked.

    1. write; a fence that stands is enough, 2. take from them what they had of it, 3. tell the supervisors,
    4. record.
    """
    fence, new = Fence.objects.get_or_create(
        case=case, person_id=person_id, lifted_at=None, defaults={"why": why, "since": now, "made_by": by.id}
    )
    if not new:
        return
    if case.assignee_id == person_id:
        case.assignee = None
        case.save(update_fields=["assignee"])
    case.referrals.filter(state__in=OPEN_REFERRALS, taken_by_id=person_id).update(taken_by=None)
    house = str(case.organisation.uuid) if case.organisation else ""
    able = access.who_may(Action.CASE_FENCE, now=now, organisation=house)
    people = access.addressees(p for p in able if p.id != person_id)
    write_to(people, "fence", f"fence:{fence.id}", "/fences/", by=by, now=now, keys=keys)
    details = {"person": str(person_id), "why": why.value}
    audit.record("casework.fence.raise", reads.CASE, case.id, by=by, now=now, details=details)


@transaction.atomic
def declare_conflict(number: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Say that one is related to somebody in a case, or to the matter: 1. find, lock, 2. fence oneself
    out.
    """
    case = lock(reads.case_for(number, Action.CASE_SEE, by=by).id)
    fence_out(case, UUID(by.id), FenceWhy.DECLARED, by=by, now=now, keys=keys)


@transaction.atomic
def lift_fence(fence_id: UUID, words: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Let somebody see a case again.

    1. find through a supervisor's eyes, lock, 2. ask the rules, 3. write, the reason sealed, 4. record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    found = reads.fence_for(fence_id, by=by)
    case = lock(found.case_id)
    fence = Fence.objects.select_for_update().get(id=found.id)
    if reasons := rules.why_not_lift(
        lifter=by.id, fenced=str(fence.person_id), lifted=fence.lifted_at is not None, words=words
    ):
        raise Refused(reasons)
    fence.lifted_at, fence.lifted_by_id = now, by.id
    fence.reason = vault.seal_text(clean_text(words), reads.FENCE, fence.id, "reason", keys=keys)
    fence.save()
    details = {"person": str(fence.person_id)}
    audit.record("casework.fence.lift", reads.CASE, case.id, by=by, now=now, details=details)
