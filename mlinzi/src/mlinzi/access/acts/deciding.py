"""The second of two people decides; what belongs to this room is done at once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads, rules
from mlinzi.access.acts import invitations, people, proposals, roles
from mlinzi.access.models import Invitation, Person, Proposal
from mlinzi.access.rules import Action, Officer, ProposalFacts
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused


@transaction.atomic
def propose_restore(person_id: UUID | str, *, reason: str, by: Officer, now: datetime) -> Proposal:
    """Propose that somebody who lost their second factor begins anew: 1. may the officer? 2. propose."""
    person = reads.person_for(person_id, Action.FACTOR_RESTORE, by=by)
    if not person.is_active:
        raise Refused(["This account is not in use; there is no second factor to restore."])
    return proposals.propose(
        Action.FACTOR_RESTORE,
        "access.person",
        person.id,
        reason=reason,
        organisation=str(person.organisation.uuid),
        subject_person=str(person.id),
        by=by,
        now=now,
    )


@transaction.atomic
def decide(proposal_id: UUID | str, *, approve: bool, by: Officer, now: datetime) -> Proposal:
    """Approve or refuse a proposal.

    1. lock, 2. ask the rules, 3. write, 4. record, 5. what belongs to this room is done at once; another
    room's act spends its proposal itself.
    """
    found = reads.proposal_for(proposal_id, by=by)
    proposal = Proposal.objects.select_for_update().get(pk=found.pk)
    facts = ProposalFacts(
        proposal.proposed_by, proposal.subject_person, proposal.expires_at, proposal.decided_at is not None
    )
    if reasons := rules.why_not_approve(by, facts, now=now):
        raise Refused(reasons)
    proposal.approved, proposal.decided_by, proposal.decided_at = approve, by.id, now
    proposal.save(update_fields=["approved", "decided_by", "decided_at"])
    word = "approve" if approve else "refuse"
    audit.record(
        f"access.proposal.{word}",
        proposal.subject_type,
        proposal.subject_id,
        by=by,
        now=now,
        details={"kind": proposal.kind},
    )
    if approve:
        _carry_out(proposal, by=by, now=now)
    return proposal


def _carry_out(proposal: Proposal, *, by: Officer, now: datetime) -> None:
    if proposal.kind in (Action.FACTOR_RESTORE, Action.PERSON_GRANT) and not _still_stands(proposal, now=now):
        raise Refused(
            ["Whoever proposed this may not do so any more; refuse it, and propose it anew if it is needed."]
        )
    if proposal.kind == Action.FACTOR_RESTORE:
        restore_factor(proposal.id, proposal.subject_id, by=by, now=now)
    elif proposal.kind == Action.PERSON_GRANT:
        spent = proposals.spend(proposal.id, proposal.kind, proposal.subject_id, now=now)
        roles.carry_out(spent, by=by, now=now)


def _still_stands(proposal: Proposal, *, now: datetime) -> bool:
    """Whether whoever proposed this could still do so: else the word of two people would be that of one and
    of somebody whose account was ended, maybe for this very proposal.
    """
    proposer = Person.objects.filter(pk=proposal.proposed_by, is_active=True).first()
    about = Person.objects.filter(pk=proposal.subject_id).first()
    if proposer is None or about is None:
        return False
    as_officer = reads.officer(proposer, now=now)
    return reads.person_is_staff_of(about, action=proposal.kind, by=as_officer)


@transaction.atomic
def restore_factor(proposal_id: UUID | str, person_id: UUID | str, *, by: Actor, now: datetime) -> Invitation:
    """Let somebody who lost their second factor begin anew.

    1. spend the proposal that a second person approved, 2. lock the person, 3. take every way in, which
    ends all sessions, 4. write an invitation, whose letter the worker sends; the account stays shut until
    it is used, 5. record. The person keeps their roles.
    """
    proposals.spend(proposal_id, Action.FACTOR_RESTORE, person_id, now=now)
    person = Person.objects.select_for_update().filter(pk=person_id, ended_at=None).first()
    if person is None:
        raise NotFound
    people.shut_out(person)
    invitation = invitations.write_invitation(person, now=now)
    audit.record("access.factor.restore", "access.person", person.id, by=by, now=now)
    return invitation
