"""When a second person has to agree, and who that can be. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mlinzi.casework.rules.actions import Action

SECOND_LIVES = timedelta(days=3)
SECOND_LIMIT = 2_000


class SecondKind(StrEnum):
    """What takes two people."""

    CLOSE = "close"
    BEST_INTEREST = "best_interest"


class SecondState(StrEnum):
    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ASKED_WITH: dict[SecondKind, Action] = {
    SecondKind.CLOSE: Action.CASE_CLOSE,
    SecondKind.BEST_INTEREST: Action.CASE_REFER,
}
"""The right that somebody needs in order to ask: that of the act which is to follow."""


@dataclass(frozen=True)
class SecondFacts:
    """How a question to a second person stands. Ids are text."""

    state: SecondState
    asked_by: str
    expires_at: datetime
    spent: bool = False


def why_not_ask(words: str, *, waits_already: bool) -> list[str]:
    """Reasons against asking a second person; empty means yes."""
    reasons = []
    if waits_already:
        reasons.append("A second person was asked already and has not answered yet.")
    if not words.strip():
        reasons.append("Say why; the second person decides by it.")
    if len(words) > SECOND_LIMIT:
        reasons.append(f"This is longer than {SECOND_LIMIT} characters; make it shorter.")
    return reasons


def why_not_decide(facts: SecondFacts, *, decider: str, agree: bool, words: str, now: datetime) -> list[str]:
    """Reasons against agreeing or refusing; empty means yes. Whoever asked is never the second person."""
    reasons = []
    if decider == facts.asked_by:
        reasons.append("You asked for this yourself; somebody else has to decide.")
    if facts.state is not SecondState.WAITING:
        reasons.append("This was decided already.")
    elif now >= facts.expires_at:
        reasons.append("This was asked too long ago; let it be asked anew.")
    if not agree and not words.strip():
        reasons.append("Say why you refuse.")
    if len(words) > SECOND_LIMIT:
        reasons.append(f"This is longer than {SECOND_LIMIT} characters; make it shorter.")
    return reasons


def why_not_withdraw(facts: SecondFacts, *, by: str) -> list[str]:
    """Reasons against taking a question back; empty means yes."""
    if by != facts.asked_by:
        return ["Only whoever asked can take this back."]
    return [] if facts.state is SecondState.WAITING else ["This was decided already."]


def why_not_spend(facts: SecondFacts | None, *, now: datetime) -> list[str]:
    """Reasons against doing what a second person agreed to; empty means yes. `None`: nobody was asked."""
    if facts is None or facts.state is not SecondState.AGREED or facts.spent or now >= facts.expires_at:
        return ["This needs a second person who agrees, and there is nobody's agreement that can be used."]
    return []
