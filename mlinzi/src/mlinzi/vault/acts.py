"""Seal, and open after it was recorded."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from django.db import transaction

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, allowed
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound, OurTurn
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import reads
from mlinzi.vault.files import WholeFile, path_of
from mlinzi.vault.models import BlindTerm, StoredFile
from mlinzi.vault.rules import FILE, SealedText, Term, blind, context_of, near_text_digests


class MissingBody(OurTurn):
    """A file that the records name does not lie in the vault folder. Bring it back from a backup; `mlinzi
    fsck` lists all.
    """


class NoKey(OurTurn):
    """This process does not hold the key that this needs; see docs/keys.md for which one does."""


def seal_text(text: str, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """Seal one named field of a record for our own desk. Raises `NoKey`."""
    if keys.records is None:
        raise NoKey
    return envelope.seal(text.encode(), to=[keys.records], context=context_of(record, id, name))


def seal_for_worker(text: str, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """Seal something at the door: who seals here cannot open it again. Raises `NoKey`."""
    if keys.intake is None:
        raise NoKey
    return envelope.seal(text.encode(), to=[keys.intake], context=context_of(record, id, name))


def seal_for_reporter(
    text: str, record: str, id: object, name: str, *, mailbox: envelope.PublicKey, keys: KeyRing
) -> bytes:
    """Seal a message for whoever holds the receipt, and for the desk that wrote it."""
    if keys.records is None:
        raise NoKey
    context = context_of(record, id, name)
    return envelope.seal(text.encode(), to=[mailbox, keys.records], context=context)


def open_all(
    things: Sequence[SealedText],
    *,
    action: str,
    relation: Relation,
    object_type: str,
    object_id: object,
    purpose: str,
    by: Officer,
    now: datetime,
    keys: KeyRing,
    recorded_as: str = "",
) -> list[str]:
    """Open sealed texts for a person, in the order given.

    1. may this officer do this to this record? 2. record it and commit, 3. only then decrypt.

    Args:
        action: the right that is asked for. recorded_as: what the log calls it, where that is not the same.

    Raises `NotFound` for whoever may not; if the record cannot be written, that error goes up and everything
    stays shut. Call it outside a transaction.
    """
    if not allowed(by, action, relation):
        raise NotFound
    audit.record_before_opening(
        recorded_as or action,
        object_type,
        object_id,
        by=by,
        now=now,
        purpose=purpose,
        details={"fields": len(things)},
    )
    return [_open(thing, keys.holder) for thing in things]


def open_texts(
    things: Sequence[SealedText],
    *,
    action: str,
    relation: Relation,
    object_type: str,
    object_id: object,
    purpose: str,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> dict[str, str]:
    """The same as `open_all` for the fields of one record: texts by field name."""
    texts = open_all(
        things,
        action=action,
        relation=relation,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    return {thing.name: text for thing, text in zip(things, texts, strict=True)}


def open_for_work(thing: SealedText, *, by: Actor, now: datetime, keys: KeyRing) -> str:
    """Open a sealed text inside a process of ours, in the transaction of the act that uses it: record, then
    decrypt.
    """
    if by.kind is not ActorKind.PROCESS:
        raise NotFound
    audit.record("vault.text.work", thing.record, thing.id, by=by, now=now, details={"field": thing.name})
    return _open(thing, keys.holder)


def open_for_reporter(thing: SealedText, mailbox: envelope.PrivateKey) -> str:
    """Open a message with the key that only the receipt yields.

    Nothing is recorded: when somebody reads their own answer is nobody's business.
    """
    return _open(thing, envelope.MemoryKeys(mailbox))


def _open(thing: SealedText, holder: envelope.KeyHolder) -> str:
    context = context_of(thing.record, thing.id, thing.name)
    return envelope.open_sealed(thing.sealed, keys=holder, context=context).decode()


@transaction.atomic
def index_terms(
    subject_type: str, subject_id: object, *, terms: Iterable[Term], text: str = "", keys: KeyRing
) -> int:
    """Write the blind indexes of a record: keyed digests of its look-up terms and of its text.

    Returns how many digests there are. A second call adds nothing.
    """
    if keys.blind is None:
        raise NoKey
    rows = {(blind(term, keys.blind), term.partition(":")[0]) for term in terms}
    rows |= {(digest, "near") for digest in near_text_digests(text, keys.blind)}
    BlindTerm.objects.bulk_create(
        [BlindTerm(digest=d, kind=k, subject_type=subject_type, subject_id=str(subject_id)) for d, k in rows],
        ignore_conflicts=True,
    )
    return len(rows)


def rewrap(sealed: bytes, record: str, id: object, name: str, *, keys: KeyRing) -> bytes:
    """The same content under the active key: used by rotation, which never opens the content itself."""
    if keys.records is None:
        raise NoKey
    return envelope.rewrap(sealed, keys=keys.holder, to=[keys.records], context=context_of(record, id, name))


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
        return json.dumps({"md5": self._md5.hexdigest(), "sha256": self._sha256.hexdigest()})


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
    return StoredFile(
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


def store_file(file: StoredFile, *, by: Actor, now: datetime) -> None:
    """Name a sealed file in the caller's transaction: 1. write the row, 2. record."""
    file.save(force_insert=True)
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
) -> OpenedFile:
    """Open a file for a person.

    1. may this officer do this to this record? 2. record it and commit, 3. open the whole file, so that
    nothing of a damaged one is handed out, 4. compare it with the hash that was taken when it came in.

    Raises `NotFound` for whoever may not, `envelope.Tampered` for a body that was changed, `OurTurn` for one
    that is not there.
    """
    name, hashes = open_all(
        [reads.sealed_name(file), SealedText(FILE, str(file.id), "hashes", bytes(file.hashes))],
        action=action,
        relation=relation,
        object_type=file.subject_type,
        object_id=file.subject_id,
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
