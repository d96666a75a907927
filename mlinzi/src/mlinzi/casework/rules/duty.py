"""Who is on duty when, why something was late, and what a shift hands over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SHIFT_LIMIT = timedelta(hours=24)
HANDOVER_LIMIT = 4_000
LATE_WORDS_LIMIT = 1_000


class Rank(StrEnum):
    """Who is called first, and who when the first does not answer."""

    FIRST = "first"
    SECOND = "second"


class LateWhy(StrEnum):
    """Why something was done late. A closed list, kept in the audit log."""

    TOO_MUCH = "too_much"
    NOBODY_THERE = "nobody_there"
    WAITED_FOR_OTHERS = "waited_for_others"
    SYSTEM_DOWN = "system_down"
    NOT_SEEN = "not_seen"
    OTHER = "other"


@dataclass(frozen=True)
class Shift:
    """A time on duty. `who` is a person's id as text."""

    who: str
    rank: Rank
    starts_at: datetime
    ends_at: datetime


def why_not_shift(shift: Shift, others: Sequence[Shift], *, now: datetime, can_work: bool) -> list[str]:
    """Reasons against a shift; empty means yes. `others`: the shifts of the same organisation."""
    reasons = []
    if shift.ends_at <= shift.starts_at:
        reasons.append("The shift ends before it begins; correct the times.")
    elif shift.ends_at - shift.starts_at > SHIFT_LIMIT:
        reasons.append("Nobody can be on duty for more than 24 hours; make two shifts of it.")
    if shift.ends_at <= now:
        reasons.append("This shift is over; choose a later one.")
    if not can_work:
        reasons.append("This person cannot take cases from the queue; choose somebody else.")
    if any(_meet(shift, other) and other.who == shift.who for other in others):
        reasons.append("This person is on duty at that time already.")
    return reasons


def _meet(one: Shift, other: Shift) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


@dataclass(frozen=True)
class Gap:
    """A time in which nobody is on duty."""

    starts_at: datetime
    ends_at: datetime


def gaps(shifts: Sequence[Shift], *, since: datetime, until: datetime, rank: Rank = Rank.FIRST) -> list[Gap]:
    """The times in which nobody of a rank is on duty, in order."""
    found, at = [], since
    for shift in sorted((s for s in shifts if s.rank is rank), key=lambda s: s.starts_at):
        if shift.ends_at <= at:
            continue
        if shift.starts_at >= until:
            break
        if shift.starts_at > at:
            found.append(Gap(at, shift.starts_at))
        at = shift.ends_at
    return [*found, Gap(at, until)] if at < until else found


def why_not_explain(*, explained: bool, why: str, words: str) -> list[str]:
    """Reasons against a reason for lateness; empty means yes."""
    reasons = []
    if explained:
        reasons.append("The reason was given already.")
    if why not in set(LateWhy):
        reasons.append("Choose why it was late, so that it can be helped.")
    if len(words) > LATE_WORDS_LIMIT:
        reasons.append(f"This is longer than {LATE_WORDS_LIMIT} characters; make it shorter.")
    return reasons


def why_not_see_late(*, explained: bool, own: bool) -> list[str]:
    """Reasons against taking note of something that was late; empty means yes. `own`: by whoever was late."""
    reasons = []
    if own:
        reasons.append("This is about yourself; somebody else takes note of it.")
    if not explained:
        reasons.append("Nobody has said yet why it was late.")
    return reasons


def why_not_hand_over(words: str, *, to_self: bool, cases: int, can_work: bool) -> list[str]:
    """Reasons against handing over; empty means yes."""
    reasons = []
    if to_self:
        reasons.append("Choose a colleague; you cannot hand over to yourself.")
    elif not can_work:
        reasons.append("This person cannot work on cases here; choose somebody else.")
    if not words.strip() and not cases:
        reasons.append("Write what the next shift has to know, or choose cases.")
    if len(words) > HANDOVER_LIMIT:
        reasons.append(f"This is longer than {HANDOVER_LIMIT} characters; make it shorter.")
    return reasons
