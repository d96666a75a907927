"""Files of any size, in constant memory, from and to whatever reads and writes."""

import io
import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.envelope import (
    Malformed,
    MemoryKeys,
    NotForUs,
    PrivateKey,
    SymmetricKey,
    Tampered,
    open_sealed,
    open_stream,
    rewrap,
    seal_stream,
)
from kinga.envelope.body import SegmentCipher
from kinga.envelope.objects import _seal_stream

CONTEXT = b"report|17|file|1"
MEBIBYTE = 1 << 20


class Dribble(io.RawIOBase):
    """A source and sink like a pipe: takes and gives only a few bytes at a time."""

    def __init__(self, content: bytes = b"", step: int = 7) -> None:
        self.content, self.step, self.at = bytearray(content), step, 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.content[self.at : self.at + min(self.step, len(buffer))]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def write(self, data: Any) -> int:
        taken = bytes(data[: self.step])
        self.content += taken
        return len(taken)


class OnlyRead:
    """A source that has ``read`` and nothing else, such as an upload."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 5))


@given(
    plain=st.binary(max_size=400),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    segment_log2=st.integers(6, 9),
)
def test_every_source_gives_the_same_content(
    records: SymmetricKey, plain: bytes, cuts: list[int], segment_log2: int
) -> None:
    edges = [0, *sorted(cuts), len(plain)]
    chunks = [plain[low:high] for low, high in itertools.pairwise(edges)]
    sources = [io.BytesIO(plain), cast(Any, Dribble(plain)), cast(Any, OnlyRead(plain)), chunks, iter(chunks)]
    for source in sources:
        body = io.BytesIO()
        header = _seal_stream(source, body, [records], CONTEXT, segment_log2)
        assert open_sealed(header + body.getvalue(), keys=MemoryKeys(records), context=CONTEXT) == plain
        body.seek(0)
        pieces = list(open_stream(header, body, keys=MemoryKeys(records), context=CONTEXT))
        assert b"".join(pieces) == plain
        assert all(len(piece) == 1 << segment_log2 for piece in pieces[:-1])


def test_a_pipe_that_takes_little_at_a_time_loses_nothing(records: SymmetricKey) -> None:
    pipe = Dribble(step=11)
    header = _seal_stream(io.BytesIO(bytes(500)), cast(Any, pipe), [records], CONTEXT, 6)
    opened = open_stream(header, cast(Any, pipe), keys=MemoryKeys(records), context=CONTEXT)
    assert b"".join(opened) == bytes(500)


def test_a_file_goes_to_disk_and_back(tmp_path: Path, desk: PrivateKey, records: SymmetricKey) -> None:
    plain = bytes(number % 253 for number in range(3 * MEBIBYTE + 5))
    (tmp_path / "plain").write_bytes(plain)
    with (tmp_path / "plain").open("rb") as source, (tmp_path / "body").open("wb", buffering=0) as sink:
        header = seal_stream(source, cast(Any, sink), to=[desk.public], context=CONTEXT)
    before = (tmp_path / "body").read_bytes()
    header = rewrap(header, keys=MemoryKeys(desk), to=[records], context=CONTEXT)
    assert (tmp_path / "body").read_bytes() == before
    with (tmp_path / "body").open("rb") as source:
        assert b"".join(open_stream(header, source, keys=MemoryKeys(records), context=CONTEXT)) == plain


def test_what_does_not_block_is_refused_and_not_cut_short(records: SymmetricKey) -> None:
    class Deaf(Dribble):
        def write(self, data: Any) -> Any:
            return None

    class Silent(Dribble):
        def readinto(self, buffer: Any) -> Any:
            return None

    with pytest.raises(BlockingIOError, match="sink"):
        seal_stream(io.BytesIO(b"Habari"), cast(Any, Deaf()), to=[records], context=CONTEXT)
    with pytest.raises(BlockingIOError, match="source"):
        seal_stream(cast(Any, Silent()), io.BytesIO(), to=[records], context=CONTEXT)


def test_a_wrong_key_or_header_is_told_before_the_first_piece_is_asked_for(
    records: SymmetricKey, stranger: PrivateKey
) -> None:
    body = io.BytesIO()
    header = seal_stream(io.BytesIO(b"Habari"), body, to=[records], context=CONTEXT)
    with pytest.raises(NotForUs):
        open_stream(header, body, keys=MemoryKeys(stranger), context=CONTEXT)
    with pytest.raises(Tampered):
        open_stream(header, body, keys=MemoryKeys(records), context=b"other")
    with pytest.raises(Malformed, match="follows its header"):
        open_stream(header + b"x", body, keys=MemoryKeys(records), context=CONTEXT)


def test_nothing_reaches_the_sink_when_the_recipients_are_refused() -> None:
    sink = io.BytesIO()
    with pytest.raises(ValueError, match="at least one"):
        seal_stream(io.BytesIO(b"Habari"), sink, to=[], context=CONTEXT)
    assert sink.getvalue() == b""


def test_a_source_that_fails_half_way_fails_the_sealing(records: SymmetricKey) -> None:
    def broken() -> Iterator[bytes]:
        yield b"Habari"
        raise ConnectionResetError("the sender hung up")

    with pytest.raises(ConnectionResetError):
        seal_stream(broken(), io.BytesIO(), to=[records], context=CONTEXT)


def test_no_segment_number_comes_twice() -> None:
    cipher = SegmentCipher(bytes(32), CONTEXT, 6)
    assert cipher.encrypt(memoryview(b"x"), 2**32 - 1, last=True)
    with pytest.raises(ValueError, match="Split it"):
        cipher.encrypt(memoryview(b"x"), 2**32, last=True)


class Sink(io.RawIOBase):
    """Counts and forgets."""

    count = 0

    def write(self, data: Any) -> int:
        self.count += len(data)
        return len(data)


def _peak_while_sealing(mebibytes: int, key: SymmetricKey) -> int:
    piece = bytes(MEBIBYTE)
    tracemalloc.start()
    sink = Sink()
    seal_stream((piece for _ in range(mebibytes)), cast(Any, sink), to=[key], context=CONTEXT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sink.count == mebibytes * (MEBIBYTE + 16)
    return peak


def test_memory_is_flat_while_sealing(records: SymmetricKey) -> None:
    small, large = _peak_while_sealing(4, records), _peak_while_sealing(64, records)
    assert large < 4 * MEBIBYTE
    assert large - small < MEBIBYTE // 4


def test_memory_is_flat_while_opening(tmp_path: Path, records: SymmetricKey) -> None:
    piece = bytes(MEBIBYTE)
    with (tmp_path / "body").open("wb") as sink:
        header = seal_stream((piece for _ in range(64)), sink, to=[records], context=CONTEXT)
    tracemalloc.start()
    with (tmp_path / "body").open("rb") as source:
        total = sum(len(p) for p in open_stream(header, source, keys=MemoryKeys(records), context=CONTEXT))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64 * MEBIBYTE
    assert peak < 5 * MEBIBYTE
