"""Every change of a sealed object is found, and nothing of it is released."""

import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.envelope import (
    Damage,
    EnvelopeError,
    MemoryKeys,
    PrivateKey,
    SymmetricKey,
    Tampered,
    open_sealed,
    open_stream,
)
from kinga.envelope.body import SegmentCipher
from kinga.envelope.header import parse, unlock
from kinga.envelope.objects import _seal

CONTEXT = b"report|17|file|1"
SEGMENT = 64
PLAIN = bytes(range(200))  # three full segments and a part
STRIDE = SEGMENT + 16


@pytest.fixture(scope="module")
def sealed(desk: PrivateKey, records: SymmetricKey) -> bytes:
    """An object of four segments for the desk and the records office."""
    return _seal(PLAIN, [desk.public, records], CONTEXT, 6)


def _flips(data: bytes) -> list[bytes]:
    changed = []
    for place, bit in itertools.product(range(len(data)), range(8)):
        copy = bytearray(data)
        copy[place] ^= 1 << bit
        changed.append(bytes(copy))
    return changed


def _split(sealed: bytes) -> tuple[bytes, list[bytes]]:
    size = parse(sealed).size
    body = sealed[size:]
    return sealed[:size], [body[at : at + STRIDE] for at in range(0, len(body), STRIDE)]


def _collect(pieces: Iterator[bytes], released: bytearray) -> None:
    for piece in pieces:
        released += piece


def test_every_flipped_bit_of_a_small_object_is_found(desk: PrivateKey) -> None:
    small = _seal(b"Amina", [desk.public], CONTEXT, 20)
    assert open_sealed(small, keys=MemoryKeys(desk), context=CONTEXT) == b"Amina"
    for changed in _flips(small):
        with pytest.raises(EnvelopeError):
            open_sealed(changed, keys=MemoryKeys(desk), context=CONTEXT)


def test_every_flipped_bit_of_many_segments_and_recipients_is_found(
    sealed: bytes, desk: PrivateKey, records: SymmetricKey
) -> None:
    """Also in the wrapping that is for somebody else: each of the two tries alone."""
    for keys in (MemoryKeys(desk), MemoryKeys(records)):
        assert open_sealed(sealed, keys=keys, context=CONTEXT) == PLAIN
        for changed in _flips(sealed):
            with pytest.raises(EnvelopeError):
                open_sealed(changed, keys=keys, context=CONTEXT)


def test_every_flipped_bit_in_a_stream_stops_it_before_that_segment(
    sealed: bytes, records: SymmetricKey
) -> None:
    header, segments = _split(sealed)
    for number, body in enumerate(_flips(b"".join(segments))):
        hurt = number // 8 // STRIDE
        released = bytearray()
        pieces = open_stream(header, io.BytesIO(body), keys=MemoryKeys(records), context=CONTEXT)
        with pytest.raises(Tampered) as caught:
            _collect(pieces, released)
        assert (caught.value.segment, caught.value.damage) == (hurt, Damage.SEGMENT)
        assert released == PLAIN[: hurt * SEGMENT]


def test_every_truncation_is_found(sealed: bytes, records: SymmetricKey) -> None:
    keys = MemoryKeys(records)
    for length in range(len(sealed)):
        with pytest.raises(EnvelopeError):
            open_sealed(sealed[:length], keys=keys, context=CONTEXT)


@pytest.mark.parametrize("plain", [PLAIN, PLAIN[:128]])
def test_a_clean_cut_between_segments_is_called_by_its_name(records: SymmetricKey, plain: bytes) -> None:
    header, segments = _split(_seal(plain, [records], CONTEXT, 6))
    for left in range(1, len(segments)):
        cut = b"".join(segments[:left])
        for opened in (
            lambda cut=cut: open_sealed(header + cut, keys=MemoryKeys(records), context=CONTEXT),
            lambda cut=cut: list(
                open_stream(header, io.BytesIO(cut), keys=MemoryKeys(records), context=CONTEXT)
            ),
        ):
            with pytest.raises(Tampered) as caught:
                opened()
            assert (caught.value.damage, caught.value.segment) == (Damage.TRUNCATED, left - 1)


@given(extra=st.binary(min_size=1, max_size=200))
def test_whatever_is_appended_is_found(sealed: bytes, records: SymmetricKey, extra: bytes) -> None:
    full = _seal(PLAIN[:128], [records], CONTEXT, 6)
    with pytest.raises(Tampered) as caught:
        open_sealed(full + extra, keys=MemoryKeys(records), context=CONTEXT)
    assert caught.value.damage is Damage.APPENDED
    with pytest.raises(Tampered):
        open_sealed(sealed + extra, keys=MemoryKeys(records), context=CONTEXT)


def test_every_other_order_of_segments_is_found(sealed: bytes, records: SymmetricKey) -> None:
    header, segments = _split(sealed)
    for order in itertools.product(range(4), repeat=4):
        body = b"".join(segments[number] for number in order)
        if order == (0, 1, 2, 3):
            assert open_sealed(header + body, keys=MemoryKeys(records), context=CONTEXT) == PLAIN
            continue
        with pytest.raises(Tampered):
            open_sealed(header + body, keys=MemoryKeys(records), context=CONTEXT)


def test_a_segment_of_another_object_is_found(sealed: bytes, records: SymmetricKey) -> None:
    """The same plaintext, context and recipients: only the data key differs."""
    header, ours = _split(sealed)
    _, theirs = _split(_seal(PLAIN, [records], CONTEXT, 6))
    for number in range(4):
        mixed = [*ours[:number], theirs[number], *ours[number + 1 :]]
        with pytest.raises(Tampered) as caught:
            open_sealed(header + b"".join(mixed), keys=MemoryKeys(records), context=CONTEXT)
        assert (caught.value.damage, caught.value.segment) == (Damage.SEGMENT, number)


def test_headers_exchanged_between_objects_are_found(sealed: bytes, records: SymmetricKey) -> None:
    ours, our_segments = _split(sealed)
    theirs, their_segments = _split(_seal(PLAIN, [records], CONTEXT, 6))
    for header, segments in ((ours, their_segments), (theirs, our_segments)):
        with pytest.raises(Tampered):
            open_sealed(header + b"".join(segments), keys=MemoryKeys(records), context=CONTEXT)


def test_a_wrapping_removed_added_or_renamed_is_found(desk: PrivateKey, records: SymmetricKey) -> None:
    """Whoever can write to the store, but has no key, cannot change who is named."""
    sealed = _seal(PLAIN, [desk.public, records], CONTEXT, 6)
    other = parse(_seal(PLAIN, [SymmetricKey.generate("extra:1")], CONTEXT, 6))
    header = parse(sealed)
    first = len(header.text) - (2 + len(records.key_id) + 2 + 60)
    removed = header.text[:5] + b"\x01" + header.text[first:]
    added = header.text[:5] + b"\x03" + header.text[6:] + other.text[6:]
    renamed = header.text.replace(b"desk:1", b"desk:2")
    for text in (removed, added, renamed):
        changed = text + sealed[len(header.text) :]
        assert parse(changed).text == text
        with pytest.raises(Tampered) as caught:
            open_sealed(changed, keys=MemoryKeys(records), context=CONTEXT)
        assert caught.value.damage is Damage.HEADER


def test_a_wrapping_given_another_name_does_not_open_under_it(desk: PrivateKey) -> None:
    sealed = _seal(PLAIN, [desk.public], CONTEXT, 6)
    renamed = sealed.replace(b"desk:1", b"desk:2", 1)
    with pytest.raises(Tampered) as caught:
        open_sealed(renamed, keys=MemoryKeys(PrivateKey("desk:2", desk.raw)), context=CONTEXT)
    assert caught.value.damage is Damage.WRAP


def test_a_second_shape_of_the_same_content_is_refused(records: SymmetricKey) -> None:
    """Even from somebody with the key: an empty segment after a full one."""
    sealed = _seal(PLAIN[:64], [records], CONTEXT, 6)
    header = parse(sealed)
    cipher = SegmentCipher(unlock(header, MemoryKeys(records), CONTEXT), CONTEXT, 6)
    full = cipher.encrypt(memoryview(PLAIN[:64]), 0, last=False)
    empty = cipher.encrypt(memoryview(b""), 1, last=True)
    with pytest.raises(Tampered):
        open_sealed(sealed[: header.size] + full + empty, keys=MemoryKeys(records), context=CONTEXT)


def test_messages_tell_neither_content_nor_context_nor_key(sealed: bytes, records: SymmetricKey) -> None:
    planted = b"canary-4711"
    told = _seal(planted, [records], planted, 6)
    for changed, context in ((told[:-1] + b"!", planted), (told, b"canary-other"), (told[:30], planted)):
        with pytest.raises(EnvelopeError) as caught:
            open_sealed(changed, keys=MemoryKeys(records), context=context)
        shown = f"{caught.value} {caught.value!r} {caught.value.__cause__} {caught.value.__dict__}"
        assert "canary" not in shown
        assert records.raw.hex() not in shown
