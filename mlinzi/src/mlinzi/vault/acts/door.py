"""Files that came in at the door, and their way into the vault."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import transaction

from kinga import envelope
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import SendersTurn
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault.acts.files import MissingBody, content_digest, store_file
from mlinzi.vault.acts.texts import open_for_work, seal_for_worker, seal_text
from mlinzi.vault.files import WholeFile, open_foreign, path_of, remove_foreign
from mlinzi.vault.models import StoredFile
from mlinzi.vault.rules import (
    FILE,
    FILE_LIMIT,
    DoorFile,
    NoKey,
    SealedText,
    context_of,
    file_name,
    sealed_limit,
)

ATTACHMENT = "intake.attachment"
_STEP = 1 << 18


class UnsoundMeta(SendersTurn):
    """What the door says about this file cannot be read as a name and two hashes."""


def meta_of(file: DoorFile, *, keys: KeyRing) -> bytes:
    """Name and hashes of a file, sealed for the worker. Raises `NoKey`."""
    hashes = {"md5": file.md5, "sha1": file.sha1, "sha256": file.sha256}
    told = json.dumps({"name": file.name, **{name: value for name, value in hashes.items() if value}})
    return seal_for_worker(told, ATTACHMENT, file.id, "meta", keys=keys)


def discard(folder: Path, file_id: UUID) -> None:
    """Take a body away from the door, and nothing that a link leads to. One that is not there is fine."""
    remove_foreign(folder, path_of(folder, file_id))


def adopt(
    *,
    file_id: UUID,
    header: bytes,
    meta: bytes,
    size: int,
    cipher_sha256: bytes,
    subject_type: str,
    subject_id: object,
    door: Path,
    vault: Path,
    by: Actor,
    now: datetime,
    keys: KeyRing,
    limit: int = FILE_LIMIT,
) -> None:
    """Take a file from the door into the vault, in the caller's transaction. Its content stays shut.

    1. open what the door says about it, recorded, 2. wrap its key for our desk, 3. carry the body over while
    comparing it with what the door noted, 4. write the row, under the same id, 5. record, 6. once committed,
    take the body away from the door.

    A second call does nothing but the last step: a kill may have come before it. After a kill before the
    commit the body lies in both folders, and the next call begins anew.

    Args:
        header, meta, size, cipher_sha256: as the door wrote them. Whoever broke into the door wrote them too.
        limit: how large the file may be, in clear.

    Raises `envelope.EnvelopeError`, `UnsoundMeta`, `ForeignBody` or `MissingBody`, leaving nothing in the
    vault.
    """
    if not StoredFile.objects.filter(id=file_id).exists():
        told = open_for_work(SealedText(ATTACHMENT, str(file_id), "meta", meta), by=by, now=now, keys=keys)
        facts = _facts(told)
        ours = _for_our_desk(header, file_id, keys)
        _carry(file_id, header, size, cipher_sha256, door=door, vault=vault, limit=limit)
        hashes = json.dumps(facts.hashes)
        file = StoredFile(
            id=file_id,
            subject_type=subject_type,
            subject_id=str(subject_id),
            header=ours,
            size=size,
            name=seal_text(facts.name, FILE, file_id, "name", keys=keys),
            hashes=seal_text(hashes, FILE, file_id, "hashes", keys=keys),
            cipher_sha256=cipher_sha256,
            stored_by=by.id,
            stored_at=now,
        )
        file.content_digest = content_digest(facts.sha256, size, keys)
        store_file(file, by=by, now=now)
    # A folder that refuses does not undo what is committed; `mlinzi fsck` sweeps what stays.
    transaction.on_commit(partial(discard, door, file_id), robust=True)


@dataclass(frozen=True)
class _Facts:
    name: str = field(repr=False)
    hashes: dict[str, str] = field(repr=False)

    @property
    def sha256(self) -> str:
        return self.hashes["sha256"]


_LENGTHS = {"md5": 16, "sha1": 20, "sha256": 32}


def _facts(told: str) -> _Facts:
    try:
        read = json.loads(told)
        hashes = {name: str(read[name]).lower() for name in _LENGTHS if name != "sha1" or "sha1" in read}
        sound = all(len(bytes.fromhex(value)) == _LENGTHS[name] for name, value in hashes.items())
        name = str(read["name"])
    except (ValueError, KeyError, TypeError):
        raise UnsoundMeta from None
    if not sound:
        raise UnsoundMeta
    return _Facts(file_name(name), hashes)


def _for_our_desk(header: bytes, file_id: UUID, keys: KeyRing) -> bytes:
    if keys.records is None:
        raise NoKey
    context = context_of(FILE, file_id, "body")
    return envelope.rewrap(header, keys=keys.holder, to=[keys.records], context=context)


def _carry(
    file_id: UUID, header: bytes, size: int, cipher_sha256: bytes, *, door: Path, vault: Path, limit: int
) -> None:
    """Copy a body from the door, or compare the one that an earlier try left in the vault.

    Raises `envelope.Tampered` where it is not the one that the door noted, `ForeignBody` where it is no file
    of ours at all, `MissingBody` where there is none.
    """
    try:
        source = open_foreign(door, file_id, limit=sealed_limit(limit))
    except FileNotFoundError:
        _compare(_pieces_of(path_of(vault, file_id)), header, size, cipher_sha256)
        return
    with source:
        length = os.fstat(source.fileno()).st_size
        # Before a byte is copied: a file full of holes is as long as it says, and its copy would be as heavy.
        if size > limit or envelope.plain_size(header, length) != size:
            raise envelope.Tampered(envelope.Damage.SEGMENT)
        body = WholeFile(vault, file_id)
        try:
            _compare(_written(_at_most(source, length + 1), body), header, size, cipher_sha256)
            body.commit()
        except BaseException:
            body.abandon()
            raise


def _at_most(source: IO[bytes], left: int) -> Iterator[bytes]:
    """The pieces of a body that may still grow: one byte more than it had is enough to tell."""
    while piece := source.read(min(left, _STEP)):
        left -= len(piece)
        yield piece


def _written(pieces: Iterator[bytes], body: WholeFile) -> Iterator[bytes]:
    for piece in pieces:
        body.write(piece)
        yield piece


def _pieces_of(path: Path) -> Iterator[bytes]:
    try:
        source = path.open("rb")
    except FileNotFoundError as error:
        raise MissingBody from error
    with source:
        yield from iter(partial(source.read, _STEP), b"")


def _compare(pieces: Iterator[bytes], header: bytes, size: int, cipher_sha256: bytes) -> None:
    digest, length = sha256(), 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    if digest.digest() != cipher_sha256 or envelope.plain_size(header, length) != size:
        raise envelope.Tampered(envelope.Damage.SEGMENT)
