"""Keys in files.

A key file holds one or more numbered keys; exactly one is *active* (new objects are sealed for it), the
others are *retired* (they only open). Its JSON:

    {"format": "kinga.keys/1",
     "keys": [{"key_id": "records:2", "kind": "symmetric", "state": "active", "key": "<base64 of 32 bytes>"}]}

``kind`` is ``symmetric`` or ``x25519``. A public key has a file of its own:

    {"format": "kinga.public/1", "key_id": "intake:1", "kind": "x25519", "public": "<base64 of 32 bytes>"}
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinga import files
from kinga.envelope.errors import Malformed
from kinga.envelope.keys import HeldKey, PrivateKey, PublicKey, Recipient, Stanza, SymmetricKey
from kinga.envelope.wrap import unwrap_with

_KEYS_FORMAT = "kinga.keys/1"
_PUBLIC_FORMAT = "kinga.public/1"
_KINDS: dict[str, type[PrivateKey] | type[SymmetricKey]] = {"x25519": PrivateKey, "symmetric": SymmetricKey}


@dataclass(frozen=True, slots=True)
class _Content:
    keys: dict[str, HeldKey]
    active: HeldKey


class FileKeys:
    """Holds the keys of a key file, and reads it again when it has been replaced.

    So a rotation by one process reaches the others without a restart.
    Raises ExposedFile when the group or others have any right on the file, unless ``allow_shared``;
    Malformed when it is no key file; OSError when it cannot be read.
    """

    def __init__(self, path: Path, *, allow_shared: bool = False) -> None:
        self._path = path
        self._allow_shared = allow_shared
        self._seen: tuple[int, int, int] | None = None
        self._content = self._current()

    def __repr__(self) -> str:
        return f"FileKeys({self._path.name!r})"

    @property
    def active(self) -> Recipient:
        """The recipient to seal for now."""
        key = self._current().active
        return key.public if isinstance(key, PrivateKey) else key

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, oldest first."""
        return tuple(self._current().keys)

    def unwrap(self, stanza: Stanza, context: bytes) -> bytes | None:
        """See KeyHolder."""
        return unwrap_with(self._current().keys.get(stanza.key_id), stanza, context)

    def add_and_activate(self, key: HeldKey) -> None:
        """Add ``key``, make it the active one and retire the one before; on disk when this returns.

        1. Hold off other writers.
        2. Read what the file holds now. Raises ValueError when the id is taken.
        3. Write the file anew.
        """
        with files.only_writer(self._path.parent):
            held = self._current().keys
            if key.key_id in held:
                raise ValueError(f"There is a key {key.key_id} already. Give the new one the next number.")
            ordered = [
                *(old for old in held.values() if old != self._content.active),
                self._content.active,
                key,
            ]
            mode = self._path.stat().st_mode & 0o777
            files.write_whole(self._path, _dump(ordered), mode=mode, replace=True)

    def _current(self) -> _Content:
        found = self._path.stat()
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._content = _parse(files.read_private(self._path, allow_shared=self._allow_shared))
            self._seen = seen
        return self._content


def write_key_file(path: Path, keys: Sequence[HeldKey], *, mode: int = 0o600) -> None:
    """Make a key file; the last of ``keys`` is the active one, the earlier ones are retired.

    Raises FileExistsError when ``path`` exists (a key file is never written over; to rotate, see FileKeys),
    ValueError when there is no key or two share an id.
    """
    if not keys or len({key.key_id for key in keys}) != len(keys):
        raise ValueError("A key file holds at least one key, and each id once.")
    files.write_whole(path, _dump(keys), mode=mode)


def write_public(path: Path, key: PublicKey) -> None:
    """Write a public key for everybody to read, replacing the one that was there."""
    content = {"format": _PUBLIC_FORMAT, "key_id": key.key_id, "kind": "x25519", "public": _encode(key.raw)}
    files.write_whole(path, _json(content), mode=0o644, replace=True)


def read_public(path: Path) -> PublicKey:
    """Return the public key in a file by ``write_public``. Raises Malformed or OSError."""
    try:
        content = json.loads(path.read_bytes())
        if (content["format"], content["kind"]) != (_PUBLIC_FORMAT, "x25519"):
            raise Malformed("It is not a public key file.")
        return PublicKey(content["key_id"], _decode(content["public"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Malformed("It is not a public key file.") from None


def _dump(keys: Sequence[HeldKey]) -> bytes:
    states = ["retired"] * (len(keys) - 1) + ["active"]
    entries = [
        {"key_id": key.key_id, "kind": _kind(key), "state": state, "key": _encode(key.raw)}
        for key, state in zip(keys, states, strict=True)
    ]
    return _json({"format": _KEYS_FORMAT, "keys": entries})


def _parse(data: bytes) -> _Content:
    try:
        content = json.loads(data)
        if content["format"] != _KEYS_FORMAT:
            raise Malformed("It is not a key file.")
        keys = {entry["key_id"]: _key(entry) for entry in content["keys"]}
        active = [entry["key_id"] for entry in content["keys"] if entry["state"] == "active"]
        count = len(content["keys"])
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause is left out: it could quote the file, and the file is keys.
        raise Malformed("It is not a key file.") from None
    if len(active) != 1 or len(keys) != count:
        raise Malformed("A key file has one active key, and each id once.")
    return _Content(keys, keys[active[0]])


def _key(entry: dict[str, Any]) -> HeldKey:
    if entry["state"] not in ("active", "retired"):
        raise Malformed("A key is neither active nor retired.")
    return _KINDS[entry["kind"]](entry["key_id"], _decode(entry["key"]))


def _kind(key: HeldKey) -> str:
    return "x25519" if isinstance(key, PrivateKey) else "symmetric"


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
