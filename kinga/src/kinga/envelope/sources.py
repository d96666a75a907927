"""Where a stream comes from: a file, anything with ``read``, or an iterable of bytes; all fill buffers."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, runtime_checkable


class Source(Protocol):
    """Fills buffers, in order."""

    def fill(self, buffer: memoryview) -> int:
        """Fill ``buffer`` and return how many bytes it got; fewer than it holds only at the end."""


@runtime_checkable
class _FillsBuffers(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


@runtime_checkable
class _GivesBytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


def source_of(source: BinaryIO | Iterable[bytes]) -> Source:
    """Return what fills buffers from ``source``."""
    if isinstance(source, _FillsBuffers):
        return _Into(source)
    if isinstance(source, _GivesBytes):
        return _Chunks(_read_in_steps(source))
    return _Chunks(iter(source))


class _Into:
    """Reads without an intermediate copy."""

    def __init__(self, file: _FillsBuffers) -> None:
        self._file = file

    def fill(self, buffer: memoryview) -> int:
        held = 0
        while held < len(buffer):
            # An unbuffered file may return less than it was asked for, long before its end.
            got = self._file.readinto(buffer[held:])
            if got is None:
                raise BlockingIOError("The source has nothing yet. Give a blocking one.")
            if not got:
                break
            held += got
        return held


class _Chunks:
    """Takes pieces of any length."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def fill(self, buffer: memoryview) -> int:
        held = 0
        while held < len(buffer):
            if not self._rest:
                piece = next(self._chunks, None)
                if piece is None:
                    break
                self._rest = memoryview(piece)
                continue
            count = min(len(self._rest), len(buffer) - held)
            buffer[held : held + count] = self._rest[:count]
            self._rest = self._rest[count:]
            held += count
        return held


def _read_in_steps(file: _GivesBytes, step: int = 1 << 18) -> Iterator[bytes]:
    while piece := file.read(step):
        yield piece
