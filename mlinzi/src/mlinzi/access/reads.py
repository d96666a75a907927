"""Questions about people and rights."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from mlinzi.access.models import Credential, Grant, Invitation, Person, Proposal, Role
from mlinzi.access.rules import (
    Action,
    Officer,
    Relation,
    Right,
    Scope,
    Standing,
    allowed,
    secret_digest,
)
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.packed import in_language

if TYPE_CHECKING:
    # The public site goes without the sign-in library, and reads this module.
    from allauth.mfa.models import Authenticator


def officer(person: Person, *, now: datetime, factor_at: datetime | None = None) -> Officer:
    """The person with the rights that hold now: grants that have begun, not ended and not expired."""
    # Whoever has an account may use it, also before the first role is given.
    rights = {Right(Action.SELF, Scope.OWN)}
    grants = person.grants.filter(ended_at=None, expires_at__gt=now).select_related("area", "role")
    for grant in grants.prefetch_related("role__rights"):
        for right in grant.role.rights.all():
            area = grant.area.pack_id if grant.area else ""
            rights.add(Right(right.action, Scope(right.scope), area if right.scope == Scope.AREA else ""))
    return Officer(
        kind=ActorKind.PERSON,
        id=str(person.id),
        organisation=str(person.organisation.uuid),
        unit=str(person.unit_id or ""),
        rights=frozenset(rights),
        factor_at=factor_at,
    )


def without_factor(found: Officer) -> Officer:
    """The same person before a second factor was given: nothing but their own account."""
    return replace(found, rights=frozenset({Right(Action.SELF, Scope.OWN)}))


def factors_of(person_id: UUID | str) -> list["Authenticator"]:
    """The second factors of a person, oldest first."""
    from allauth.mfa.models import Authenticator

    return list(Authenticator.objects.filter(user_id=person_id).order_by("created_at"))


def has_factor(person_id: UUID | str) -> bool:
    """Whether a person has set up a second factor."""
    from allauth.mfa.models import Authenticator

    return bool(Authenticator.objects.filter(user_id=person_id).exists())


def current_code(person: Person) -> str:
    """The code that an invented person's authenticator app shows now.

    Raises `Refused` anywhere but in a demonstration, and for a person without an app.
    """
    if not directory.is_demonstration():
        raise Refused(["This is not a demonstration; codes come from people's own devices."])
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    app = next((f for f in factors_of(person.id) if f.type == Authenticator.Type.TOTP), None)
    if app is None:
        raise Refused(["This person has no authenticator app."])
    counters = list(auth.yield_hotp_counters_from_time())
    return str(auth.format_hotp_value(auth.hotp_value(app.data["secret"], counters[len(counters) // 2])))


def visible(
    by: Officer,
    action: str,
    *,
    owner: str = "",
    assigned: str = "",
    unit: str = "",
    area: str = "",
    organisations: tuple[str, ...] = (),
) -> Q:
    """The rows an officer may see for an action, as a filter: the same answer as `rules.allowed`, in SQL.

    Args:
        owner … organisations: names of the columns that hold each scope's value; a scope without a column
            matches nothing.
    """
    found = Q(pk__in=[])
    for right in by.rights:
        if right.action != action:
            continue
        match right.scope:
            case Scope.NATIONAL:
                return Q()
            case Scope.ORGANISATION if by.organisation:
                found |= _same(organisations, by.organisation, directory.row_of_organisation)
            case Scope.AREA if area and right.area:
                found |= _same((area,), right.area, directory.row_of_area)
            case Scope.UNIT if unit and by.unit:
                found |= Q(**{unit: by.unit})
            case Scope.ASSIGNED if assigned:
                found |= Q(**{assigned: by.id})
            case Scope.OWN if owner:
                found |= Q(**{owner: by.id})
    return found


def _same(columns: tuple[str, ...], value: str, row_of: Callable[[str], int]) -> Q:
    """Any of these columns that holds a value itself, or is a foreign key whose row has it: compared with
    that row's id, which is asked for once, and without a join.
    """
    found, row = Q(pk__in=[]), None
    for column in columns:
        key = column.removesuffix("__uuid").removesuffix("__pack_id")
        if key == column:
            found |= Q(**{column: value})
            continue
        row = row_of(value) if row is None else row
        found |= Q(**{f"{key}_id": row})
    return found


def people(action: str, *, by: Officer) -> QuerySet[Person]:
    """The people an officer may see for an action, by name."""
    mine = visible(by, action, owner="id", unit="unit_id", organisations=("organisation__uuid",))
    return Person.objects.filter(mine).select_related("organisation", "unit").order_by("name", "id")


def found_people(*, name: str, standing: str, by: Officer) -> QuerySet[Person]:
    """People of the list page: those in use or invited unless another standing is asked for, by name."""
    found = people(Action.PERSON_LIST, by=by)
    if name.strip():
        found = found.filter(name__icontains=name.strip())
    match standing:
        case Standing.ENDED:
            return found.exclude(ended_at=None)
        case Standing.ACTIVE:
            return found.filter(is_active=True)
        case Standing.INVITED:
            return found.filter(is_active=False, ended_at=None)
    return found.filter(ended_at=None)


def person_for(person_id: UUID | str, action: str, *, by: Officer) -> Person:
    """One person through an officer's eyes. Raises `NotFound` for the absent and the forbidden alike."""
    found = people(action, by=by).filter(id=person_id).first()
    if found is None:
        raise NotFound
    return found


def person_with_email(email: str) -> UUID | None:
    """The id of whoever works in the house under an address, in whatever case it is written; None for
    nobody.
    """
    if not email:
        return None
    return (
        Person.objects.filter(email__iexact=email.strip(), is_active=True)
        .values_list("id", flat=True)
        .first()
    )


def names_of(person_ids: set[str]) -> dict[str, str]:
    """Names for showing in histories, by person id as text. Ids of processes are passed over."""
    wanted = [i for i in person_ids if len(i) == 36]
    return {str(p.id): p.name for p in Person.objects.filter(id__in=wanted).only("id", "name")}


def roles() -> QuerySet[Role]:
    return Role.objects.prefetch_related("rights").order_by("pack_id")


def rights_of(role: Role) -> tuple[Right, ...]:
    """What a role carries, as values."""
    return tuple(Right(right.action, Scope(right.scope)) for right in role.rights.all())


def role_label(role_id: str) -> str:
    """What a role is called, in the language of the page; empty for none."""
    role = Role.objects.filter(pack_id=role_id).first() if role_id else None
    return in_language(role.label, get_language() or "") if role else role_id


def area_label(area_id: str) -> str:
    """What an area is called; empty for none."""
    area = directory.area_named(area_id) if area_id else None
    return area.name if area else area_id


def roles_for(person: Person) -> list[Role]:
    """The roles that are meant for the kind of organisation a person works in."""
    kind = person.organisation.kind.pack_id
    return [role for role in roles() if not role.agency_kinds or kind in role.agency_kinds]


def organisations_to_invite_for(*, by: Officer) -> list[tuple[str, str]]:
    """The organisations into which an officer may invite people, by name, as uuid and name."""
    found = directory.organisations().filter(visible(by, Action.PERSON_INVITE, organisations=("uuid",)))
    return [(str(uuid), name) for uuid, name in found.values_list("uuid", "name")]


def grants_of(person: Person, *, now: datetime) -> QuerySet[Grant]:
    """Grants that hold now, those that end first on top."""
    return (
        person.grants.filter(ended_at=None, expires_at__gt=now)
        .select_related("role", "area")
        .order_by("expires_at")
    )


def addressees(people: Iterable[Person]) -> list[tuple[str, str]]:
    """To whom a letter goes and in which language: pairs of person id and language."""
    return [(str(person.id), person.language) for person in people]


def holders(role_id: str, *, now: datetime, organisation: str = "", area: str = "") -> list[Person]:
    """People who hold a role now, optionally of one organisation (uuid) or in one area (pack id), by name."""
    grants = Q(grants__role__pack_id=role_id, grants__ended_at=None, grants__expires_at__gt=now)
    if area:
        grants &= Q(grants__area__pack_id=area)
    found = Person.objects.filter(grants, is_active=True)
    if organisation:
        found = found.filter(organisation__uuid=organisation)
    return list(found.distinct().order_by("name"))


def who_may(
    action: str, *, now: datetime, organisation: str = "", scope: Scope | None = None
) -> list[Person]:
    """People with an account who hold an action now, by name: in any scope or in the one given, of one
    organisation (uuid) where it is given.
    """
    held = Q(grants__role__rights__action=action, grants__ended_at=None, grants__expires_at__gt=now)
    if scope:
        held &= Q(grants__role__rights__scope=scope)
    found = Person.objects.filter(held, is_active=True).select_related("organisation__area")
    if organisation:
        found = found.filter(organisation__uuid=organisation)
    return list(found.distinct().order_by("name", "id"))


def person_is_staff_of(person: Person, *, action: str, by: Officer) -> bool:
    """Whether the officer may do this to this person."""
    relation = Relation(
        owner=str(person.id),
        unit=str(person.unit_id or ""),
        organisations=frozenset({str(person.organisation.uuid)}),
    )
    return allowed(by, action, relation)


def waiting_about(person: Person, *, now: datetime) -> list[Proposal]:
    """What was proposed about a person and is not decided yet, newest first."""
    waiting = Proposal.objects.filter(subject_person=str(person.id), decided_at=None, expires_at__gt=now)
    return list(waiting.order_by("-proposed_at"))


def proposals(*, by: Officer, waiting: bool, now: datetime) -> QuerySet[Proposal]:
    """Proposals an officer may decide, newest first: those that wait, or those that no longer do."""
    mine = visible(by, Action.PROPOSAL_APPROVE, organisations=("organisation",))
    waits = Q(decided_at=None, expires_at__gt=now)
    return Proposal.objects.filter(mine).filter(waits if waiting else ~waits).order_by("-proposed_at", "id")


def proposal_for(proposal_id: UUID | str, *, by: Officer) -> Proposal:
    """One proposal through an officer's eyes. Raises `NotFound`."""
    mine = visible(by, Action.PROPOSAL_APPROVE, organisations=("organisation",))
    found = Proposal.objects.filter(mine, id=proposal_id).first()
    if found is None:
        raise NotFound
    return found


def invitations_to_send(*, now: datetime) -> QuerySet[Invitation]:
    """Invitations whose letter has not been written: the row that waits for the sender."""
    return Invitation.objects.filter(sent_at=None, used_at=None, expires_at__gt=now).order_by("created_at")


def open_invitation(invitation_id: UUID | str | None, *, now: datetime) -> Invitation | None:
    """An invitation whose token was shown, as long as it can be used."""
    if not invitation_id:
        return None
    usable = Invitation.objects.filter(
        id=invitation_id, used_at=None, expires_at__gt=now, person__ended_at=None
    )
    return usable.exclude(token_digest=None).select_related("person__organisation").first()


def address_of(person_id: str) -> str:
    """The e-mail address of an account that is in use; empty for one that ended."""
    found = Person.objects.filter(id=person_id, is_active=True).only("email").first()
    return found.email if found else ""


# -- programs ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A provider's program that has shown who it is.

    Args:
        id: of its credential. organisation: the provider's uuid. live: whether its reports reach officers.
        person: whoever fills in our own form for the provider, where it is no program at all.
    """

    id: UUID
    login: str
    organisation: str
    name: str
    live: bool
    person: Actor | None = None


def program(login: str, secret: str) -> Program | None:
    """The program that a login and its secret belong to; None for what is unknown, wrong or ended."""
    rows = Credential.objects.filter(login=login[:32], page=False, ended_at=None, organisation__active=True)
    found = rows.select_related("organisation").order_by().first()
    given = secret_digest(secret)
    kept = bytes(found.secret_digest) if found else bytes(32)
    if not hmac.compare_digest(given, kept) or found is None:
        return None
    house = found.organisation
    return Program(found.id, found.login, str(house.uuid), house.name, found.live)


def credentials_seen(*, by: Officer, limit: int = 500) -> list[Credential]:
    """Credentials that an officer may see, by provider, the newest first."""
    mine = visible(by, Action.CREDENTIAL_SEE, organisations=("organisation__uuid",))
    rows = Credential.objects.filter(mine, page=False)
    return list(rows.select_related("organisation", "given_by", "ended_by")[:limit])


def credential_for(credential_id: UUID, action: Action, *, by: Officer) -> Credential:
    """One credential through an officer's eyes. Raises `NotFound`."""
    mine = visible(by, action, organisations=("organisation__uuid",))
    rows = Credential.objects.filter(mine, page=False, id=credential_id)
    found = rows.select_related("organisation").first()
    if found is None:
        raise NotFound
    return found


def organisations_with_programs(*, by: Officer) -> list[tuple[str, str]]:
    """Providers that an officer may give a program of theirs a way in, for a form."""
    mine = visible(by, Action.CREDENTIAL_GIVE, organisations=("uuid",))
    return [(str(house.uuid), house.name) for house in directory.providers().filter(mine)]
