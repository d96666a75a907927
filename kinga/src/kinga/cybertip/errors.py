"""What can go wrong, named by whose turn it is. The docstring of a class is its message.

No message holds a value out of a document: paths, lines and rules are all that they tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Which rule a document breaks; the value is stable and may be stored."""

    UNKNOWN_ELEMENT = "unknown-element"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    STRAY_TEXT = "stray-text"
    ORDER = "order"
    REPEATED = "repeated"
    MISSING = "missing"
    VALUE = "value"
    VARIANT = "variant"
    LIMIT = "limit"
    CHARACTER = "character"
    ZONE = "zone"
    FUTURE = "future"
    ONE_INCIDENT = "one-incident"
    REPORTER_EMAIL = "reporter-email"
    EMAIL_NOT_LISTED = "email-not-listed"
    LOCATION_COUNTRY = "location-country"
    AGE_TWICE = "age-twice"
    IP_ADDRESS = "ip-address"
    EXIF_VIEWED = "exif-viewed"
    SUPPLEMENTAL = "supplemental"
    MEME_TWICE = "meme-twice"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: which, where (`path` of element names; `line` from 1, None outside XML), in words."""

    rule: Rule
    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}, line {self.line}"
        return f"{where}: {self.message}"


class CyberTipError(Exception):
    """The document or the call was refused."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.__doc__} {detail}".rstrip())


class Malformed(CyberTipError, ValueError):
    """This is not well-formed. Correct it where the message says, and send it again."""

    def __init__(self, detail: str, *, line: int | None = None) -> None:
        super().__init__(detail if line is None else f"Line {line}: {detail}")
        self.line = line


class Unsafe(Malformed):
    """This document is refused unread, for the reader's safety."""


class Rejected(CyberTipError, ValueError):
    """The document breaks rules. Correct what is named, and send it again."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
