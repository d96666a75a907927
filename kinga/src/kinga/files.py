"""Files that are written whole or not at all; and private ones, read only if nobody else can read them.

Invariants: a reader sees the old file or the new one, never a half; a private file is refused while the
group or others may read it. POSIX only, because the second promise needs POSIX permissions.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "key"
    >>> write_whole(path, b"secret", mode=0o600)
    >>> read_private(path)
    b'secret'
    >>> path.chmod(0o644)
    >>> read_private(path)
    Traceback (most recent call last):
    kinga.files.ExposedFile: Others can read or change this key file. Take their rights away (chmod 600): key
"""

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


class ExposedFile(PermissionError):
    """Others can read or change this key file. Take their rights away (chmod 600)"""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{self.__doc__}: {path.name}")


def write_whole(path: Path, data: bytes, *, mode: int, replace: bool = False) -> None:
    """Write ``data`` to ``path`` as `appearing` does, on disk for good when this returns."""
    with appearing(path, mode=mode, replace=replace) as file:
        file.write(data)


@contextlib.contextmanager
def appearing(path: Path, *, mode: int | None = None, replace: bool = False) -> Iterator[BinaryIO]:
    """A file to write to that is called ``path`` when the block ends, and nothing when the block raises.

    Args:
        mode: its permissions; None leaves them to the umask.

    1. Write a new file beside it, with its permissions from the first byte.
    2. Bring it to disk.
    3. Give it its name. Without ``replace``, raises FileExistsError when the name is taken.
    4. Bring the name to disk.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    handle = os.open(fresh, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)  # os.open's mode is narrowed by the umask; this one is meant
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(fresh, path)
        else:
            os.link(fresh, path)  # unlike rename, a link never destroys a key that is already there
    finally:
        fresh.unlink(missing_ok=True)
    with _opened_folder(path.parent) as folder:
        os.fsync(folder)


def read_private(path: Path, *, allow_shared: bool = False) -> bytes:
    """Return the content of ``path``.

    Raises ExposedFile when its group or others have any right on it, unless ``allow_shared`` is given;
    OSError when it cannot be read.
    """
    with path.open("rb") as file:
        # Asked of the open file, not of its name: the name could point elsewhere a moment later.
        mode = os.fstat(file.fileno()).st_mode
        if not allow_shared and stat.S_IMODE(mode) & 0o077:
            raise ExposedFile(path)
        return file.read()


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process changes files in ``folder``, and hold others off meanwhile.

    Without it two rotations at one moment would each read the old file, and one new key would be lost.
    """
    with _opened_folder(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released when the handle is closed, also by a kill
        yield


@contextlib.contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
