"""Make an installation from a backup, on an empty machine."""

import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.site.accounts import own_folders
from mlinzi.site.installing import Say, migrate
from mlinzi.site.saving.reading import kind_of, parts
from mlinzi.site.saving.shape import Manifest
from mlinzi.site.saving.tools import restoring, tools_for
from mlinzi.site.showing import Watch
from mlinzi.vault.files import place_for

Members = Iterable[tuple[str, IO[bytes]]]


def bring_back(
    state: Path,
    owner_url: str,
    backup: Path,
    key: envelope.PrivateKey,
    manifest: Manifest,
    *,
    by: Actor,
    now: datetime,
    say: Say,
    watch: Watch,
) -> None:
    """Write everything that a backup holds into an empty state folder and an empty database.

    1. refuse what cannot go well, 2. the database, in one transaction, 3. sealed files, 4. keys, 5. bring all
    to disk, 6. tables, roles and owners of folders as this version needs them, 7. record.

    Args:
        backup: a file that `check_whole` has read to its end. manifest: what it returned.

    Raises `Refused` or `ToolFailed`.
    """
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    if reasons := _why_not(manifest, server):
        raise Refused(reasons)
    tools = tools_for(server, at_least=manifest.tool)
    own_folders(state)
    for kind, members in groupby(parts(backup, key, watch=watch), key=lambda part: kind_of(part[0])):
        match kind:
            case "database":
                with restoring(tools, owner_url) as pipe:
                    for _, content in members:
                        shutil.copyfileobj(content, pipe)
            case "door" | "vault":
                _write_bodies(state / kind, members)
            case "keys":
                _write_keys(state, members)
    os.sync()
    migrate(state, owner_url, say)
    with transaction.atomic():
        audit.record("site.backup.restore", "site.backup", new_id(), by=by, now=now)


def _why_not(manifest: Manifest, server: int) -> list[str]:
    reasons = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        (tables,) = cursor.fetchone()
    if tables:
        reasons.append("The database is not empty; a backup is only restored into an empty one.")
    if server < manifest.server:
        reasons.append(
            f"The backup comes from PostgreSQL {manifest.server}, and this server is {server}; take one at "
            "least as new."
        )
    known = {".".join(step) for step in MigrationLoader(None).disk_migrations}
    if set(manifest.steps) - known:
        reasons.append(
            f"The backup was made by Mlinzi {manifest.version}, whose tables this version does not know; "
            "install that version or a newer one."
        )
    return reasons


def _write_bodies(folder: Path, members: Members) -> None:
    for name, content in members:
        with open(place_for(folder, UUID(name.rpartition("/")[2])), "xb") as file:
            # As door and vault themselves write them: the group may read.
            os.fchmod(file.fileno(), 0o640)
            shutil.copyfileobj(content, file)


def _write_keys(state: Path, members: Members) -> None:
    for name, content in members:
        handle = os.open(state / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(content, file)
