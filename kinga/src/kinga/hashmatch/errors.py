"""What can go wrong, named by whose turn it is. The docstring of a class is its message.

No message holds a fingerprint: whoever reads a log must not be able to look one up.
"""


class HashMatchError(Exception):
    """The matcher refuses this."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.__doc__} {detail}".rstrip())


class NotADigest(HashMatchError, ValueError):
    """This is not a fingerprint of that kind. Give it as published: hexadecimal digits, none missing."""


class BadRadius(HashMatchError, ValueError):
    """This distance cannot be searched. Give a whole number from 0 to 63 bits."""


class MalformedIndex(HashMatchError):
    """This is not a whole index file of a version that we read. Build it again from its lists."""


class UnknownList(HashMatchError, LookupError):
    """No list of this name was declared. Declare it first, with the person or office that answers for it."""


class BadEntry(HashMatchError, ValueError):
    """This entry cannot be kept. Its id must have 1 to 64 bytes of UTF-8 and must not contain a zero byte."""
