"""Keys, those an object is sealed for (``Recipient``), and the wrapping that each finds (``Stanza``)."""

import re
import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_KEY_ID = re.compile(r"[\x21-\x7e]{1,64}")  # printable ASCII: a key id is shown in logs and messages
_SEED_INFO = b"kinga.envelope v1 x25519 private key"


class Kind(IntEnum):
    """How a data key is wrapped; the number stands in the header."""

    HPKE_X25519 = 1
    AES_256_GCM = 2


@dataclass(frozen=True, slots=True)
class Stanza:
    """One wrapping of an object's data key.

    ``kind``: a number of ``Kind``, or one that a later version added; ``wrapped``: opaque to everybody but
    the holder of the key ``key_id``.
    """

    kind: int
    key_id: str
    wrapped: bytes


def is_key_id(text: str) -> bool:
    """Whether ``text`` may name a key: 1 to 64 printable ASCII characters without a space."""
    return _KEY_ID.fullmatch(text) is not None


def _check(key_id: str, raw: bytes) -> None:
    if not is_key_id(key_id):
        raise ValueError("A key id is 1 to 64 printable ASCII characters without a space.")
    if len(raw) != KEY_BYTES:
        raise ValueError(f"A key has {KEY_BYTES} bytes, not {len(raw)}.")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A recipient: an X25519 public key of 32 bytes. Never secret."""

    key_id: str
    raw: bytes

    def __post_init__(self) -> None:
        _check(self.key_id, self.raw)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key that opens what was sealed for its ``public``: an X25519 private key of 32 bytes."""

    key_id: str
    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check(self.key_id, self.raw)

    @property
    def public(self) -> PublicKey:
        """The recipient to seal for."""
        key = x25519.X25519PrivateKey.from_private_bytes(self.raw)
        return PublicKey(self.key_id, key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, key_id: str) -> "PrivateKey":
        """Return a new random key."""
        return cls(key_id, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def from_seed(cls, key_id: str, seed32: bytes) -> "PrivateKey":
        """Return the key that belongs to 32 secret random bytes, always the same one.

        The seed goes through HKDF, so that a seed which also serves elsewhere does not give this key away.
        Raises ValueError for a seed of another length.
        """
        if len(seed32) != KEY_BYTES:
            raise ValueError(f"A seed has {KEY_BYTES} bytes, not {len(seed32)}.")
        return cls(key_id, HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=_SEED_INFO).derive(seed32))


@dataclass(frozen=True, slots=True)
class SymmetricKey:
    """A numbered key-encryption key of 32 bytes, such as ``records:3``: whoever seals with it can also open.

    Good for 2**32 objects (the limit for random nonces in NIST SP 800-38D, 8.3); rotate long before.
    """

    key_id: str
    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check(self.key_id, self.raw)

    @classmethod
    def generate(cls, key_id: str) -> "SymmetricKey":
        """Return a new random key."""
        return cls(key_id, secrets.token_bytes(KEY_BYTES))


Recipient = PublicKey | SymmetricKey
HeldKey = PrivateKey | SymmetricKey
