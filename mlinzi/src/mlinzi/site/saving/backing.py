"""Make a backup."""

import contextlib
import io
import os
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.intake.acts.taking import large_bodies
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.site.keys import CONNECTION, FILES
from mlinzi.site.saving import archive
from mlinzi.site.saving.shape import CONTEXT, END, MANIFEST, Counts, Manifest, write_head
from mlinzi.site.saving.tools import dumped, tools_for
from mlinzi.site.showing import Watch
from mlinzi.vault.files import ForeignBody, open_foreign, path_of, stored_files, walk
from mlinzi.vault.rules import SEALED_LIMIT


def make_backup(
    state: Path, owner_url: str, target: Path, *, by: Actor, now: datetime, watch: Watch
) -> tuple[int, Counts]:
    """Write everything into one file that is sealed to the recovery key.

    1. refuse what cannot go well, 2. record, committed before anything leaves: that everything was copied is
    never a secret, 3. stream it, sealed, into a temporary file, 4. bring it to disk and give it its name.

    Returns its size in bytes and what is in it. Raises `Refused` or `ToolFailed`, leaving nothing behind.
    """
    recovery = state / "keys" / "owner" / "recovery.pub"
    if reasons := _why_not(target, recovery):
        raise Refused(reasons)
    to = [envelope.read_public(recovery)]
    with transaction.atomic(durable=True):
        audit.record("site.backup.make", "site.backup", new_id(), by=by, now=now)
    counts = Counts()
    with _appearing(target) as file:
        # The length of a header depends on its recipients alone, so its room can be kept free.
        room = len(envelope.seal_stream([], io.BytesIO(), to=to, context=CONTEXT))
        write_head(file, bytes(room))
        pieces = _everything(state, owner_url, counts, now=now, watch=watch)
        header = envelope.seal_stream(pieces, file, to=to, context=CONTEXT)
        file.seek(0)
        write_head(file, header)
    return target.stat().st_size, counts


def _why_not(target: Path, recovery: Path) -> list[str]:
    reasons = []
    if target.exists() or target.is_symlink():
        reasons.append(f"{target} is there already; a backup is never written over. Choose another name.")
    if not target.parent.is_dir():
        reasons.append(f"There is no folder {target.parent}; make it first.")
    if not recovery.exists():
        reasons.append("The recovery key's public half is missing (keys/owner/recovery.pub); put it back.")
    return reasons


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """A file that has its name once it is whole and on disk, and is gone when something goes wrong before."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb", opener=_private) as file:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _everything(
    state: Path, owner_url: str, counts: Counts, *, now: datetime, watch: Watch
) -> Iterator[bytes]:
    """The archive. The order matters, because the house goes on working meanwhile.

    The database goes first: files in the vault appear before a row names them and never change, so every file
    that the dump names is there afterwards; the other way round the newest rows would name files that are not
    in the backup. The door goes before the vault, because the worker carries files from one to the other:
    what is gone from the door is in the vault afterwards, where `vault.acts.adopt` finds it. Keys go last,
    because a key is there before anything is sealed with it.
    """
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    tools = tools_for(server)
    yield from archive.member(MANIFEST, _manifest(server, tools.major, now).to_bytes())
    for piece in dumped(tools, owner_url):
        yield from archive.member(f"database/{counts.database:06}", piece)
        counts.database += 1
        watch("database, pieces", counts.database)
    for body in _bodies_at_the_door(state / "door", watch, large_bodies()):
        yield from body
        counts.door += 1
    for body in _bodies_in_the_vault(state / "vault", watch):
        yield from body
        counts.vault += 1
    yield from _keys(state / "keys", counts)
    yield from archive.member(END, counts.to_bytes())
    yield archive.closing()


def _manifest(server: int, tool: int, now: datetime) -> Manifest:
    steps = tuple(sorted(".".join(step) for step in MigrationRecorder(connection).applied_migrations()))
    return Manifest(now.isoformat(), version("mlinzi"), steps, server, tool)


class _Padded:
    """A file that somebody at the door may make shorter while it is read: what is missing is read as zeros,
    so that it stops no backup. That it is not what was sent shows when it is taken in.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        return self._source.read(size) or b"\0" * size


def _bodies_at_the_door(folder: Path, watch: Watch, large: Mapping[UUID, int]) -> Iterator[Iterator[bytes]]:
    """Whoever has taken over the public site may lay links and pipes here, and change a file while it is
    read: only plain files go into a backup, each read once, so that nobody can lead it elsewhere or stop it.
    """
    ids = sorted(lying.file_id for lying in walk(folder) if lying.file_id)
    for number, file_id in enumerate(ids, start=1):
        try:
            source = open_foreign(folder, file_id, limit=large.get(file_id, SEALED_LIMIT))
        except (FileNotFoundError, ForeignBody):
            continue  # the worker has just taken it in; or `mlinzi fsck` tells of it
        with source:
            size = os.fstat(source.fileno()).st_size
            yield archive.streamed(
                f"door/{path_of(folder, file_id).relative_to(folder)}", _Padded(source), size
            )
        watch("sealed files at the door", number, len(ids))


def _bodies_in_the_vault(folder: Path, watch: Watch) -> Iterator[Iterator[bytes]]:
    total = sum(1 for _ in stored_files(folder))
    for number, path in enumerate(stored_files(folder), start=1):
        try:
            body = path.open("rb")
        except FileNotFoundError:
            continue  # nothing named it, and somebody is sweeping
        with body:
            size = os.fstat(body.fileno()).st_size
            yield archive.streamed(f"vault/{path.relative_to(folder)}", body, size)
        watch("sealed files", number, total)


def _keys(keys: Path, counts: Counts) -> Iterator[bytes]:
    for process in FILES:
        for path in sorted((keys / process).iterdir()):
            # Connections hold passwords of this server's roles; a restored installation makes its own.
            if path.is_file() and path.name != CONNECTION and not path.name.startswith("."):
                yield from archive.member(f"keys/{process}/{path.name}", path.read_bytes())
                counts.keys += 1
