"""Questions about people and rights."""

from datetime import datetime

from django.db.models import Q, QuerySet

from mlinzi.access.models import Grant, Invitation, Person, Proposal, Role
from mlinzi.access.rules import Action, Officer, Relation, Right, Scope, allowed
from mlinzi.kernel.actors import ActorKind
from mlinzi.kernel.errors import NotFound


def officer(person: Person, *, now: datetime, factor_at: datetime | None = None) -> Officer:
    """The person with the rights that hold now: grants that have begun, not ended and not expired."""
    rights = set()
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
                for column in organisations:
                    found |= Q(**{column: by.organisation})
            case Scope.AREA if area and right.area:
                found |= Q(**{area: right.area})
            case Scope.UNIT if unit and by.unit:
                found |= Q(**{unit: by.unit})
            case Scope.ASSIGNED if assigned:
                found |= Q(**{assigned: by.id})
            case Scope.OWN if owner:
                found |= Q(**{owner: by.id})
    return found


def people(action: str, *, by: Officer) -> QuerySet[Person]:
    """The people an officer may see for an action, by name."""
    mine = visible(by, action, owner="id", unit="unit_id", organisations=("organisation__uuid",))
    return Person.objects.filter(mine).select_related("organisation", "unit").order_by("name")


def person_for(person_id: object, action: str, *, by: Officer) -> Person:
    """One person through an officer's eyes. Raises `NotFound` for the absent and the forbidden alike."""
    found = people(action, by=by).filter(id=person_id).first()
    if found is None:
        raise NotFound
    return found


def names_of(person_ids: set[str]) -> dict[str, str]:
    """Names for showing in histories, by person id as text. Ids of processes are passed over."""
    wanted = [i for i in person_ids if len(i) == 36]
    return {str(p.id): p.name for p in Person.objects.filter(id__in=wanted).only("id", "name")}


def roles() -> QuerySet[Role]:
    return Role.objects.prefetch_related("rights").order_by("pack_id")


def grants_of(person: Person, *, now: datetime) -> QuerySet[Grant]:
    """Grants that hold now, those that end first on top."""
    return person.grants.filter(ended_at=None, expires_at__gt=now).select_related("role", "area").order_by("expires_at")


def holders(
    role_id: str, *, now: datetime, organisation: str = "", area: str = ""
) -> list[Person]:
    """People who hold a role now, optionally of one organisation (uuid) or in one area (pack id), by name."""
    grants = Q(grants__role__pack_id=role_id, grants__ended_at=None, grants__expires_at__gt=now)
    if area:
        grants &= Q(grants__area__pack_id=area)
    found = Person.objects.filter(grants, is_active=True)
    if organisation:
        found = found.filter(organisation__uuid=organisation)
    return list(found.distinct().order_by("name"))


def person_is_staff_of(person: Person, *, action: str, by: Officer) -> bool:
    """Whether the officer may do this to this person."""
    relation = Relation(
        owner=str(person.id), unit=str(person.unit_id or ""), organisations=frozenset({str(person.organisation.uuid)})
    )
    return allowed(by, action, relation)


def proposals(*, by: Officer) -> QuerySet[Proposal]:
    """Proposals an officer may decide, newest first."""
    mine = visible(by, Action.PROPOSAL_APPROVE, organisations=("organisation",))
    return Proposal.objects.filter(mine).order_by("-proposed_at")


def proposal_for(proposal_id: object, *, by: Officer) -> Proposal:
    """One proposal through an officer's eyes. Raises `NotFound`."""
    found = proposals(by=by).filter(id=proposal_id).first()
    if found is None:
        raise NotFound
    return found


def invitations_to_send(*, now: datetime) -> QuerySet[Invitation]:
    """Invitations whose letter has not been written: the row that waits for the sender."""
    return Invitation.objects.filter(sent_at=None, used_at=None, expires_at__gt=now).order_by("created_at")


def address_of(person_id: str) -> str:
    """The e-mail address of an account that is in use; empty for one that ended."""
    found = Person.objects.filter(id=person_id, is_active=True).only("email").first()
    return found.email if found else ""
