"""Who may do what: rights are data, and one function answers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mlinzi.kernel.actors import Actor, ActorKind

FACTOR_STAYS_FRESH = timedelta(minutes=10)
PROPOSAL_LIVES = timedelta(days=3)
INVITATION_LIVES = timedelta(days=7)
IDLE_LIMIT = timedelta(minutes=15)
SESSION_LIVES = timedelta(hours=12)
GRANT_LIVES = timedelta(days=366)
TYPED_TEXT_LIVES = timedelta(hours=24)
TYPED_FIELDS, TYPED_CHARACTERS = 100, 100_000
# Reading what was not given to oneself is as heavy as giving rights, so it takes two people as well: else an
# administrator could invite an address of their own and let it read what the desk holds.
READS_CASES = "casework.case.open"
# Stands in a proposal that no single organisation may decide: it matches the organisation of nobody.
NATIONAL_MATTER = "-"


class Action(StrEnum):
    """What this room's doors ask for."""

    SELF = "access.self.use"
    PERSON_LIST = "access.person.list"
    PERSON_INVITE = "access.person.invite"
    PERSON_GRANT = "access.person.grant"
    PERSON_END = "access.person.end"
    FACTOR_RESTORE = "access.factor.restore"
    PROPOSAL_APPROVE = "access.proposal.approve"
    CREDENTIAL_SEE = "access.credential.see"
    CREDENTIAL_GIVE = "access.credential.give"


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
        return frozenset(
            r.area for r in self.rights if r.action == action and r.scope is Scope.AREA and r.area
        )


@dataclass(frozen=True)
class Relation:
    """How a record stands to people: everything that a scope can ask about.

    Ids are text; an area is a place's pack id. `organisations` are those that own the record or were given
    it.
    """

    owner: str = ""
    assigned: frozenset[str] = frozenset()
    unit: str = ""
    area: str = ""
    organisations: frozenset[str] = frozenset()


def secret_digest(secret: str) -> bytes:
    """What is kept of a program's secret. It is 128 random bits, so that nothing slower is needed: there is
    nothing to guess.
    """
    return hashlib.sha256(b"mlinzi credential|" + secret.encode()).digest()


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


class SessionEnd(StrEnum):
    """Why a session ended."""

    IDLE = "idle"
    OLD = "old"
    SIGNED_OUT = "signed_out"


def why_session_ends(
    began: datetime | None, last_seen: datetime | None, *, now: datetime
) -> SessionEnd | None:
    """Whether a session ends now: after 15 minutes without a request, and after 12 hours however busy it
    was.
    """
    if began is None or now - began > SESSION_LIVES:
        return SessionEnd.OLD
    return SessionEnd.IDLE if is_idle(last_seen, now=now) else None


@dataclass(frozen=True)
class Typed:
    """What somebody had typed into a form.

    Args:
        fields: the values of each field, in order.
        left_out: names of fields that could not be kept: files, and what went beyond the size.
    """

    fields: Mapping[str, Sequence[str]] = field(repr=False)
    left_out: tuple[str, ...] = ()


_NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "code", "credential"})


def typed_to_keep(fields: Iterable[tuple[str, Sequence[str]]], files: Iterable[str] = ()) -> Typed:
    """What of a form is kept when its session has ended: no secrets, no files, 100 fields and 100,000
    characters.
    """
    kept: dict[str, Sequence[str]] = {}
    left_out = list(files)
    room = TYPED_CHARACTERS
    for name, values in fields:
        if name in _NEVER_KEPT or "password" in name:
            continue
        size = len(name) + sum(len(value) for value in values)
        if size > room or len(kept) >= TYPED_FIELDS:
            left_out.append(name)
            continue
        room -= size
        kept[name] = list(values)
    return Typed(kept, tuple(left_out))


@dataclass(frozen=True)
class ProposalFacts:
    proposed_by: str
    subject_person: str
    expires_at: datetime
    decided: bool


def why_not_propose(officer: Officer, *, reason: str, waits_already: bool, now: datetime) -> list[str]:
    """Reasons against proposing; empty means yes."""
    reasons = []
    if not reason.strip():
        reasons.append("Give a reason; the second person decides by it.")
    if waits_already:
        reasons.append("The same was proposed already and waits for a decision.")
    if not factor_is_fresh(officer, now=now):
        reasons.append(
            "Confirm with your second factor first; the last confirmation is older than ten minutes."
        )
    return reasons


def why_not_approve(officer: Officer, proposal: ProposalFacts, *, now: datetime) -> list[str]:
    """Reasons against approving; empty means yes. Two different people, a fresh factor, in time, not about
    oneself.
    """
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
        reasons.append(
            "Confirm with your second factor first; the last confirmation is older than ten minutes."
        )
    return reasons


def needs_two_people(rights: Iterable[Right]) -> bool:
    """Whether a role is given only by two people: it carries the keys to people, or reads the whole
    country's cases.
    """
    return any(_is_heavy(right) for right in rights)


def _is_heavy(right: Right) -> bool:
    keys_to_people = right.action.startswith("access.") and right.action != Action.SELF
    return keys_to_people or (right.action == READS_CASES and right.scope not in (Scope.OWN, Scope.ASSIGNED))


def is_national_matter(rights: Iterable[Right]) -> bool:
    """Whether a role carries something heavy for the whole country: then only those who act nationally
    decide.
    """
    return any(_is_heavy(right) and right.scope is Scope.NATIONAL for right in rights)


@dataclass(frozen=True)
class GrantFacts:
    """What is asked when a role is given.

    Args:
        rights: what the role carries.
        same_person: whether somebody gives it to themselves.
        kind_fits: whether the role is meant for this kind of organisation.
        has_area: whether an area was chosen.
        held: whether the person holds the role there already.
        ended: whether the account has ended.
    """

    rights: tuple[Right, ...]
    expires_at: datetime
    same_person: bool
    kind_fits: bool
    has_area: bool
    held: bool
    ended: bool = False


def why_not_grant(officer: Officer, facts: GrantFacts, *, now: datetime) -> list[str]:
    """Reasons against giving a role to a person; empty means yes."""
    works_in_area = any(right.scope is Scope.AREA for right in facts.rights)
    acts_nationally = Scope.NATIONAL in officer.scopes_of(Action.PERSON_GRANT)
    checks = (
        (facts.ended, "This account has ended; it takes no roles."),
        (facts.same_person, "You cannot give a role to yourself."),
        (not facts.kind_fits, "This role is not meant for this kind of organisation."),
        (works_in_area and not facts.has_area, "This role works in an area; choose the area."),
        (facts.has_area and not works_in_area, "This role does not work in an area; leave the area empty."),
        (not facts.rights, "This role carries no rights; choose another one."),
        (facts.held, "This person holds this role already."),
        (facts.expires_at <= now, "The last day must lie in the future."),
        (
            facts.expires_at > now + GRANT_LIVES,
            "A role is given for one year at most; choose an earlier day.",
        ),
        (
            is_national_matter(facts.rights) and not acts_nationally,
            "This role acts for the whole country; a national administrator has to give it.",
        ),
    )
    return [sentence for wrong, sentence in checks if wrong]


class Standing(StrEnum):
    """Where an account stands."""

    INVITED = "invited"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True)
class Newcomer:
    """Somebody who gets an account.

    Args:
        organisation: the organisation's uuid.
        roles: pairs of role id and area id ("" where the role works in no area).
    """

    name: str
    email: str = field(repr=False)
    organisation: str = ""
    language: str = ""
    roles: tuple[tuple[str, str], ...] = ()
