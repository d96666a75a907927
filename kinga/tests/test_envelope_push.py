"""Content that arrives in pieces is sealed as it comes, in the format of every other stream."""

import io
import itertools
import tracemalloc
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.envelope import (
    Damage,
    Malformed,
    MemoryKeys,
    PrivateKey,
    Sealer,
    SymmetricKey,
    Tampered,
    open_sealed,
    open_stream,
    plain_size,
    recipients_of,
    rewrap,
    seal,
)
from kinga.envelope.body import SegmentCipher, SegmentWriter, encrypt_all
from kinga.envelope.sources import source_of

CONTEXT = b"report|17|file|1"
MEBIBYTE = 1 << 20
SMALL = 64
EDGES = [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL - 1, 2 * SMALL, 2 * SMALL + 1, 5 * SMALL]


class SmallSealer(Sealer):
    """Segments of 64 bytes, so that a small content has many."""

    _segment_log2 = 6


def pushed(plain: bytes, cuts: list[int], key: SymmetricKey) -> tuple[bytes, bytes]:
    """Header and body of a content that came in pieces, cut at these places."""
    body = io.BytesIO()
    sealer = SmallSealer(body, to=[key], context=CONTEXT)
    for low, high in itertools.pairwise([0, *sorted(cut % (len(plain) + 1) for cut in cuts), len(plain)]):
        assert sealer.write(plain[low:high]) == high - low
    return sealer.finish(), body.getvalue()


def opened(header: bytes, body: bytes, key: SymmetricKey) -> bytes:
    stream = open_stream(header, io.BytesIO(body), keys=MemoryKeys(key), context=CONTEXT)
    return b"".join(stream)


@given(
    plain=st.binary(max_size=400) | st.sampled_from([bytes(size) for size in EDGES]),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_content_in_any_pieces_opens_as_it_was(records: SymmetricKey, plain: bytes, cuts: list[int]) -> None:
    header, body = pushed(plain, cuts, records)
    assert opened(header, body, records) == plain
    assert open_sealed(header + body, keys=MemoryKeys(records), context=CONTEXT) == plain
    assert plain_size(header, len(body)) == len(plain)


@given(
    plain=st.binary(max_size=400) | st.sampled_from([bytes(size) for size in EDGES]),
    step=st.integers(1, 200),
    data_key=st.binary(min_size=32, max_size=32),
)
def test_pushing_and_pulling_give_the_same_bytes(plain: bytes, step: int, data_key: bytes) -> None:
    cipher, pulled, given_away = SegmentCipher(data_key, CONTEXT, 6), io.BytesIO(), io.BytesIO()
    encrypt_all(source_of(io.BytesIO(plain)), pulled, cipher)
    writer = SegmentWriter(given_away, cipher)
    for at in range(0, len(plain), step):
        writer.write(plain[at : at + step])
    writer.finish()
    assert given_away.getvalue() == pulled.getvalue()


@pytest.mark.parametrize("size", [0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE])
def test_whole_segments_of_a_mebibyte_have_the_shape_of_seal(records: SymmetricKey, size: int) -> None:
    plain, body = bytes(number % 251 for number in range(size)), io.BytesIO()
    sealer = Sealer(body, to=[records], context=CONTEXT)
    for at in range(0, size, 65_536):
        sealer.write(memoryview(plain)[at : at + 65_536])
    header = sealer.finish()
    assert len(header + body.getvalue()) == len(seal(plain, to=[records], context=CONTEXT))
    assert opened(header, body.getvalue(), records) == plain
    assert plain_size(header, len(body.getvalue())) == size


def test_the_header_is_known_from_the_beginning_and_can_be_wrapped_anew(
    desk: PrivateKey, records: SymmetricKey
) -> None:
    body = io.BytesIO()
    sealer = Sealer(body, to=[desk.public], context=CONTEXT)
    header = sealer.header
    sealer.write(b"Habari")
    assert sealer.finish() == header
    assert recipients_of(header) == (desk.key_id,)
    moved = rewrap(header, keys=MemoryKeys(desk), to=[records], context=CONTEXT)
    assert opened(moved, body.getvalue(), records) == b"Habari"


@given(
    plain=st.binary(min_size=1, max_size=300),
    at=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
def test_each_changed_bit_each_cut_and_each_byte_more_is_found(
    records: SymmetricKey, plain: bytes, at: int, bit: int
) -> None:
    header, body = pushed(plain, [], records)
    flipped = bytearray(body)
    flipped[at % len(body)] ^= 1 << bit
    for changed in (bytes(flipped), body[: at % len(body)], body + b"x"):
        with pytest.raises(Tampered):
            opened(header, changed, records)
    other_header, _ = pushed(plain, [], records)
    with pytest.raises(Tampered):
        opened(other_header, body, records)


@given(size=st.integers(0, 5 * SMALL))
def test_what_was_never_finished_does_not_open(records: SymmetricKey, size: int) -> None:
    body = io.BytesIO()
    sealer = SmallSealer(body, to=[records], context=CONTEXT)
    sealer.write(bytes(size))
    with pytest.raises(Tampered):
        opened(sealer.header, body.getvalue(), records)


def test_a_clean_cut_is_called_one(records: SymmetricKey) -> None:
    header, body = pushed(bytes(3 * SMALL), [], records)
    with pytest.raises(Tampered) as found:
        opened(header, body[: 2 * (SMALL + 16)], records)
    assert found.value.damage is Damage.TRUNCATED


def test_after_the_end_and_after_a_sink_that_failed_nothing_more_is_taken(records: SymmetricKey) -> None:
    class Fills(io.RawIOBase):
        """A disk with room for one segment."""

        def __init__(self) -> None:
            self.taken: list[bytes] = []

        def write(self, data: Any) -> int:
            if self.taken:
                raise OSError(28, "No space left on device")
            self.taken.append(bytes(data))
            return len(data)

    done = Sealer(io.BytesIO(), to=[records], context=CONTEXT)
    done.finish()
    full = SmallSealer(cast(Any, Fills()), to=[records], context=CONTEXT)
    with pytest.raises(OSError, match="No space"):
        full.write(bytes(3 * SMALL))
    # Otherwise a nonce would be used for two contents.
    for sealer in (done, full):
        for act in (sealer.finish, lambda sealer=sealer: sealer.write(b"more")):
            with pytest.raises(ValueError, match="Seal anew"):
                act()


def test_nothing_reaches_the_sink_when_the_recipients_are_refused() -> None:
    sink = io.BytesIO()
    with pytest.raises(ValueError, match="at least one"):
        Sealer(sink, to=[], context=CONTEXT)
    assert sink.getvalue() == b""


@pytest.mark.parametrize("size", [-1, 0, 15, SMALL + 16 + 1, SMALL + 16 + 16, 2 * (SMALL + 16) + 3])
def test_a_length_that_no_body_has_is_refused(records: SymmetricKey, size: int) -> None:
    header, _ = pushed(b"", [], records)
    with pytest.raises(Malformed, match="length"):
        plain_size(header, size)


class Forgets(io.RawIOBase):
    """Counts and forgets."""

    count = 0

    def write(self, data: Any) -> int:
        self.count += len(data)
        return len(data)


def test_memory_stays_at_two_segments(records: SymmetricKey) -> None:
    piece, sink = bytes(65_536), Forgets()
    tracemalloc.start()
    sealer = Sealer(cast(Any, sink), to=[records], context=CONTEXT)
    for _ in range(64 * 16):
        sealer.write(piece)
    sealer.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sink.count == 64 * (MEBIBYTE + 16)
    assert peak < 2 * MEBIBYTE + 200_000
