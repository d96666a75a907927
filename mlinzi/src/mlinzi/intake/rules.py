"""What may come in, receipts, and what a reporter is told. Pure."""

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

NARRATIVE_LIMIT = 20_000
WHERE_LIMIT = 2_000
RECEIPT_DIGITS = 16
# A form in the spelling that is sealed, with room for what that spelling adds.
_LONGEST = 10 * (NARRATIVE_LIMIT + WHERE_LIMIT)


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


def as_text(submitted: Submitted) -> str:
    """What is sealed for the worker; `from_text` is its reverse."""
    return json.dumps(asdict(submitted), ensure_ascii=False, sort_keys=True)


def from_text(text: str) -> Submitted:
    """What the door sealed. Raises `ValueError`, `KeyError` or `TypeError` for what no door of ours wrote.

    Whoever has taken over the door can seal anything for the worker; nothing of it may stop the line.
    """
    if len(text) > _LONGEST:
        raise ValueError("A submission is longer than any form of ours.")
    try:
        told = json.loads(text)
    except RecursionError as error:
        raise ValueError("A submission is nested deeper than any form of ours.") from error
    submitted = Submitted(**{**told, "in_danger": Danger(told["in_danger"])})
    if not all(isinstance(value, str) for value in asdict(submitted).values()):
        raise TypeError("Every field of a submission is a text.")
    return submitted


def why_not_receive(submitted: Submitted) -> list[str]:
    """Reasons against taking it in; empty means yes. Pages check the same and say it in their language."""
    reasons = []
    if not submitted.narrative.strip():
        reasons.append("Say in a few words what happened; everything else may stay empty.")
    if len(submitted.narrative) > NARRATIVE_LIMIT:
        reasons.append(f"What happened may have {NARRATIVE_LIMIT} characters; please make it shorter.")
    if len(submitted.where_online) > WHERE_LIMIT:
        reasons.append(f"Where it happened may have {WHERE_LIMIT} characters; please make it shorter.")
    return reasons


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


def form_key(token: bytes, submitted: Submitted) -> bytes:
    """What makes a form this form: its token and everything that was written into it (32 bytes).

    The content belongs to it for two reasons. Whoever goes back, adds a sentence and sends again makes a
    second report, where the token alone would have dropped the new sentence without a word. And whoever
    plants a form with a token they know cannot work out the receipt of what somebody else wrote into it.

    Args:
        token: 16 random bytes made when the form was shown.
    """
    return hashlib.sha256(b"form|%d|" % len(token) + token + as_text(submitted).encode()).digest()


def mint_receipt(key: bytes, secret: bytes) -> Receipt:
    """The receipt that belongs to a form: the same form gives the same number, so a retry shows it again.

    Args:
        key: see `form_key`.
        secret: the deployment's receipt secret, which lies outside the database.
    """
    number = int.from_bytes(hmac.new(secret, b"receipt|" + key, hashlib.sha256).digest(), "big")
    return Receipt(f"{number % 10**RECEIPT_DIGITS:0{RECEIPT_DIGITS}d}")


def read_receipt(typed: str) -> Receipt | None:
    """The receipt in what somebody typed, blanks and hyphens forgiven; None for other than sixteen digits."""
    digits = re.sub(r"[\s.\-–—_/]", "", typed)
    if not re.fullmatch(r"[0-9]{16}", digits):
        return None
    return Receipt(digits)


def mailbox_keys(receipt: Receipt, secret: bytes) -> MailboxKeys:
    """One slow, keyed derivation yields look-up id and mailbox seed (Argon2id, OWASP's 19 MiB × 2 passes).

    Without `secret`, which lies outside the database, a stolen database cannot even test guesses; with it, a
    guess costs about 45 ms and 19 MiB, and there are 10^16 numbers.
    """
    kdf = Argon2id(
        salt=hashlib.sha256(b"mlinzi mailbox v1").digest()[:16],
        length=64,
        iterations=2,
        lanes=1,
        memory_cost=19 * 1024,
        secret=secret,
    )
    derived = kdf.derive(receipt.digits.encode())
    return MailboxKeys(derived[:32], derived[32:])


def key_digest(key: bytes) -> bytes:
    """What is stored of a form's key, so that the same form makes one report however often it is sent."""
    return hashlib.sha256(b"stored|" + key).digest()


_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str) -> str:
    """A text as it can be stored: one kind of line end; no NUL, other control characters or half characters.

    Nothing that a person can read is lost, and nothing is cut: what is too long is refused, not shortened.
    """
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).strip()
