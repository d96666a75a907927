"""What may come in, receipts, and what a reporter is told. Pure."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

NARRATIVE_LIMIT = 20_000
WHERE_LIMIT = 2_000
RECEIPT_DIGITS = 16


class Door(StrEnum):
    WEB = "web"
    STAFF = "staff"


class Danger(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a report stands, in the words that the pack gives a reporter."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    PASSED_ON = "passed_on"
    BEING_HELPED = "being_helped"
    ANSWERED = "answered"
    CLOSED = "closed"


class Action(StrEnum):
    SOURCE_SEE = "intake.source.see"


@dataclass(frozen=True)
class Submitted:
    """What somebody tells at the door. Everything but the narrative may be empty.

    Args:
        narrative: what happened, in the reporter's words.
        where_online: service, link or account name.
        category, area: pack ids, or "".
        in_danger: whether a child is in danger now.
        language: the language of the form.
    """

    narrative: str
    where_online: str
    category: str
    area: str
    in_danger: Danger
    language: str


@dataclass(frozen=True)
class Receipt:
    """The number to come back with: sixteen digits, shown in groups of four. Never stored."""

    digits: str

    @property
    def shown(self) -> str:
        return " ".join(self.digits[at : at + 4] for at in range(0, RECEIPT_DIGITS, 4))

    def __repr__(self) -> str:
        return "Receipt(…)"


@dataclass(frozen=True)
class MailboxKeys:
    """What one slow derivation yields: where the mailbox is found, and the seed of the key that opens it."""

    look_up: bytes
    seed: bytes

    def __repr__(self) -> str:
        return "MailboxKeys(…)"


def mint_receipt(token: bytes, secret: bytes) -> Receipt:
    """The receipt that belongs to a form: the same form gives the same number, so a retry shows it again.

    Args:
        token: 16 random bytes made when the form was shown.
        secret: the deployment's receipt secret, which lies outside the database.
    """
    number = int.from_bytes(hmac.new(secret, b"receipt|" + token, hashlib.sha256).digest(), "big")
    return Receipt(f"{number % 10**RECEIPT_DIGITS:0{RECEIPT_DIGITS}d}")


def read_receipt(typed: str) -> Receipt | None:
    """The receipt in what somebody typed: blanks, dots and hyphens are forgiven; None when it is not sixteen digits."""
    digits = re.sub(r"[\s.\-–—_/]", "", typed)
    if not re.fullmatch(r"[0-9]{16}", digits):
        return None
    return Receipt(digits)


def mailbox_keys(receipt: Receipt, secret: bytes) -> MailboxKeys:
    """One slow, keyed derivation (Argon2id, 19 MiB, 2 passes: OWASP's figures) yields look-up id and mailbox seed.

    Without `secret`, which lies outside the database, a stolen database cannot even test guesses; with it, a
    guess costs about 45 ms and 19 MiB, and there are 10^16 numbers.
    """
    kdf = Argon2id(
        salt=hashlib.sha256(b"mlinzi mailbox v1").digest()[:16],
        length=64, iterations=2, lanes=1, memory_cost=19 * 1024, secret=secret,
    )
    derived = kdf.derive(receipt.digits.encode())
    return MailboxKeys(derived[:32], derived[32:])


def key_digest(token: bytes) -> bytes:
    """What is stored of a form's token, so that the same form makes one report however often it is sent."""
    return hashlib.sha256(b"form|" + token).digest()


def clean_text(text: str, limit: int) -> str:
    """A text as it can be stored: line ends made one kind, NUL and other control characters taken out, cut at the limit.

    Nothing that a person can read is lost, except what lies behind the limit.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return text.encode("utf-8", "ignore").decode()[:limit].strip()
