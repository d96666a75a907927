"""Sealed files on disk: written whole or not at all, found again by their id.

Whoever takes over the public site may write the door's folder: links that lead elsewhere, pipes that never
end, files without end. What lies there is therefore opened, listed and taken away by the functions with
`foreign` in their names and by `walk`, which follow no link and open nothing but plain files.
"""

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from mlinzi.kernel.errors import SendersTurn
from mlinzi.vault.rules import SEALED_LIMIT

_PART = ".part-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_LEVEL = _FOLDER | os.O_NOFOLLOW
_BODY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_OUR_FAULTS = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class ForeignBody(SendersTurn):
    """What lies at the door under this name is no file that our door writes."""


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
        handle, name = tempfile.mkstemp(prefix=_PART, dir=self._final.parent)
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


# ------------------------------------------------------------------ what somebody else may have laid there


@contextlib.contextmanager
def _opened(name: str | Path, flags: int, within: int | None = None) -> Iterator[int]:
    handle = os.open(name, flags, dir_fd=within)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _nothing_of_ours() -> Iterator[None]:
    """What the system refuses here is laid there to be refused, unless the fault is plainly ours."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _OUR_FAULTS:
            raise
        raise ForeignBody from error


@contextlib.contextmanager
def _level_of(folder: Path, path: Path) -> Iterator[int]:
    """The folder two levels down in which a file lies, reached without following a link below `folder`."""
    first, second, _name = path.relative_to(folder).parts
    with (
        _opened(folder, _FOLDER) as root,
        _nothing_of_ours(),
        _opened(first, _LEVEL, root) as upper,
        _opened(second, _LEVEL, upper) as lower,
    ):
        yield lower


def _is_plain(about: os.stat_result) -> bool:
    """A regular file that has no second name elsewhere."""
    return stat.S_ISREG(about.st_mode) and about.st_nlink <= 1


def open_foreign(folder: Path, file_id: UUID, *, limit: int = SEALED_LIMIT) -> IO[bytes]:
    """Open a body that somebody else may have laid there. It may go on changing: read no more than
    `limit`.

    Raises FileNotFoundError, or `ForeignBody` for a link, a pipe, a device, a file with a second name, one
    that is longer than any of ours.
    """
    path = path_of(folder, file_id)
    with _level_of(folder, path) as level:
        # Asked before, so that a pipe or a device is not even opened, and after, of what was opened.
        _refuse_foreign(os.stat(path.name, dir_fd=level, follow_symlinks=False), limit)
        handle = os.open(path.name, _BODY, dir_fd=level)
        try:
            _refuse_foreign(os.fstat(handle), limit)
        except ForeignBody:
            os.close(handle)
            raise
        return os.fdopen(handle, "rb")


def _refuse_foreign(about: os.stat_result, limit: int) -> None:
    if not _is_plain(about) or about.st_size > limit:
        raise ForeignBody


def remove_foreign(folder: Path, path: Path) -> None:
    """Take a name away, two levels below `folder` and nowhere else. One that is not there is fine.

    Raises `ForeignBody` where a link stands in place of a folder, or a folder in place of a file.
    """
    with contextlib.suppress(FileNotFoundError), _level_of(folder, path) as level:
        os.unlink(path.name, dir_fd=level)


@dataclass(frozen=True)
class Lying:
    """Something that lies in a folder of sealed files.

    Args:
        file_id: None for what has a name or a place that no body of ours can have.
        plain: whether it is a regular file, two levels down, without a second name.
    """

    path: Path
    changed: datetime
    file_id: UUID | None
    plain: bool

    @property
    def ours(self) -> bool:
        """Whether our own processes may have written it: a body, or what will become one."""
        return self.plain and (self.file_id is not None or self.path.name.startswith(_PART))


def walk(folder: Path) -> Iterator[Lying]:
    """Everything that lies in a folder of sealed files, but the two levels of folders themselves; in no
    order, and memory stays flat. No link is followed.
    """
    with contextlib.suppress(FileNotFoundError), _opened(folder, _FOLDER) as root:
        yield from _walk(folder, root, 2)


def _walk(place: Path, handle: int, levels: int) -> Iterator[Lying]:
    with os.scandir(handle) as entries:
        for entry in entries:
            path = place / entry.name
            try:
                about = entry.stat(follow_symlinks=False)
                if not levels or not stat.S_ISDIR(about.st_mode):
                    yield _lying(path, about, deep=not levels)
                    continue
                with _nothing_of_ours(), _opened(entry.name, _LEVEL, handle) as level:
                    yield from _walk(path, level, levels - 1)
            except FileNotFoundError:
                continue  # it had been temporary and has its name by now
            except ForeignBody:
                yield _lying(path, about, deep=False)


def _lying(path: Path, about: os.stat_result, *, deep: bool) -> Lying:
    plain = deep and _is_plain(about)
    try:
        changed = datetime.fromtimestamp(about.st_mtime, UTC)
    except (ValueError, OverflowError, OSError):
        changed = datetime.min.replace(tzinfo=UTC)  # no file of ours is from the year 10000
    return Lying(path, changed, _id_of(path) if plain else None, plain)


def _id_of(path: Path) -> UUID | None:
    try:
        file_id = UUID(path.name)
    except ValueError:
        return None
    return file_id if path_of(path.parents[2], file_id) == path else None
