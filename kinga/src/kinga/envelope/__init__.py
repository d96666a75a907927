"""Seals bytes for named recipients, and opens them again.

Invariants

- Each object has a random data key of its own, wrapped for every recipient: an X25519 public key (HPKE),
  or a numbered key-encryption key (AES-256-GCM).
- Any change to a sealed object is found: a flipped bit, a cut at any length, segments exchanged within an
  object or between objects, bytes added. ``open_sealed`` releases nothing then; ``open_stream`` nothing of
  the segment concerned.
- The context (bytes that say what this is and where it belongs) is bound and not stored: what was sealed
  as one report's narrative does not open as another's.
- Header and body are separate: ``rewrap`` replaces the wrappings and leaves the body as it is.
- What streams is sealed by pulling (``seal_stream``: a file) or by pushing (``Sealer``: an upload, piece by
  piece); the format is the same, and memory stays at two segments.
- Keys, plaintext and contexts appear in no message and no ``repr``.

Example

    >>> desk = PrivateKey.generate("desk:1")
    >>> context = b"report|17|narrative"
    >>> sealed = seal(b"Habari", to=[desk.public], context=context)
    >>> open_sealed(sealed, keys=MemoryKeys(desk), context=context)
    b'Habari'
    >>> archive = SymmetricKey.generate("records:3")
    >>> moved = rewrap(sealed, keys=MemoryKeys(desk), to=[archive], context=context)
    >>> recipients_of(moved), open_sealed(moved, keys=MemoryKeys(archive), context=context)
    (('records:3',), b'Habari')

The format, version 1, in short; ``docs/envelope-format.md`` has every byte, ``vectors/`` the test vectors

    sealed  = header | body
    header  = "kge" 0x01 | log2 of segment size | number of stanzas | stanzas | HMAC-SHA256 tag
    stanza  = kind | length | key id | length (2) | wrapped data key
    body    = segments of AES-256-GCM, nonce = prefix (7) | number (4) | last flag (1), STREAM construction
"""

from kinga.envelope.errors import Damage, EnvelopeError, Malformed, NotForUs, Tampered
from kinga.envelope.holders import KeyHolder, MemoryKeys
from kinga.envelope.keyfile import FileKeys, read_public, write_key_file, write_public
from kinga.envelope.keys import HeldKey, Kind, PrivateKey, PublicKey, Recipient, Stanza, SymmetricKey
from kinga.envelope.objects import (
    Sealer,
    open_sealed,
    open_stream,
    plain_size,
    recipients_of,
    rewrap,
    seal,
    seal_stream,
)
from kinga.files import ExposedFile

__all__ = [
    "Damage",
    "EnvelopeError",
    "ExposedFile",
    "FileKeys",
    "HeldKey",
    "KeyHolder",
    "Kind",
    "Malformed",
    "MemoryKeys",
    "NotForUs",
    "PrivateKey",
    "PublicKey",
    "Recipient",
    "Sealer",
    "Stanza",
    "SymmetricKey",
    "Tampered",
    "open_sealed",
    "open_stream",
    "plain_size",
    "read_public",
    "recipients_of",
    "rewrap",
    "seal",
    "seal_stream",
    "write_key_file",
    "write_public",
]
