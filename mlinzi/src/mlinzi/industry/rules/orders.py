"""Orders to keep or to hand over data: what can become of one, and why something is not done. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class OrderKind(StrEnum):
    """Keep what you have, so that it can be asked for later; or hand it over."""

    PRESERVE = "preserve"
    DISCLOSE = "disclose"


class OrderState(StrEnum):
    """Where an order stands. Nothing of one is known outside its own office before it is `SENT`."""

    DRAFT = "draft"
    TURNED_DOWN = "turned_down"
    SENT = "sent"
    SEEN = "seen"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class OrderMove(StrEnum):
    """What somebody does with an order."""

    APPROVE = "approve"
    TURN_DOWN = "turn_down"
    WITHDRAW = "withdraw"
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    DECLINE = "decline"
    LAPSE = "lapse"


MOVES: Mapping[tuple[OrderState, OrderMove], OrderState] = {
    (OrderState.DRAFT, OrderMove.APPROVE): OrderState.SENT,
    (OrderState.DRAFT, OrderMove.TURN_DOWN): OrderState.TURNED_DOWN,
    (OrderState.DRAFT, OrderMove.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.SENT, OrderMove.ACKNOWLEDGE): OrderState.SEEN,
    (OrderState.SENT, OrderMove.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.SENT, OrderMove.LAPSE): OrderState.ENDED,
    (OrderState.SEEN, OrderMove.ANSWER): OrderState.ANSWERED,
    (OrderState.SEEN, OrderMove.DECLINE): OrderState.DECLINED,
    (OrderState.SEEN, OrderMove.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.SEEN, OrderMove.LAPSE): OrderState.ENDED,
    (OrderState.ANSWERED, OrderMove.LAPSE): OrderState.ENDED,
}
"""Every way an order can go; what is not here cannot happen."""

RUNNING = frozenset({OrderState.SENT, OrderState.SEEN, OrderState.ANSWERED})
WAITING = frozenset({OrderState.SENT, OrderState.SEEN})
"""The provider has not answered."""
LONGEST = timedelta(days=366)
TEXT_LIMIT = 20_000


def after(state: OrderState, move: OrderMove) -> OrderState | None:
    """Where a move leads; None where it cannot be made."""
    return MOVES.get((state, move))


@dataclass(frozen=True)
class Asked:
    """What an officer asks for. `until`: the last day on which the order holds; `urgent`: a child may be in
    danger, so the shorter clock runs.
    """

    kind: OrderKind
    basis: str
    reference: str
    scope: str
    until: date
    urgent: bool = False


def why_not_order(asked: Asked, *, today: date, provisions: frozenset[str]) -> list[str]:
    """Reasons against an order; empty means none.

    Args:
        today: in the country. provisions: ids of the provisions of law that are in force today.
    """
    reasons = why_not_until(asked.until, today=today)
    if asked.basis not in provisions:
        reasons.append("Choose a provision of law that is in force today: without one nothing is ordered.")
    if not asked.reference.strip():
        reasons.append("Give the number under which the court or the office keeps this order.")
    if not asked.scope.strip():
        reasons.append("Say what is to be kept or handed over.")
    return reasons


def why_not_until(until: date, *, today: date) -> list[str]:
    """Reasons against a last day; empty means none."""
    if until <= today:
        return ["The last day has to lie after today."]
    if until > today + LONGEST:
        return ["An order holds for a year at most; it can be extended."]
    return []


def may_be_extended(state: OrderState, kind: OrderKind) -> bool:
    """Whether an order can hold longer at all."""
    return kind is OrderKind.PRESERVE and state in RUNNING


def why_not_extend(state: OrderState, kind: OrderKind, held: date, until: date, *, today: date) -> list[str]:
    """Reasons against letting an order hold longer; empty means none."""
    if not may_be_extended(state, kind):
        return ["Only an order to keep data that still holds can be extended."]
    if until <= held:
        return ["The new last day has to lie after the one that holds now."]
    return why_not_until(until, today=today)


def why_not_decide(drafted_by: str, *, by: str) -> list[str]:
    """Reasons why somebody may not be the second person; empty means they may."""
    return ["Whoever wrote this cannot be the second person."] if drafted_by == by else []
