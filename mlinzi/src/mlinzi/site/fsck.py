"""Compare records, sealed files and the log with each other. Nothing is opened, so it needs no key."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from mlinzi.audit import acts as audit
from mlinzi.intake.acts.sweeping import REST_AT_THE_DOOR, unnamed, waited_for
from mlinzi.intake.acts.taking import large_bodies
from mlinzi.intake.models import Attachment, ProviderFile
from mlinzi.kernel.actors import Actor
from mlinzi.site.fsck_questions import BROKEN_LINKS, LINKS, QUESTIONS, VALUES
from mlinzi.site.showing import Watch, counted
from mlinzi.vault.files import ForeignBody, open_foreign, path_of, remove_foreign, walk
from mlinzi.vault.models import StoredFile
from mlinzi.vault.rules import SEALED_LIMIT

REST = timedelta(hours=48)
"""How long a sealed file may lie without a row: the act that will name it is perhaps still at work."""
UNSWEPT_AT_THE_DOOR = REST_AT_THE_DOOR + timedelta(hours=1)
"""The same at the door, where the worker sweeps what was never sent."""
WAITS_AT_MOST = timedelta(hours=1)
SHOWN = 20


@dataclass(frozen=True)
class Trouble:
    """Something that does not fit. The sentence holds ids and no content."""

    kind: str
    sentence: str


def troubles(vault: Path, door: Path, *, now: datetime, watch: Watch) -> Iterator[Trouble]:
    """Everything but the orphans, which are listed apart because they can be swept."""
    yield from record_troubles(now=now, watch=watch)
    yield from link_troubles(watch=watch)
    yield from vault_troubles(vault, watch=watch)
    yield from door_troubles(door, vault, watch=watch)
    yield from foreign_troubles(door)


def record_troubles(*, now: datetime, watch: Watch) -> Iterator[Trouble]:
    """Ask everything of the records; a few ids of each kind are shown, and how many more there are."""
    values = {**VALUES, "long_ago": now - WAITS_AT_MOST}
    for question in counted(QUESTIONS, "records", len(QUESTIONS), watch, every=1):
        with connection.cursor() as cursor:
            cursor.execute(question.query, values)
            ids = [str(row[0]) for row in cursor.fetchmany(SHOWN)]
            more = len(cursor.fetchall())
        yield from (Trouble(question.kind, question.sentence.format(found)) for found in ids)
        if more:
            yield Trouble(question.kind, f"More of this kind ({question.kind}): {more}.")


def link_troubles(*, watch: Watch) -> Iterator[Trouble]:
    """Rows that name a row of another table which is gone.

    The database forbids it; a damaged disk and a hurried hand do not ask the database.
    """
    with connection.cursor() as cursor:
        cursor.execute(LINKS)
        links = [tuple(map(str, row)) for row in cursor.fetchall()]
        for table, column, target, key in counted(links, "links", len(links), watch, every=1):
            names = {"table": table, "column": column, "target": target, "key": key}
            query = sql.SQL(BROKEN_LINKS).format(**{n: sql.Identifier(text) for n, text in names.items()})
            cursor.execute(query)
            (count,) = cursor.fetchone()
            if count:
                yield Trouble("link", f"Rows of {table} that name a row of {target} which is gone: {count}.")


def vault_troubles(folder: Path, *, watch: Watch) -> Iterator[Trouble]:
    """Read every sealed file and compare it with the digest that was taken when it was stored."""
    rows = StoredFile.objects.order_by("id").values_list("id", "cipher_sha256")
    for file_id, digest in counted(rows.iterator(), "sealed files", rows.count(), watch, every=10):
        found = _digest_of(path_of(folder, file_id))
        if found is None:
            yield Trouble("file-lost", f"The sealed file {file_id} is gone; bring it back from a backup.")
        elif found != bytes(digest):
            yield Trouble(
                "file-damaged", f"The sealed file {file_id} was changed; bring it back from a backup."
            )


def door_troubles(door: Path, vault: Path, *, watch: Watch) -> Iterator[Trouble]:
    """Read every file that waits to be taken in, and compare it with the digest that the door noted.

    One that has left the door lies in the vault already: the worker was killed, or is at work on it just now.
    """
    named, large = ("id", "cipher_sha256"), large_bodies()
    rows = Attachment.objects.filter(adopted_at=None).order_by("id").values_list(*named)
    # Of providers: those whose report is still to be opened have no attachment yet.
    more = ProviderFile.objects.filter(of__taken_at=None).order_by("id").values_list(*named)
    waiting, number = chain(rows.iterator(), more.iterator()), rows.count() + more.count()
    for file_id, digest in counted(waiting, "files at the door", number, watch, every=10):
        try:
            found = _digest_at_the_door(door, file_id, large) or _digest_of(path_of(vault, file_id))
        except ForeignBody:
            yield Trouble(
                "door-foreign", f"The file {file_id}, not taken in yet, was replaced by something else."
            )
            continue
        if found is None:
            yield Trouble(
                "door-lost", f"The file {file_id}, not taken in yet, is gone; bring it back from a backup."
            )
        elif found != bytes(digest):
            yield Trouble(
                "door-damaged",
                f"The file {file_id}, not taken in yet, was changed; bring it back from a backup.",
            )


def foreign_troubles(door: Path) -> Iterator[Trouble]:
    """What lies at the door and is nothing that our processes write there: links, pipes, folders, strange
    names. It is only told, a few names and how many more: look at it first, then take it away by hand.
    """
    foreign = (lying.path for lying in walk(door) if not lying.ours)
    for path in islice(foreign, SHOWN):
        name = ascii(str(path.relative_to(door)))
        yield Trouble("door-foreign", f"At the door lies {name}, which none of our processes writes.")
    if more := sum(1 for _ in foreign):
        yield Trouble("door-foreign", f"More of this kind (door-foreign): {more}.")


def _digest_at_the_door(door: Path, file_id: UUID, large: Mapping[UUID, int]) -> bytes | None:
    try:
        most = large.get(file_id, SEALED_LIMIT)
        with open_foreign(door, file_id, limit=most) as body:
            digest = hashlib.sha256()
            while most > 0 and (piece := body.read(1 << 20)):
                digest.update(piece)
                most -= len(piece)
            return digest.digest()
    except FileNotFoundError:
        return None


def _digest_of(path: Path) -> bytes | None:
    try:
        with path.open("rb") as body:
            return hashlib.file_digest(body, "sha256").digest()
    except FileNotFoundError:
        return None


def orphans(vault: Path, door: Path, *, now: datetime) -> list[Path]:
    """Files that nothing names and that have rested, for two days in the vault and for one at the door: what
    a kill left behind, or a form that was never sent and that the worker did not sweep.

    Temporary files count; in the vault, whatever has a name that no file of ours can have, too.
    """
    in_the_vault = (lying for lying in walk(vault) if lying.plain and lying.changed < now - REST)
    before = now - UNSWEPT_AT_THE_DOOR
    at_the_door = (lying for lying in walk(door) if lying.ours and lying.changed < before)
    return [
        *sorted(chain.from_iterable(unnamed(in_the_vault, _named_in_the_vault))),
        *sorted(chain.from_iterable(unnamed(at_the_door, waited_for))),
    ]


def _named_in_the_vault(ids: Sequence[UUID]) -> set[UUID]:
    # After a kill, or a restore, a file may lie here before its row does.
    stored = StoredFile.objects.filter(id__in=ids).values_list("id", flat=True)
    return {*stored, *waited_for(ids)}


def orphan_troubles(paths: Iterable[Path]) -> Iterator[Trouble]:
    """A sentence for each file that nothing names."""
    for path in paths:
        yield Trouble("orphan", f"No record names the file {path.name} in the {path.parents[2].name}.")


def sweep(paths: Sequence[Path], *, by: Actor, now: datetime) -> None:
    """Take away what `orphans` found: 1. record, committed first, 2. remove."""
    with transaction.atomic(durable=True):
        audit.record("vault.orphan.sweep", "vault.file", "-", by=by, now=now, details={"files": len(paths)})
    for path in paths:
        remove_foreign(path.parents[2], path)
