"""Who may do what: rights are data, and one function answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mlinzi.kernel.actors import Actor, ActorKind

FACTOR_STAYS_FRESH = timedelta(minutes=10)
PROPOSAL_LIVES = timedelta(days=3)
INVITATION_LIVES = timedelta(days=7)
IDLE_LIMIT = timedelta(minutes=15)


class Action(StrEnum):
    """What this room's doors ask for."""

    SELF = "access.self.use"
    PERSON_LIST = "access.person.list"
    PERSON_INVITE = "access.person.invite"
    PERSON_GRANT = "access.person.grant"
    PERSON_END = "access.person.end"
    FACTOR_RESTORE = "access.factor.restore"
    PROPOSAL_APPROVE = "access.proposal.approve"


class Scope(StrEnum):
    OWN = "own"
    ASSIGNED = "assigned"
    UNIT = "unit"
    AREA = "area"
    ORGANISATION = "organisation"
    NATIONAL = "national"


@dataclass(frozen=True)
class Right:
    """One action within one scope. `area` is a place's pack id where the grant was bound to an area."""

    action: str
    scope: Scope
    area: str = ""


@dataclass(frozen=True)
class Officer(Actor):
    """A signed-in person with the rights that hold at this moment.

    `id` is the person's id, `organisation` the organisation's uuid, both as text.
    """

    unit: str = ""
    rights: frozenset[Right] = field(default_factory=frozenset)
    factor_at: datetime | None = None

    def scopes_of(self, action: str) -> frozenset[Scope]:
        return frozenset(r.scope for r in self.rights if r.action == action)

    def areas_of(self, action: str) -> frozenset[str]:
        return frozenset(r.area for r in self.rights if r.action == action and r.scope is Scope.AREA and r.area)


@dataclass(frozen=True)
class Relation:
    """How a record stands to people: everything that a scope can ask about.

    Ids are text; an area is a place's pack id. `organisations` are those that own the record or were given it.
    """

    owner: str = ""
    assigned: frozenset[str] = frozenset()
    unit: str = ""
    area: str = ""
    organisations: frozenset[str] = frozenset()


def may_at_all(officer: Officer, action: str) -> bool:
    """Whether the officer holds the action in any scope: what a page asks before it looks anything up."""
    return any(right.action == action for right in officer.rights)


def allowed(officer: Officer, action: str, relation: Relation) -> bool:
    """Whether the officer may do this to that. Deny is the default; an empty value never matches."""
    return any(_covers(officer, right, relation) for right in officer.rights if right.action == action)


def _covers(officer: Officer, right: Right, relation: Relation) -> bool:
    match right.scope:
        case Scope.NATIONAL:
            return True
        case Scope.ORGANISATION:
            return bool(officer.organisation) and officer.organisation in relation.organisations
        case Scope.AREA:
            return bool(right.area) and right.area == relation.area
        case Scope.UNIT:
            return bool(officer.unit) and officer.unit == relation.unit
        case Scope.ASSIGNED:
            return officer.id in relation.assigned
        case Scope.OWN:
            return bool(officer.id) and officer.id == relation.owner


def factor_is_fresh(officer: Officer, *, now: datetime) -> bool:
    """Whether the second factor was given within the last ten minutes; dangerous acts ask for it."""
    return officer.factor_at is not None and timedelta(0) <= now - officer.factor_at <= FACTOR_STAYS_FRESH


def is_idle(last_seen: datetime | None, *, now: datetime) -> bool:
    """Whether a session has been idle for too long. A session that never said when it was seen is idle."""
    return last_seen is None or now - last_seen > IDLE_LIMIT


@dataclass(frozen=True)
class ProposalFacts:
    proposed_by: str
    subject_person: str
    expires_at: datetime
    decided: bool


def why_not_propose(officer: Officer, *, now: datetime) -> list[str]:
    """Reasons against proposing; empty means yes."""
    if not factor_is_fresh(officer, now=now):
        return ["Confirm with your second factor first; the last confirmation is older than ten minutes."]
    return []


def why_not_approve(officer: Officer, proposal: ProposalFacts, *, now: datetime) -> list[str]:
    """Reasons against approving; empty means yes. Two different people, a fresh factor, in time, not about oneself."""
    reasons = []
    if proposal.decided:
        reasons.append("This proposal was decided already.")
    if now >= proposal.expires_at:
        reasons.append("This proposal has expired; it must be made again.")
    if officer.id == proposal.proposed_by:
        reasons.append("You proposed this yourself; a second person has to approve it.")
    if officer.id == proposal.subject_person:
        reasons.append("This is about you; somebody else has to approve it.")
    if officer.kind is not ActorKind.PERSON:
        reasons.append("Only a person can approve.")
    if not factor_is_fresh(officer, now=now):
        reasons.append("Confirm with your second factor first; the last confirmation is older than ten minutes.")
    return reasons


def why_not_grant(
    officer: Officer, role_actions: Iterable[str], *, same_person: bool, kind_fits: bool, needs_area: bool, has_area: bool
) -> list[str]:
    """Reasons against giving a role to a person; empty means yes."""
    reasons = []
    if same_person:
        reasons.append("You cannot give a role to yourself.")
    if not kind_fits:
        reasons.append("This role is not meant for this kind of organisation.")
    if needs_area and not has_area:
        reasons.append("This role works in an area; choose the area.")
    if not list(role_actions):
        reasons.append("This role carries no rights; choose another one.")
    return reasons
