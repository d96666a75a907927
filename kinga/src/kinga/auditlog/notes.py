"""Signed notes and checkpoints: the C2SP formats signed-note, tlog-checkpoint and vkey, with Ed25519.

A note is a text, a blank line, and a line for each signature. A checkpoint is the head of a log: its origin
(a name), its size, its root. As a note it is

    <origin>
    <size>
    <base64 of the root>

    — <key name> <base64 of key id (4) | signature (64)>
"""

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from kinga import files
from kinga.auditlog.errors import BadSignature, MalformedKey, MalformedNote
from kinga.auditlog.tree import HASH_BYTES

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_PRIVATE = "PRIVATE+KEY+"  # the spelling of golang.org/x/mod/sumdb/note, which other tools read
_MOST_SIGNATURES = 100
_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log.

    ``origin`` names the log, ``root`` (32 bytes) is the tree's over ``size`` leaves; ``extensions`` are
    further lines as C2SP allows them, and are best left empty.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if any(not line or not line.isprintable() for line in lines):
            raise ValueError("An origin or extension is one printable line that is not empty.")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise ValueError(f"A checkpoint has a size of 0 or more and a root of {HASH_BYTES} bytes.")

    def body(self) -> str:
        """Return the text that is signed, with its final newline."""
        lines = (self.origin, str(self.size), _encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


class Signer(Protocol):
    """Whoever signs notes: a key file, a key service, a hardware module."""

    @property
    def name(self) -> str:
        """The key's name, which stands in the signature line."""

    @property
    def key_id(self) -> bytes:
        """The key's short hash (4 bytes), which stands before the signature."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``."""


class Verifier:
    """A log's public key under its name. Raises MalformedKey for a name or key that cannot be one."""

    def __init__(self, name: str, public: bytes) -> None:
        _check_name(name)
        try:
            self._key = ed25519.Ed25519PublicKey.from_public_bytes(public)
        except ValueError:
            raise MalformedKey("An Ed25519 public key has 32 bytes.") from None
        self.name = name
        self.public = public
        self.key_id = _key_id(name, public)

    def __repr__(self) -> str:
        return f"Verifier({self.vkey!r})"

    @property
    def vkey(self) -> str:
        """The key as text: name+hash+base64. The way to hand it to others."""
        return f"{self.name}+{self.key_id.hex()}+{_encode(_ED25519 + self.public)}"

    @classmethod
    def from_vkey(cls, text: str) -> "Verifier":
        """Return the key that stands in ``text``. Raises MalformedKey."""
        name, key_id, raw = _split_key(text)
        made = cls(name, raw)
        if made.key_id.hex() != key_id:
            raise MalformedKey("Its hash does not fit its name and key.")
        return made

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message``."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Ed25519Signer:
    """Signs with a private key of 32 bytes that it holds in memory. Raises MalformedKey as Verifier does."""

    def __init__(self, name: str, raw: bytes) -> None:
        try:
            self._key = ed25519.Ed25519PrivateKey.from_private_bytes(raw)
        except ValueError:
            raise MalformedKey("An Ed25519 private key has 32 bytes.") from None
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())
        self.name = name
        self.key_id = self.verifier.key_id

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.name!r})"

    @classmethod
    def generate(cls, name: str) -> "Ed25519Signer":
        """Return a signer with a new random key."""
        return cls(name, secrets.token_bytes(32))

    @classmethod
    def from_file(cls, path: Path, *, allow_shared: bool = False) -> "Ed25519Signer":
        """Return the signer in a file by ``write``.

        Raises MalformedKey; ExposedFile when the group or others have rights on it, unless ``allow_shared``.
        """
        text = files.read_private(path, allow_shared=allow_shared).decode("utf-8", "replace").strip()
        if not text.startswith(_PRIVATE):
            raise MalformedKey("It does not begin like a private key.")
        name, key_id, raw = _split_key(text.removeprefix(_PRIVATE))
        made = cls(name, raw)
        if made.key_id.hex() != key_id:
            raise MalformedKey("Its hash does not fit its name and key.")
        return made

    def write(self, path: Path, *, mode: int = 0o600) -> None:
        """Write the private key to a new file. Raises FileExistsError: a key is never written over."""
        raw = _encode(_ED25519 + self._key.private_bytes_raw())
        files.write_whole(path, f"{_PRIVATE}{self.name}+{self.key_id.hex()}+{raw}\n".encode(), mode=mode)

    def sign(self, message: bytes) -> bytes:
        """Return the signature (64 bytes) over ``message``."""
        return self._key.sign(message)


def sign_note(text: str, signer: Signer) -> str:
    """Return ``text`` as a signed note, which ``open_note`` reads.

    Raises ValueError for a text that no note can hold: its last line must be ended, and it has no control
    characters but line ends and no half characters.
    """
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise ValueError("The text of a note ends its last line and has no other control characters.")
    return f"{text}\n— {signer.name} {_encode(signer.key_id + signer.sign(text.encode()))}\n"


def sign_checkpoint(cp: Checkpoint, signer: Signer) -> str:
    """Return ``cp`` as a signed note."""
    return sign_note(cp.body(), signer)


def read_checkpoint(note: str, verifier: Verifier, *, origin: str | None = None) -> Checkpoint:
    """Return the checkpoint in ``note``, once its signature by ``verifier`` is checked.

    Its origin must be ``origin``, or the key's name when none is given: one key may sign for two logs, and
    neither may pass for the other. Signatures by other keys are ignored, as C2SP demands.
    Raises MalformedNote, or BadSignature when it is not signed by this key or is another log's.
    """
    body = open_note(note, verifier)
    found = _parse_body(body)
    if found.origin != (verifier.name if origin is None else origin):
        raise BadSignature("It belongs to another log.")
    return found


def open_note(note: str, verifier: Verifier) -> str:
    """Return the text of a signed note, with its final newline. Raises MalformedNote or BadSignature."""
    text, divider, tail = note.rpartition("\n\n")
    if not divider or not tail.endswith("\n") or any(char < " " and char != "\n" for char in note):
        raise MalformedNote("It has no text, blank line and signatures.")
    try:
        message = f"{text}\n".encode()
    except UnicodeEncodeError:
        raise MalformedNote("It is not UTF-8.") from None
    ours = [
        signature
        for name, key_id, signature in _signatures(tail.removesuffix("\n"))
        if (name, key_id) == (verifier.name, verifier.key_id)
    ]
    if not ours or not all(verifier.verify(message, signature) for signature in ours):
        raise BadSignature
    return f"{text}\n"


def _signatures(tail: str) -> list[tuple[str, bytes, bytes]]:
    lines = tail.split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise MalformedNote("It has too many signatures.")
    found = []
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        blob = _decode(match[2]) if match else None
        if not match or blob is None or len(blob) <= _KEY_ID_BYTES:
            raise MalformedNote("A signature line in it is not well formed.")
        found.append((match[1], blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:]))
    return found


def _parse_body(body: str) -> Checkpoint:
    lines = body.removesuffix("\n").split("\n")
    root = _decode(lines[2]) if len(lines) >= 3 else None
    if root is None or not _SIZE.fullmatch(lines[1]):
        raise MalformedNote("It has no origin, size and root.")
    try:
        return Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:]))
    except ValueError as error:
        raise MalformedNote(str(error)) from None


def _split_key(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)  # base64 has plus signs of its own, a name has none
    blob = _decode(parts[2]) if len(parts) == 3 else None
    if blob is None or blob[:1] != _ED25519:
        raise MalformedKey
    return parts[0], parts[1], blob[1:]


def _check_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(char.isspace() for char in name):
        raise MalformedKey("A key's name is printable and has neither space nor plus.")


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Two spellings of the same bytes would let a note be changed without anybody noticing.
    return raw if _encode(raw) == text else None
