"""What can go wrong, named by whose turn it is. The docstring of a class is its message.

No message holds plaintext, key material or context; key ids and positions are all that they tell.
"""

from enum import StrEnum


class EnvelopeError(Exception):
    """The sealed object was not opened."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.__doc__} {detail}".rstrip())


class NotForUs(EnvelopeError):
    """None of our keys opens this object. Ask a holder of one of the keys it names."""


class Malformed(EnvelopeError):
    """This is not a sealed object, header or key file of a version that we read. Check where it came from."""


class Damage(StrEnum):
    """What kind of change was found."""

    WRAP = "the wrapped data key was changed, or the context is not the one it was sealed for"
    HEADER = "the header was changed, or the context is not the one it was sealed for"
    SEGMENT = "a segment was changed, moved, cut or belongs to another object"
    TRUNCATED = "whole segments are missing at the end"
    APPENDED = "something was added after the end"


class Tampered(EnvelopeError):
    """The sealed object is not as it was sealed. Take it from a backup, and tell whoever watches security."""

    def __init__(self, damage: Damage, *, segment: int | None = None) -> None:
        where = "" if segment is None else f" Segment {segment}."
        super().__init__(f"What was found: {damage.value}.{where}")
        self.damage = damage
        self.segment = segment
