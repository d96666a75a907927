"""What can go wrong with a list, named by whose turn it is. No message repeats a digest."""

from dataclasses import dataclass


class HashListError(ValueError):
    """A list cannot be read or written."""


class BadEntry(HashListError):
    """One entry is not what its format promises."""


class Malformed(HashListError):
    """The file is not of this format, or ends too early; nothing of it counts."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(f"{place}: {why}." if place else f"{why}.")


class NotCarried(HashListError):
    """The format has no place for something that must not be lost."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in a list that was understood all the same, or left out: where, and what."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
