"""The sixteen digits to come back with. Pure."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mlinzi.intake.rules.submitted import Submitted, as_text

RECEIPT_DIGITS = 16


@dataclass(frozen=True)
class Receipt:
    """The number to come back with: sixteen digits, shown in groups of four. Never stored in clear."""

    digits: str

    @property
    def shown(self) -> str:
        return " ".join(self.digits[at : at + 4] for at in range(0, RECEIPT_DIGITS, 4))

    @property
    def spoken(self) -> str:
        """Digit by digit with pauses between the groups, for a screen reader."""
        return ", ".join(" ".join(self.digits[at : at + 4]) for at in range(0, RECEIPT_DIGITS, 4))

    @property
    def end(self) -> str:
        """The last group: what a person types to show that they wrote the number down."""
        return self.digits[-4:]

    def __repr__(self) -> str:
        return "Receipt(…)"


@dataclass(frozen=True)
class MailboxKeys:
    """What one slow derivation yields: where the mailbox is found, and the seed of the key that opens it."""

    look_up: bytes
    seed: bytes

    def __repr__(self) -> str:
        return "MailboxKeys(…)"


def random_receipt() -> Receipt:
    """A fresh number from the system's random source: 10^16 of them, 53 bits."""
    return Receipt(f"{secrets.randbelow(10**RECEIPT_DIGITS):0{RECEIPT_DIGITS}d}")


def form_key(token: bytes, submitted: Submitted) -> bytes:
    """What makes a form of the staff site this form: its token and everything that was written into it.

    Whoever goes back, adds a sentence and sends again makes a second report, where the token alone would have
    dropped the new sentence without a word.

    Args:
        token: 16 random bytes made when the form was shown.

    Returns 32 bytes.
    """
    return hashlib.sha256(b"form|%d|" % len(token) + token + as_text(submitted).encode()).digest()


def receipt_of_form(key: bytes, secret: bytes) -> Receipt:
    """The receipt of a form of the staff site: the same form gives the same number, also on a retry.

    Args:
        key: see `form_key`.
        secret: the deployment's receipt secret, which lies outside the database.
    """
    number = int.from_bytes(hmac.new(secret, b"receipt|" + key, hashlib.sha256).digest(), "big")
    return Receipt(f"{number % 10**RECEIPT_DIGITS:0{RECEIPT_DIGITS}d}")


def read_receipt(typed: str) -> Receipt | None:
    """The receipt in what somebody typed, blanks and hyphens forgiven; None for other than sixteen digits."""
    digits = re.sub(r"[\s.,\-–—_/]", "", typed)
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


def _signer(seed: bytes) -> Ed25519PrivateKey:
    derived = hmac.new(seed, b"mlinzi mailbox signature v1", hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(derived)


def verify_key(seed: bytes) -> bytes:
    """The public half (32 bytes) by which the worker knows what came from whoever holds the number."""
    return _signer(seed).public_key().public_bytes_raw()


def _signed(kind: str, word_id: object, sealed: bytes) -> bytes:
    return f"{kind}|{word_id}|".encode() + hashlib.sha256(sealed).digest()


def sign_word(seed: bytes, kind: str, word_id: object, sealed: bytes) -> bytes:
    """A signature (64 bytes) that only the number's seed makes, over what a reporter sends.

    Whoever has taken over the door can write rows, but cannot speak for those who came before.
    """
    return _signer(seed).sign(_signed(kind, word_id, sealed))


def is_signed(key: bytes, signature: bytes, kind: str, word_id: object, sealed: bytes) -> bool:
    """Whether a word was signed with the number that its mailbox belongs to."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed(kind, word_id, sealed))
    except (InvalidSignature, ValueError):
        return False
    return True


def key_digest(key: bytes) -> bytes:
    """What is stored of a form's key, so that the same form makes one report however often it is sent."""
    return hashlib.sha256(b"stored|" + key).digest()
