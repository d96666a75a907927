"""Somebody who has taken over the public site can neither stop a backup nor lead it elsewhere."""

import os
from itertools import chain
from pathlib import Path
from uuid import UUID

from mlinzi.site.saving import archive
from mlinzi.site.saving.backing import _bodies_at_the_door
from mlinzi.site.showing import unwatched
from mlinzi.vault.files import path_of
from mlinzi.vault.rules import SEALED_LIMIT


def saved_from(door: Path) -> dict[str, bytes]:
    pieces = chain.from_iterable(_bodies_at_the_door(door, unwatched, {}))
    return {name: content.read() for name, content in archive.members([*pieces, archive.closing()])}


def place(door: Path, number: int) -> Path:
    path = path_of(door, UUID(int=number << 120))
    path.parent.mkdir(parents=True)
    return path


def test_only_plain_files_at_the_door_go_into_a_backup(tmp_path: Path) -> None:
    door, secret = tmp_path / "door", tmp_path / "elsewhere" / "secret"
    secret.parent.mkdir()
    secret.write_bytes(b"the owner's key")
    whole = place(door, 1)
    whole.write_bytes(b"sealed")
    place(door, 2).symlink_to(secret)
    place(door, 3).hardlink_to(secret)
    os.mkfifo(place(door, 4))
    with place(door, 5).open("wb") as endless:
        endless.truncate(SEALED_LIMIT + 1)
    linked = place(door, 6)
    (secret.parent / linked.name).write_bytes(b"the owner's key")
    linked.parent.rmdir()
    linked.parent.symlink_to(secret.parent)
    assert saved_from(door) == {f"door/{whole.relative_to(door)}": b"sealed"}
    assert saved_from(tmp_path / "none") == {}
