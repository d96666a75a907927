"""Seal files into the vault folder, and open them after it was recorded."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from kinga import envelope
from mlinzi.access.rules import Officer, Relation
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import OurTurn
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import reads
from mlinzi.vault.acts.terms import index_digests
from mlinzi.vault.acts.texts import open_all, seal_text
from mlinzi.vault.files import WholeFile, path_of
from mlinzi.vault.models import StoredFile
from mlinzi.vault.rules import FILE, NoKey, SealedText, blind, context_of, file_term


class MissingBody(OurTurn):
    """A file that the records name does not lie in its folder. Bring it back from a backup; `mlinzi fsck`
    lists all.
    """


class _Measure:
    """Hashes and counts what passes through."""

    def __init__(self) -> None:
        # MD5 because hash lists of the field still hold it; it protects nothing here.
        self._md5, self._sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        self.size = 0

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._md5.update(chunk)
            self._sha256.update(chunk)
            self.size += len(chunk)
            yield chunk

    def hashes(self) -> str:
        return json.dumps({"md5": self._md5.hexdigest(), "sha256": self.sha256})

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


def seal_file(
    chunks: Iterable[bytes],
    name: str,
    subject_type: str,
    subject_id: object,
    *,
    folder: Path,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> StoredFile:
    """Seal a file into the vault folder, before the transaction that will name it.

    1. hash, count and seal while it streams, 2. let the sealed body appear, whole, 3. seal name and hashes.

    Returns the row, not yet written: give it to `store_file` inside the act's transaction. A kill in between
    leaves a body that no row names: harmless, and swept by `mlinzi fsck`. A stream that breaks leaves
    nothing.
    """
    if keys.records is None:
        raise NoKey
    file_id, measure = new_id(), _Measure()
    body = WholeFile(folder, file_id)
    try:
        header = envelope.seal_stream(
            measure.of(chunks),
            cast(BinaryIO, body),
            to=[keys.records],
            context=context_of(FILE, file_id, "body"),
        )
        cipher_sha256 = body.commit()
    except BaseException:
        body.abandon()
        raise
    sealed = StoredFile(
        id=file_id,
        subject_type=subject_type,
        subject_id=str(subject_id),
        header=header,
        size=measure.size,
        name=seal_text(name, FILE, file_id, "name", keys=keys),
        hashes=seal_text(measure.hashes(), FILE, file_id, "hashes", keys=keys),
        cipher_sha256=cipher_sha256,
        stored_by=by.id,
        stored_at=now,
    )
    sealed.content_digest = content_digest(measure.sha256, measure.size, keys)
    return sealed


def content_digest(sha256: str, size: int, keys: KeyRing) -> bytes:
    """By what the same file is found again: keyed, so that nobody without the key can try known files. b""
    for what is empty, which is like everything empty. Raises `NoKey`.
    """
    if keys.blind is None:
        raise NoKey
    return blind(file_term(sha256), keys.blind) if size else b""


def store_file(file: StoredFile, *, by: Actor, now: datetime) -> None:
    """Name a sealed file in the caller's transaction: 1. write the row, 2. index its content, 3. record."""
    file.save(force_insert=True)
    if file.content_digest:
        index_digests(file.subject_type, file.subject_id, [(file.content_digest, "file")])
    audit.record(
        "vault.file.store", file.subject_type, file.subject_id, by=by, now=now, details={"size": file.size}
    )


@dataclass(frozen=True)
class OpenedFile:
    """A file in clear, with the hashes that were taken when it came in (hexadecimal)."""

    name: str
    data: bytes = field(repr=False)
    md5: str = ""
    sha256: str = ""


def open_file(
    file: StoredFile,
    *,
    action: str,
    relation: Relation,
    purpose: str,
    folder: Path,
    by: Officer,
    now: datetime,
    keys: KeyRing,
    recorded_as: str = "",
    recorded_on: tuple[str, object] | None = None,
) -> OpenedFile:
    """Open a file for a person.

    1. may this officer do this to this record? 2. record it and commit, 3. open the whole file, so that
    nothing of a damaged one is handed out, 4. compare it with the hash that was taken when it came in.

    Args:
        recorded_on: type and id of the record in whose history it stands; the file's own record otherwise.

    Raises `NotFound` for whoever may not, `envelope.Tampered` for a body that was changed, `OurTurn` for one
    that is not there.
    """
    object_type, object_id = recorded_on or (file.subject_type, file.subject_id)
    name, hashes = open_all(
        [reads.sealed_name(file), SealedText(FILE, str(file.id), "hashes", bytes(file.hashes))],
        action=action,
        relation=relation,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
        recorded_as=recorded_as,
    )
    context = context_of(FILE, file.id, "body")
    try:
        with path_of(folder, file.id).open("rb") as body:
            data = b"".join(envelope.open_stream(bytes(file.header), body, keys=keys.holder, context=context))
    except FileNotFoundError as error:
        raise MissingBody from error
    held = json.loads(hashes)
    if hashlib.sha256(data).hexdigest() != held["sha256"]:
        raise envelope.Tampered(envelope.Damage.SEGMENT)
    return OpenedFile(name, data, held["md5"], held["sha256"])
