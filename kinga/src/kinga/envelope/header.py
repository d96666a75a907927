"""The header of a sealed object: who can open it. It can be replaced without touching the body.

    magic "kge" 0x01 | log2 of segment size (1) | number of stanzas (1) | stanzas | tag (32)
    stanza: kind (1) | length of key id (1) | key id | length of wrapping (2, big-endian) | wrapping

The tag is HMAC-SHA256 over everything before it and the context, under a key derived from the data key.
It makes every change of any stanza show, also of those that are not ours, and it commits to the data key:
no header can mean one content to one recipient and another to the next.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kinga.envelope.errors import Damage, Malformed, NotForUs, Tampered
from kinga.envelope.holders import KeyHolder
from kinga.envelope.keys import KEY_BYTES, Recipient, Stanza, is_key_id
from kinga.envelope.wrap import wrap

MAGIC = b"kge\x01"
TAG_BYTES = 32
PREFIX_BYTES = 7
SEGMENT_LOG2 = 20  # what we write: 1 MiB
SMALLEST_LOG2, LARGEST_LOG2 = 6, 24  # what we read: a forged header must not make us ask for gigabytes
_SUBKEY_INFO = b"kinga.envelope v1 subkeys"
_MOST_STANZAS = 255


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header; ``text`` is everything before the tag."""

    segment_log2: int
    stanzas: tuple[Stanza, ...]
    text: bytes
    tag: bytes

    @property
    def size(self) -> int:
        """Length in bytes, tag included; the body begins here."""
        return len(self.text) + len(self.tag)


@dataclass(frozen=True, slots=True)
class Subkeys:
    """What is derived from a data key: for the body, its nonces, and the header's tag."""

    body: bytes
    header: bytes
    prefix: bytes


def subkeys(data_key: bytes) -> Subkeys:
    """Derive by HKDF-SHA256 (no salt): 32 bytes for the body, 32 for the header, 7 of nonce prefix."""
    size = 2 * KEY_BYTES + PREFIX_BYTES
    made = HKDF(hashes.SHA256(), size, salt=None, info=_SUBKEY_INFO).derive(data_key)
    return Subkeys(made[:KEY_BYTES], made[KEY_BYTES : 2 * KEY_BYTES], made[2 * KEY_BYTES :])


def build(data_key: bytes, to: Sequence[Recipient], context: bytes, segment_log2: int) -> bytes:
    """Return a header that wraps ``data_key`` for each of ``to``.

    Raises ValueError when nobody, somebody twice or too many are named; Malformed for an unusable public key.
    """
    ids = [recipient.key_id for recipient in to]
    if not ids or len(ids) > _MOST_STANZAS:
        raise ValueError(f"Seal for at least one and at most {_MOST_STANZAS} recipients.")
    if len(set(ids)) != len(ids):
        raise ValueError("Two recipients have the same key id. Name each of them once.")
    text = MAGIC + bytes([segment_log2, len(ids)])
    text += b"".join(_encode(wrap(data_key, recipient, context)) for recipient in to)
    return text + _tag(data_key, text, context)


def parse(data: bytes | memoryview) -> Header:
    """Read the header that ``data`` begins with; what follows it is ignored. Raises Malformed."""
    data = memoryview(data)
    if bytes(data[: len(MAGIC)]) != MAGIC:
        raise Malformed("It does not begin like one.")
    reader = _Reader(data, len(MAGIC))
    segment_log2, count = reader.take(2)
    if not SMALLEST_LOG2 <= segment_log2 <= LARGEST_LOG2:
        raise Malformed("Its segment size is out of bounds.")
    stanzas = tuple(_decode(reader) for _ in range(count))
    if len({stanza.key_id for stanza in stanzas}) != count or not stanzas:
        raise Malformed("It names nobody, or somebody twice.")
    text = bytes(data[: reader.at])
    return Header(segment_log2, stanzas, text, reader.take(TAG_BYTES))


def unlock(header: Header, keys: KeyHolder, context: bytes) -> bytes:
    """Return the data key.

    Raises NotForUs when ``keys`` hold none that the header names, Tampered when header or context changed.
    """
    for stanza in header.stanzas:
        data_key = keys.unwrap(stanza, context)
        if data_key is None:
            continue
        if len(data_key) != KEY_BYTES:
            raise Malformed("Its data key has a wrong length.")
        if not hmac.compare_digest(_tag(data_key, header.text, context), header.tag):
            raise Tampered(Damage.HEADER)
        return data_key
    raise NotForUs(", ".join(stanza.key_id for stanza in header.stanzas))


def _tag(data_key: bytes, text: bytes, context: bytes) -> bytes:
    # Nothing can slide between the two parts: the text says itself where it ends.
    return hmac.digest(subkeys(data_key).header, text + context, hashlib.sha256)


def _encode(stanza: Stanza) -> bytes:
    name = stanza.key_id.encode("ascii")
    size = len(stanza.wrapped).to_bytes(2, "big")
    return bytes([stanza.kind, len(name)]) + name + size + stanza.wrapped


class _Reader:
    """Takes bytes from the front, and refuses to take more than there are."""

    def __init__(self, data: memoryview, at: int) -> None:
        self._data = data
        self.at = at

    def take(self, count: int) -> bytes:
        taken = bytes(self._data[self.at : self.at + count])
        if len(taken) < count:
            raise Malformed("It ends inside its header.")
        self.at += count
        return taken


def _decode(reader: _Reader) -> Stanza:
    kind, length = reader.take(2)
    name = reader.take(length).decode("latin-1")
    if not is_key_id(name):
        raise Malformed("A key id in it is not printable.")
    return Stanza(kind, name, reader.take(int.from_bytes(reader.take(2), "big")))
