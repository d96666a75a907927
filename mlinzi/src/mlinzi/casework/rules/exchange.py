"""What leaves for another case system, and what its answer means for the next step. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from mlinzi.casework.rules.work import ReferralState

MOST_TRIES = 8
_PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
LEASE = timedelta(minutes=10)
"""How long a try may take before another one may begin: the process may have been killed in between."""
SERIAL_PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
ANSWER_KEPT = 8_000
"""How many characters of an answer are kept, sealed."""


class OutgoingState(StrEnum):
    """Where something stands that is on its way out. Dead: only a person moves it on."""

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    DEAD = "dead"
    GIVEN_UP = "given_up"


ON_THE_WAY = frozenset({OutgoingState.WAITING, OutgoingState.FAILED})


class Failure(StrEnum):
    """Why something did not go out, in a code that tells nothing of a child."""

    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"
    TROUBLE_THERE = "trouble_there"
    NOT_UNDERSTOOD = "not_understood"
    OTHER_CASE = "other_case"
    MOVED = "moved"
    TAKEN_BACK = "taken_back"


class GiveUp(StrEnum):
    """Why somebody gives up sending. A closed list, kept in the audit log."""

    TOLD_OTHERWISE = "told_otherwise"
    NOT_NEEDED = "not_needed"
    WRONG = "wrong"


@dataclass(frozen=True)
class NamedRecord:
    """A person as another case system takes one. `sex`: male, female, intersex or "". `relation`: to the
    child, in the other system's code, or "".
    """

    first_name: str = field(default="", repr=False)
    surname: str = field(default="", repr=False)
    other_names: str = field(default="", repr=False)
    born: date | None = field(default=None, repr=False)
    sex: str = ""
    relation: str = ""


ChildRecord = NamedRecord
"""A child of a case. One of them makes one message, so that brothers and sisters are not lost."""


@dataclass(frozen=True)
class CaseRecord:
    """What a case is, as far as it may leave.

    Args:
        categories: codes of the other system, as the pack gives them. reported_on: in the country's calendar.
        area_number: of the area, as the country numbers them; constituency: the same, or "".
    """

    categories: tuple[str, ...]
    reported_on: date
    area_number: str
    constituency: str = ""
    narrative: str = field(default="", repr=False)
    children: tuple[ChildRecord, ...] = ()
    suspects: tuple[NamedRecord, ...] = ()
    caregivers: tuple[NamedRecord, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What the other system gives back. `serial` is "" until somebody there has taken the case up."""

    serial: str = ""
    answer: str = field(default="", repr=False)


def why_not_export(
    state: ReferralState, *, switched_on: bool, categories: tuple[str, ...], area_number: str
) -> list[str]:
    """Reasons against sending what a referral shares to the other case system; empty means yes."""
    reasons = []
    if not switched_on:
        reasons.append("The bridge to the children's case system is not switched on here.")
    if state not in {ReferralState.SENT, ReferralState.ACCEPTED}:
        reasons.append("This referral has ended; what it shared goes nowhere any more.")
    if not categories:
        reasons.append(
            "The case system asks for the kind of matter; share it in the referral, or set one that it knows."
        )
    if not area_number:
        reasons.append("The case system asks for the area; share it in the referral, or set one.")
    return reasons


def why_not_send_people(
    chosen: Collection[str], offered: Collection[str], *, second_person: bool, against_consent: list[str]
) -> list[str]:
    """Reasons against sending facts of people beside what a referral shares; empty means yes.

    Args:
        second_person: the referral stands on what a second person agreed to, who saw none of these facts.
        against_consent: what is missing where it stands on consent.
    """
    if not chosen:
        return []
    if not set(chosen) <= set(offered):
        return ["Somebody you chose is not in this case any more; choose again."]
    if second_person:
        return ["A second person agreed to what the referral shares, to nothing more; send no names."]
    return against_consent


def named(name: str, other_names: str = "", born: str = "", sex: str = "") -> NamedRecord:
    """Somebody as another case system takes one: the first word of a name is the first name, the last one the
    surname, what stands between goes to the other names. Only a whole day of birth is one there.
    """
    words = name.split()
    between = " ".join(words[1:-1])
    try:
        day = date.fromisoformat(born) if born else None
    except ValueError:
        day = None
    return NamedRecord(
        first_name=words[0] if words else "",
        surname=words[-1] if len(words) > 1 else "",
        other_names=" ".join(part for part in (between, other_names) if part),
        born=day,
        sex=sex,
    )


def may_still_leave(state: ReferralState) -> bool:
    """Whether what a referral shares may still go out: not after it was taken back or declined."""
    return state not in {ReferralState.REVOKED, ReferralState.DECLINED}


@dataclass(frozen=True)
class NextStep:
    """What becomes of something that did not go out."""

    state: OutgoingState
    at: datetime


def after_failure(tries: int, *, permanent: bool, now: datetime) -> NextStep:
    """The next step after a try that failed: another one later, or a person has to look."""
    if permanent or tries >= MOST_TRIES:
        return NextStep(OutgoingState.DEAD, now)
    return NextStep(OutgoingState.FAILED, now + _PAUSES[min(tries, len(_PAUSES)) - 1])


def ask_serial_at(asked: int, *, now: datetime) -> datetime:
    """When to ask again for the serial that a person on the other side gives."""
    return now + SERIAL_PAUSES[min(asked, len(SERIAL_PAUSES) - 1)]


def why_not_retry(state: OutgoingState, referral: ReferralState) -> list[str]:
    """Reasons against another try; empty means yes."""
    reasons = []
    if state is not OutgoingState.DEAD:
        reasons.append("This does not wait for anybody; it went out, was given up, or is tried again anyway.")
    if not may_still_leave(referral):
        reasons.append("The referral was taken back or declined; what it shared goes nowhere any more.")
    return reasons


def why_not_give_up(state: OutgoingState, reason: str) -> list[str]:
    """Reasons against giving up; empty means yes."""
    reasons = []
    if state is not OutgoingState.DEAD:
        reasons.append("This does not wait for anybody; it went out, was given up, or is tried again anyway.")
    if reason not in set(GiveUp):
        reasons.append("Choose why it is given up.")
    return reasons
