"""Roles from the pack; give them and take them away."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads, rules
from mlinzi.access.acts import proposals
from mlinzi.access.models import Grant, Person, Proposal, Role, RoleRight
from mlinzi.access.rules import Action, GrantFacts, Officer
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
        # The digest of the rights stands in the row, so that the row counts as changed when only a right
        # changed.
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
            RoleRight(role=role, action=action, scope=scope, why=why)
            for action, scope, why in rights[role.pack_id]
        )
    if touched:
        audit.record("access.role.load", "access.role", "-", by=by, now=now, details={"roles": len(touched)})
    return loaded


def _digest_of_rights(rights: Iterable[tuple[str, str, str]]) -> str:
    return hashlib.sha256(repr(sorted(rights)).encode()).hexdigest()


@transaction.atomic
def give_role(
    person_id: UUID | str,
    role_id: str,
    *,
    area_id: str,
    expires_at: datetime,
    reason: str,
    by: Officer,
    now: datetime,
) -> Grant | Proposal:
    """Give a role to a person until a day, or propose it where two people have to agree.

    1. may the officer give roles to this person? 2. ask the rules, 3. a role that carries the keys to
    people, or opens the whole country's cases, is proposed to a second person; any other one is given at
    once, 4. record.

    Args:
        expires_at: when the role ends by itself; a year from now at most.
        reason: for the second person; not kept where none is needed.

    Returns what was made. Raises `NotFound`, or `Refused` with the reasons.
    """
    person = _locked(reads.person_for(person_id, Action.PERSON_GRANT, by=by))
    role = Role.objects.filter(pack_id=role_id).first()
    if role is None:
        raise NotFound
    facts = _facts(person, role, area_id, expires_at, given_by=by.id, now=now)
    if reasons := rules.why_not_grant(by, facts, now=now):
        raise Refused(reasons)
    if not rules.needs_two_people(facts.rights):
        return write_grant(person, role, area_id, expires_at, by=by, granted_by=by.id, now=now)
    national = rules.is_national_matter(facts.rights)
    return proposals.propose(
        Action.PERSON_GRANT,
        "access.person",
        person.id,
        reason=reason,
        organisation=rules.NATIONAL_MATTER if national else str(person.organisation.uuid),
        subject_person=str(person.id),
        details={"role": role_id, "area": area_id, "until": expires_at.isoformat()},
        by=by,
        now=now,
    )


def carry_out(proposal: Proposal, *, by: Officer, now: datetime) -> Grant:
    """Give the role of an approved proposal, in the transaction that approved it.

    1. lock the person, 2. ask the rules again, since days may have passed, 3. write, 4. record.
    """
    person = _locked(Person.objects.get(pk=proposal.subject_id))
    role = Role.objects.filter(pack_id=proposal.details["role"]).first()
    if role is None:
        raise Refused(["This role no longer exists."])
    area_id, expires_at = proposal.details["area"], datetime.fromisoformat(proposal.details["until"])
    facts = _facts(person, role, area_id, expires_at, given_by=proposal.proposed_by, now=now)
    if reasons := rules.why_not_grant(by, facts, now=now):
        raise Refused(reasons)
    return write_grant(person, role, area_id, expires_at, by=by, granted_by=proposal.proposed_by, now=now)


def _locked(person: Person) -> Person:
    return (
        Person.objects.select_for_update(of=("self",)).select_related("organisation__kind").get(pk=person.pk)
    )


def _facts(
    person: Person, role: Role, area_id: str, expires_at: datetime, *, given_by: str, now: datetime
) -> GrantFacts:
    area = directory.area_named(area_id) if area_id else None
    held = person.grants.filter(role=role, area=area, ended_at=None, expires_at__gt=now).exists()
    return GrantFacts(
        rights=reads.rights_of(role),
        expires_at=expires_at,
        same_person=str(person.id) == given_by,
        kind_fits=not role.agency_kinds or person.organisation.kind.pack_id in role.agency_kinds,
        has_area=area is not None,
        held=held,
        ended=person.ended_at is not None,
    )


def write_grant(
    person: Person,
    role: Role,
    area_id: str,
    expires_at: datetime,
    *,
    by: Actor,
    granted_by: str,
    now: datetime,
) -> Grant:
    """Write a grant that was allowed, inside an act's transaction: 1. write, 2. record."""
    area = directory.area_named(area_id) if area_id else None
    # An expired grant still occupies its place in the unique constraint; it is ended for good here.
    person.grants.filter(role=role, area=area, ended_at=None).update(ended_at=now)
    given = Grant.objects.create(
        person=person, role=role, area=area, granted_by=granted_by, granted_at=now, expires_at=expires_at
    )
    audit.record(
        "access.person.grant",
        "access.person",
        person.id,
        by=by,
        now=now,
        details={"role": role.pack_id, "area": area_id, "until": expires_at.date().isoformat()},
    )
    return given


@transaction.atomic
def end_grant(grant_id: UUID | str, *, by: Officer, now: datetime) -> Grant:
    """Take a role away: 1. lock, 2. may the officer? 3. write, 4. record. Holds from the next request on."""
    held = Grant.objects.select_for_update(of=("self",)).filter(id=grant_id, ended_at=None).first()
    if held is None or not reads.person_is_staff_of(held.person, action=Action.PERSON_GRANT, by=by):
        raise NotFound
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    audit.record(
        "access.person.ungrant",
        "access.person",
        held.person_id,
        by=by,
        now=now,
        details={"role": held.role.pack_id},
    )
    return held
