"""Invite people, give and end roles, let two people decide."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.access import reads, rules
from mlinzi.access.models import Grant, Invitation, Person, Proposal, Role, RoleRight
from mlinzi.access.rules import Action, Officer, ProposalFacts
from mlinzi.audit import acts as audit
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.packed import Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@transaction.atomic
def load_roles(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load a pack's roles. `grants` in a row is a list of (action, scope, why).

    1. load the roles, 2. replace the rights of those that were added or changed, 3. record.
    """
    rows = list(rows)
    rights = {key: values["grants"] for key, values in rows}
    plain = [
        # The digest of the rights stands in the row, so that the row counts as changed when only a right changed.
        (
            key,
            {
                "label": values["label"],
                "description": values["description"],
                "agency_kinds": values["agency_kinds"],
                "rights_digest": _digest_of_rights(rights[key]),
            },
        )
        for key, values in rows
    ]
    loaded = load_rows(Role, plain)
    touched = {*loaded.added, *loaded.changed}
    for role in Role.objects.filter(pack_id__in=touched):
        role.rights.all().delete()
        RoleRight.objects.bulk_create(
            RoleRight(role=role, action=action, scope=scope, why=why) for action, scope, why in rights[role.pack_id]
        )
    if touched:
        audit.record("access.role.load", "access.role", "-", by=by, now=now, details={"roles": len(touched)})
    return loaded


def _digest_of_rights(rights: Iterable[tuple[str, str, str]]) -> str:
    return hashlib.sha256(repr(sorted(rights)).encode()).hexdigest()


@transaction.atomic
def invite(
    *, name: str, email: str, organisation_uuid: object, language: str, by: Officer, now: datetime
) -> Invitation:
    """Invite a person into an organisation.

    1. may the officer invite there? 2. a new person who cannot sign in yet, 3. an invitation whose letter the
    sender writes, 4. record. The e-mail address never goes to the log.

    Raises `NotFound` for an organisation that is not the officer's to invite for; `Refused` for an address in use.
    """
    organisation = directory.organisation(organisation_uuid)
    relation = rules.Relation(organisations=frozenset({str(organisation.uuid)}))
    if not rules.allowed(by, Action.PERSON_INVITE, relation):
        raise NotFound
    if Person.objects.filter(email__iexact=email).exists():
        raise Refused(["Somebody with this e-mail address has an account already."])
    person = Person(name=name, email=email.lower(), organisation=organisation, language=language)
    person.set_unusable_password()
    person.save(force_insert=True)
    invitation = _invitation(person, now=now)
    audit.record("access.person.invite", "access.person", person.id, by=by, now=now)
    return invitation


def _invitation(person: Person, *, now: datetime) -> Invitation:
    return Invitation.objects.create(person=person, created_at=now, expires_at=now + rules.INVITATION_LIVES)


@transaction.atomic
def mint_invitation(invitation_id: object, *, by: Actor, now: datetime) -> tuple[Invitation, str]:
    """Make the token of an invitation, for the letter that is being written in the same transaction.

    1. lock, 2. keep only the token's digest, 3. mark as sent, 4. record.

    Returns the invitation and the token (43 letters), which is known nowhere else. Raises `NotFound` when it
    was sent or used already.
    """
    invitation = Invitation.objects.select_for_update().filter(id=invitation_id, sent_at=None, used_at=None).first()
    if invitation is None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    invitation.token_digest = hashlib.sha256(token.encode()).digest()
    invitation.sent_at = now
    invitation.save(update_fields=["token_digest", "sent_at"])
    audit.record("access.invitation.send", "access.person", invitation.person_id, by=by, now=now)
    return invitation, token


def invitation_of(token: str, *, now: datetime) -> Invitation:
    """The invitation that a token opens. Raises `NotFound` for a wrong, used or expired one alike."""
    digest = hashlib.sha256(token.encode()).digest()
    found = Invitation.objects.filter(token_digest=digest, used_at=None, expires_at__gt=now).first()
    if found is None or not hmac.compare_digest(bytes(found.token_digest or b""), digest):
        raise NotFound
    return found


@transaction.atomic
def accept_invitation(token: str, *, password: str, now: datetime) -> Person:
    """Use an invitation: 1. lock it, 2. set the password, 3. let the person in, 4. record.

    The second factor is set up right after; until then every page but that one stays shut.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_of(token, now=now).pk)
    if invitation.used_at is not None:
        raise NotFound
    person = invitation.person
    person.set_password(password)
    person.is_active = True
    person.save(update_fields=["password", "is_active"])
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    audit.record("access.invitation.use", "access.person", person.id, by=reads.officer(person, now=now), now=now)
    return person


@transaction.atomic
def grant(
    person: Person, role_id: str, *, area_id: str, expires_at: datetime, by: Officer, now: datetime
) -> Grant:
    """Give a role to a person until a day.

    1. may the officer give roles here? 2. ask the rules, 3. write, 4. record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    if not reads.person_is_staff_of(person, action=Action.PERSON_GRANT, by=by):
        raise NotFound
    role = Role.objects.filter(pack_id=role_id).first()
    if role is None:
        raise NotFound
    area = directory.area_named(area_id) if area_id else None
    rights = list(role.rights.all())
    reasons = rules.why_not_grant(
        by,
        [right.action for right in rights],
        same_person=str(person.id) == by.id,
        kind_fits=not role.agency_kinds or person.organisation.kind.pack_id in role.agency_kinds,
        needs_area=any(right.scope == rules.Scope.AREA for right in rights),
        has_area=area is not None,
    )
    if expires_at <= now:
        reasons.append("The last day must lie in the future.")
    if person.grants.filter(role=role, area=area, ended_at=None, expires_at__gt=now).exists():
        reasons.append("This person holds this role already.")
    if reasons:
        raise Refused(reasons)
    # An expired grant still occupies its place in the unique constraint; it is ended for good here.
    person.grants.filter(role=role, area=area, ended_at=None).update(ended_at=now)
    given = Grant.objects.create(
        person=person, role=role, area=area, granted_by=by.id, granted_at=now, expires_at=expires_at
    )
    audit.record(
        "access.person.grant", "access.person", person.id, by=by, now=now,
        details={"role": role_id, "area": area_id, "until": expires_at.date().isoformat()},
    )
    return given


@transaction.atomic
def end_grant(grant_id: object, *, by: Officer, now: datetime) -> None:
    """Take a role away: 1. lock, 2. may the officer? 3. write, 4. record. Holds from the next request on."""
    held = Grant.objects.select_for_update().filter(id=grant_id, ended_at=None).first()
    if held is None or not reads.person_is_staff_of(held.person, action=Action.PERSON_GRANT, by=by):
        raise NotFound
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    audit.record(
        "access.person.ungrant", "access.person", held.person_id, by=by, now=now,
        details={"role": held.role.pack_id},
    )


@transaction.atomic
def end_person(person_id: object, *, by: Officer, now: datetime) -> None:
    """End a person's account: 1. lock, 2. shut out, end all grants, 3. record. Records of what they did stay."""
    person = reads.person_for(person_id, Action.PERSON_END, by=by)
    if str(person.id) == by.id:
        raise Refused(["You cannot end your own account; ask a colleague."])
    Person.objects.select_for_update().filter(id=person.id).update(is_active=False)
    person.grants.filter(ended_at=None).update(ended_at=now)
    audit.record("access.person.end", "access.person", person.id, by=by, now=now)


@transaction.atomic
def propose(
    kind: str, subject_type: str, subject_id: object, *,
    reason: str, organisation: str, by: Officer, now: datetime, subject_person: str = "",
) -> Proposal:
    """Propose something that needs two people: 1. ask the rules, 2. write, 3. record.

    Args:
        kind: what shall be done, e.g. ``"access.factor.restore"``; the act that does it spends the proposal.
        organisation: whose approvers may decide (uuid as text).
        subject_person: the person it is about, who cannot approve it.
    """
    if reasons := rules.why_not_propose(by, now=now):
        raise Refused(reasons)
    proposal = Proposal.objects.create(
        kind=kind, subject_type=subject_type, subject_id=str(subject_id), subject_person=subject_person,
        organisation=organisation, reason=reason, proposed_by=by.id, proposed_at=now,
        expires_at=now + rules.PROPOSAL_LIVES,
    )
    audit.record("access.proposal.make", subject_type, subject_id, by=by, now=now, details={"kind": kind})
    return proposal


@transaction.atomic
def decide(proposal_id: object, *, approve: bool, by: Officer, now: datetime) -> Proposal:
    """Approve or refuse a proposal: 1. lock, 2. ask the rules, 3. write, 4. record."""
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
        f"access.proposal.{word}", proposal.subject_type, proposal.subject_id, by=by, now=now,
        details={"kind": proposal.kind},
    )
    return proposal


@transaction.atomic
def spend(proposal_id: object, kind: str, subject_id: object, *, now: datetime) -> Proposal:
    """Use an approved proposal, once, inside the transaction of the act that it allows.

    Raises `Refused` unless it is approved, of this kind, about this subject, in time and unspent.
    """
    proposal = Proposal.objects.select_for_update().filter(
        id=proposal_id, kind=kind, subject_id=str(subject_id), approved=True, spent_at=None, expires_at__gt=now
    ).first()
    if proposal is None:
        raise Refused(["This needs the approval of a second person, and there is none that can be used."])
    proposal.spent_at = now
    proposal.save(update_fields=["spent_at"])
    return proposal
