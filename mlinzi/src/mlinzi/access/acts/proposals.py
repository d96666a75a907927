"""Two people: one proposes; what another one approved is spent once, by the act that does it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import rules
from mlinzi.access.models import Proposal
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail, why_not_recordable
from mlinzi.kernel.errors import OurTurn, Refused


@transaction.atomic
def propose(
    kind: str,
    subject_type: str,
    subject_id: object,
    *,
    reason: str,
    organisation: str,
    by: Officer,
    now: datetime,
    subject_person: str = "",
    details: Mapping[str, Detail] | None = None,
) -> Proposal:
    """Propose something that needs two people: 1. ask the rules, 2. write, 3. record.

    The caller has asked whether this officer may propose this.

    Args:
        kind: what shall be done, e.g. ``"access.factor.restore"``; the act that does it spends the proposal.
        organisation: whose approvers may decide (uuid as text), or `rules.NATIONAL_MATTER`.
        subject_person: the person it is about, who cannot approve it.
        details: codes that the act will need, such as the role's id; no free text.

    Raises `Refused` with the reasons.
    """
    if problems := why_not_recordable(details or {}):
        raise OurTurn(" ".join(problems))
    codes = dict(details or {})
    # The same for another day is the same: the second person should not have to find out which one is meant.
    same = {name: value for name, value in codes.items() if name != "until"}
    waiting = Proposal.objects.filter(
        kind=kind, subject_id=str(subject_id), decided_at=None, expires_at__gt=now
    )
    again = waiting.filter(details__contains=same).exists()
    if reasons := rules.why_not_propose(by, reason=reason, waits_already=again, now=now):
        raise Refused(reasons)
    proposal = Proposal.objects.create(
        kind=kind,
        subject_type=subject_type,
        subject_id=str(subject_id),
        subject_person=subject_person,
        organisation=organisation,
        reason=reason.strip(),
        details=codes,
        proposed_by=by.id,
        proposed_at=now,
        expires_at=now + rules.PROPOSAL_LIVES,
    )
    audit.record("access.proposal.make", subject_type, subject_id, by=by, now=now, details={"kind": kind})
    return proposal


@transaction.atomic
def spend(proposal_id: UUID | str, kind: str, subject_id: object, *, now: datetime) -> Proposal:
    """Use an approved proposal, once, inside the transaction of the act that it allows.

    Raises `Refused` unless it is approved, of this kind, about this subject, in time and unspent.
    """
    proposal = (
        Proposal.objects.select_for_update()
        .filter(
            id=proposal_id,
            kind=kind,
            subject_id=str(subject_id),
            approved=True,
            spent_at=None,
            expires_at__gt=now,
        )
        .first()
    )
    if proposal is None:
        raise Refused(["This needs the approval of a second person, and there is none that can be used."])
    proposal.spent_at = now
    proposal.save(update_fields=["spent_at"])
    return proposal
