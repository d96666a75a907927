"""The ways to other case systems, a file per system. A channel speaks the other system's language over the
network and knows no record of ours; `acts` decide what it is given.
"""

from typing import Any, Protocol

from mlinzi.casework.rules import Failure, Receipt
from mlinzi.kernel.errors import RoadsTurn


class DeliveryError(RoadsTurn):
    """Something could not be handed to another case system."""

    # Never more than this in the message: what was sent and what came back would end in a log.

    def __init__(self, failure: Failure, *, permanent: bool, answer: str = "") -> None:
        self.failure, self.answer = failure, answer
        super().__init__(permanent=permanent)


class Channel(Protocol):
    """One other case system."""

    def deliver(self, message: dict[str, Any]) -> Receipt:
        """Hand over one message. Returns the other side's receipt, or raises `DeliveryError`."""

    def find(self, case_id: str) -> Receipt | None:
        """What the other side has under our number; None where it says that it has nothing."""
