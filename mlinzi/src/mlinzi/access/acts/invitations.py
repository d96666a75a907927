"""Ways in: nobody signs up, everybody is invited."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads, rules
from mlinzi.access.acts import roles
from mlinzi.access.models import Invitation, Person, Role
from mlinzi.access.rules import Action, Newcomer, Officer
from mlinzi.audit import acts as audit
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound, Refused

OWNER = "owner"


@transaction.atomic
def invite(
    *, name: str, email: str, organisation_uuid: UUID | str, language: str, by: Officer, now: datetime
) -> Invitation:
    """Invite a person into an organisation.

    1. may the officer invite there? 2. a new person who cannot sign in yet, 3. an invitation whose letter the
    sender writes, 4. record. The e-mail address never goes to the log.

    Raises `NotFound` for an organisation that is not the officer's to invite for; `Refused` for an address
    in use.
    """
    organisation = directory.organisation(organisation_uuid)
    relation = rules.Relation(organisations=frozenset({str(organisation.uuid)}))
    if not rules.allowed(by, Action.PERSON_INVITE, relation):
        raise NotFound
    person = write_person(Newcomer(name, email, str(organisation.uuid), language))
    invitation = write_invitation(person, now=now)
    audit.record("access.person.invite", "access.person", person.id, by=by, now=now)
    return invitation


@transaction.atomic
def invite_again(person_id: UUID | str, *, by: Officer, now: datetime) -> Invitation:
    """Send another invitation to somebody who has not used the first one.

    1. may the officer? 2. lock; has the account been used or ended? 3. make the earlier invitations useless,
    4. write a new one, 5. record.
    """
    found = reads.person_for(person_id, Action.PERSON_INVITE, by=by)
    person = Person.objects.select_for_update().get(pk=found.pk)
    if person.ended_at is not None:
        raise Refused(["This account has ended; it cannot be opened again."])
    if person.is_active:
        raise Refused(["This person signs in already and needs no invitation."])
    person.invitations.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    invitation = write_invitation(person, now=now)
    audit.record("access.person.invite", "access.person", person.id, by=by, now=now)
    return invitation


@transaction.atomic
def invite_first(
    newcomers: Sequence[Newcomer], *, expires_at: datetime, by: Actor, now: datetime
) -> list[Invitation]:
    """Invite the first administrators of an installation, with their roles.

    1. only the owner of the machine, and only until two people can approve, 2. for each: person, roles,
    invitation, 3. record. From then on everything heavy takes those two.

    Raises `Refused`.
    """
    if by.kind is not ActorKind.PROCESS or by.id != OWNER:
        raise NotFound
    if len(reads.who_may(Action.PROPOSAL_APPROVE, now=now)) >= 2:
        raise Refused(
            ["Two people can invite and approve in this installation already; ask them for an invitation."]
        )
    made = []
    for newcomer in newcomers:
        person = write_person(newcomer)
        for role_id, area_id in newcomer.roles:
            give_as_owner(person, role_id, area_id, expires_at, by=by, now=now)
        made.append(write_invitation(person, now=now))
        audit.record("access.person.invite", "access.person", person.id, by=by, now=now)
    return made


def write_person(newcomer: Newcomer) -> Person:
    """A person who cannot sign in yet, inside an act's transaction. `Refused` for an address in use."""
    if Person.objects.filter(email__iexact=newcomer.email).exists():
        raise Refused(["Somebody with this e-mail address has an account already."])
    person = Person(
        name=newcomer.name.strip(),
        email=newcomer.email.strip().lower(),
        organisation=directory.organisation(newcomer.organisation),
        language=newcomer.language,
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def give_as_owner(
    person: Person, role_id: str, area_id: str, expires_at: datetime, *, by: Actor, now: datetime
) -> None:
    """Give a role on the word of the machine's owner, inside an act that asked whether it is allowed."""
    role = Role.objects.filter(pack_id=role_id).first()
    if role is None:
        raise Refused([f"The pack has no role {role_id}."])
    roles.write_grant(person, role, area_id, expires_at, by=by, granted_by=by.id, now=now)


def write_invitation(
    person: Person, *, now: datetime, lives: timedelta = rules.INVITATION_LIVES
) -> Invitation:
    """An invitation without a token: the row that waits for the sender, who makes one for the letter."""
    return Invitation.objects.create(person=person, created_at=now, expires_at=now + lives)


@transaction.atomic
def mint_invitation(invitation_id: UUID | str, *, by: Actor, now: datetime) -> tuple[Invitation, str]:
    """Make the token of an invitation, for the letter that is being written in the same transaction.

    1. lock, 2. keep only the token's digest, 3. mark as sent, 4. record.

    Returns the invitation and the token (43 letters), which is known nowhere else. Raises `NotFound` when it
    was sent or used already.
    """
    waiting = Invitation.objects.select_for_update().filter(id=invitation_id, sent_at=None, used_at=None)
    invitation = waiting.filter(expires_at__gt=now).first()
    if invitation is None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    invitation.token_digest = _digest(token)
    invitation.sent_at = now
    invitation.save(update_fields=["token_digest", "sent_at"])
    audit.record("access.invitation.send", "access.person", invitation.person_id, by=by, now=now)
    return invitation, token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def invitation_of(token: str, *, now: datetime) -> Invitation:
    """The invitation that a token opens; nothing is used up.

    Raises `NotFound` for a wrong, used or expired one alike.
    """
    digest = _digest(token)
    found = Invitation.objects.filter(token_digest=digest, used_at=None, expires_at__gt=now).first()
    if found is None or not hmac.compare_digest(bytes(found.token_digest or b""), digest):
        raise NotFound
    return found


@transaction.atomic
def accept_invitation(invitation_id: UUID | str, *, password: str, now: datetime) -> Person:
    """Use an invitation that a token has opened.

    1. lock it, 2. set the password, 3. let the person in, 4. record. The second factor is set up right
    after; until then every page but that one stays shut.

    Raises `NotFound` when it was used or has expired meanwhile.
    """
    usable = Invitation.objects.select_for_update().filter(id=invitation_id, used_at=None, expires_at__gt=now)
    invitation = usable.exclude(token_digest=None).first()
    if invitation is None:
        raise NotFound
    person = Person.objects.select_for_update().get(pk=invitation.person_id)
    if person.ended_at is not None:
        raise NotFound
    person.set_password(password)
    person.is_active = True
    person.save(update_fields=["password", "is_active"])
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    audit.record(
        "access.invitation.use", "access.person", person.id, by=reads.officer(person, now=now), now=now
    )
    return person
