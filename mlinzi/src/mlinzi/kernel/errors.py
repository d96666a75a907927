"""Errors named by whose turn it is to act. A class's docstring is its message."""

from collections.abc import Sequence


class MlinziError(Exception):
    """Something went wrong in Mlinzi."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class SendersTurn(MlinziError):
    """What was sent cannot be taken as it is; please change it and send it again."""


class NotFound(SendersTurn):
    """There is nothing here for you."""

    # Said for the absent and for the forbidden alike: whoever asks must not learn which of the two it was.


class Refused(SendersTurn):
    """This cannot be done as things stand."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons) or None)


class RoadsTurn(MlinziError):
    """The way to another system failed; it is tried again unless it is marked permanent."""

    def __init__(self, message: str | None = None, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(message)


class OurTurn(MlinziError):
    """Mlinzi itself is not set up as it should be; its keepers must act."""
