"""Sealed files on disk: written whole or not at all, found again by their id."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from uuid import UUID


def path_of(folder: Path, file_id: UUID) -> Path:
    """Where a file lies: two levels of folders, so that none grows too large to list."""
    name = file_id.hex
    return folder / name[:2] / name[2:4] / name


def place_for(folder: Path, file_id: UUID) -> Path:
    """The same, with its two levels of folders made: on disk for good, and open to the group, whatever our
    umask is. The staff site and the worker share the vault, each under its own account.
    """
    final = path_of(folder, file_id)
    folder.mkdir(parents=True, exist_ok=True)
    for level in (final.parent.parent, final.parent):
        try:
            level.mkdir()
        except FileExistsError:
            continue
        level.chmod(0o2770)
        _to_disk(level.parent)
    return final


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class WholeFile:
    """A file that appears only when everything was written and synced.

    A kill before `commit` leaves a temporary file that `mlinzi fsck` sweeps, never half an object.
    """

    def __init__(self, folder: Path, file_id: UUID) -> None:
        self._final = place_for(folder, file_id)
        handle, name = tempfile.mkstemp(prefix=".part-", dir=self._final.parent)
        self._temporary = Path(name)
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def commit(self) -> bytes:
        """Make the file appear: sync it, give it its name, sync the folder. Returns the SHA-256 of what lies
        there.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        # The group may read: the staff site and the worker share the vault, each under its own account.
        os.fchmod(self._file.fileno(), 0o640)
        self._file.close()
        self._temporary.rename(self._final)
        _to_disk(self._final.parent)
        return self._digest.digest()

    def abandon(self) -> None:
        # Closing writes what is still held, which a full disk refuses once more; it is thrown away anyway.
        with contextlib.suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def stored_files(folder: Path) -> Iterator[Path]:
    """All whole files that lie in the vault, by id; memory stays flat however many there are."""
    for level in sorted(folder.glob("*/*")):
        yield from sorted(path for path in level.iterdir() if len(path.name) == 32 and path.is_file())
