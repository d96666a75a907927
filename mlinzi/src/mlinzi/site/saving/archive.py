"""A tar archive as a stream of bytes, in both directions; memory stays flat however large the files are."""

import io
import re
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, Protocol

from mlinzi.kernel.errors import OurTurn
from mlinzi.site.keys import FILES
from mlinzi.site.saving.shape import END, MANIFEST, Damaged

_STEP = 1 << 20
# Names that can be in a backup. Whoever has the public key can make a false one: no name may lead elsewhere.
_NAMES = re.compile(
    rf"{MANIFEST}|{END}|database/\d{{6}}"
    r"|(?:door|vault)/(?P<a>[0-9a-f]{2})/(?P<b>[0-9a-f]{2})/(?P=a)(?P=b)[0-9a-f]{28}"
    rf"|keys/(?:{'|'.join(FILES)})/[a-z0-9][a-z0-9.-]{{0,60}}".replace(".json", r"\.json")
)


class Readable(Protocol):
    """What can be read piece by piece."""

    def read(self, size: int, /) -> bytes: ...


def member(name: str, content: bytes) -> Iterator[bytes]:
    """A member whose content is at hand."""
    return streamed(name, io.BytesIO(content), len(content))


def streamed(name: str, source: Readable, size: int) -> Iterator[bytes]:
    """A member of `size` bytes, read from `source` piece by piece. Raises `OurTurn` when there are fewer."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    yield info.tobuf(tarfile.PAX_FORMAT)
    left = size
    while left:
        piece = source.read(min(left, _STEP))
        if not piece:
            raise OurTurn(f"{name} became shorter while it was read. Run `mlinzi fsck`, then try again.")
        left -= len(piece)
        yield piece
    yield b"\0" * (-size % tarfile.BLOCKSIZE)


def closing() -> bytes:
    """What ends an archive."""
    return b"\0" * (2 * tarfile.BLOCKSIZE)


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def members(pieces: Iterable[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    """The members of an archive in order: name, and content to be read before the next one is asked for.

    Reads to the very end of `pieces`, so that whatever checks them has seen all. Raises `Damaged` for what is
    no archive of ours.
    """
    with io.BufferedReader(_Stream(pieces), _STEP) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
                for info in archive:
                    content = archive.extractfile(info) if info.isreg() else None
                    if content is None or not _NAMES.fullmatch(info.name):
                        raise Damaged
                    yield info.name, content
                    archive.members = []  # type: ignore[attr-defined] # else every member's description would be kept until the end
        except tarfile.TarError:
            raise Damaged from None
        while stream.read(_STEP):
            continue
