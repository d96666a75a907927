"""What may be said in public, and what the law was on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Certainty(StrEnum):
    SEEN = "seen"
    PRESS = "press"
    GENERAL = "general"
    NONE_FOUND = "none_found"


class ProvisionState(StrEnum):
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REPEALED = "repealed"
    NOT_COMMENCED = "not_commenced"


@dataclass(frozen=True)
class Period:
    """One state of a provision: from `since` (None: from the beginning) up to, not including, `until` (None:
    open)."""

    state: ProvisionState
    since: date | None
    until: date | None
    basis: str = ""


@dataclass(frozen=True)
class StateOnDay:
    state: ProvisionState | None
    sentence: str


def state_on(periods: Sequence[Period], day: date) -> StateOnDay:
    """The state of a provision on a day, with the sentence that explains it.

    Where periods overlap, the one that began last speaks: a court's order lies over the text of the law.
    """
    holding = [
        p for p in periods if (p.since is None or p.since <= day) and (p.until is None or day < p.until)
    ]
    if not holding:
        return StateOnDay(None, f"No source says what the state was on {day.isoformat()}.")
    period = max(holding, key=lambda p: p.since or date.min)
    since = f" since {period.since.isoformat()}" if period.since else ""
    basis = f" ({period.basis})" if period.basis else ""
    return StateOnDay(period.state, f"{period.state.replace('_', ' ').capitalize()}{since}{basis}.")


def may_be_public(certainty: Certainty, reviewer: str) -> bool:
    """A thing read at its source may be shown; hearsay only after a named person promoted it."""
    return certainty is Certainty.SEEN or (certainty is not Certainty.NONE_FOUND and bool(reviewer))
