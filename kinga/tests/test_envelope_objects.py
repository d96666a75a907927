"""Whoever is named can open, nobody else; and what is sealed small stays small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.envelope import (
    Damage,
    Malformed,
    MemoryKeys,
    NotForUs,
    PrivateKey,
    PublicKey,
    SymmetricKey,
    Tampered,
    open_sealed,
    recipients_of,
    rewrap,
    seal,
)
from kinga.envelope.header import parse, unlock
from kinga.envelope.objects import _seal

CONTEXT = b"report|17|narrative"


@given(plain=st.binary(max_size=400), context=st.binary(max_size=60), segment_log2=st.integers(6, 9))
def test_every_content_comes_back(
    desk: PrivateKey, records: SymmetricKey, plain: bytes, context: bytes, segment_log2: int
) -> None:
    sealed = _seal(plain, [desk.public, records], context, segment_log2)
    assert open_sealed(sealed, keys=MemoryKeys(desk), context=context) == plain
    assert open_sealed(sealed, keys=MemoryKeys(records), context=context) == plain


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2**21, 2**21 + 7])
def test_lengths_around_a_segment_come_back(records: SymmetricKey, size: int) -> None:
    plain = bytes(number % 251 for number in range(size))
    sealed = seal(plain, to=[records], context=CONTEXT)
    assert open_sealed(sealed, keys=MemoryKeys(records), context=CONTEXT) == plain


def test_only_the_named_can_open(desk: PrivateKey, records: SymmetricKey, stranger: PrivateKey) -> None:
    sealed = seal(b"Habari", to=[desk.public], context=CONTEXT)
    assert open_sealed(sealed, keys=MemoryKeys(stranger, desk), context=CONTEXT) == b"Habari"
    for keys in (MemoryKeys(stranger), MemoryKeys(records), MemoryKeys()):
        with pytest.raises(NotForUs, match="desk:1"):
            open_sealed(sealed, keys=keys, context=CONTEXT)


def test_another_key_under_the_same_id_does_not_open(desk: PrivateKey, records: SymmetricKey) -> None:
    for right, wrong in (
        (desk, PrivateKey.generate(desk.key_id)),
        (records, SymmetricKey.generate(records.key_id)),
    ):
        to = right.public if isinstance(right, PrivateKey) else right
        sealed = seal(b"Habari", to=[to], context=CONTEXT)
        assert open_sealed(sealed, keys=MemoryKeys(right), context=CONTEXT) == b"Habari"
        with pytest.raises(Tampered) as caught:
            open_sealed(sealed, keys=MemoryKeys(wrong), context=CONTEXT)
        assert caught.value.damage is Damage.WRAP


def test_a_key_of_another_kind_under_the_same_id_is_not_ours(desk: PrivateKey) -> None:
    sealed = seal(b"Habari", to=[desk.public], context=CONTEXT)
    with pytest.raises(NotForUs):
        open_sealed(sealed, keys=MemoryKeys(SymmetricKey(desk.key_id, desk.raw)), context=CONTEXT)


@given(other=st.binary(max_size=40).filter(lambda context: context != CONTEXT))
def test_only_the_same_context_opens(desk: PrivateKey, records: SymmetricKey, other: bytes) -> None:
    for to, keys in ((desk.public, MemoryKeys(desk)), (records, MemoryKeys(records))):
        sealed = seal(b"Habari", to=[to], context=CONTEXT)
        assert open_sealed(sealed, keys=keys, context=CONTEXT) == b"Habari"
        with pytest.raises(Tampered):
            open_sealed(sealed, keys=keys, context=other)


def test_the_context_is_bound_to_the_header_and_the_body_too(records: SymmetricKey) -> None:
    """A key service that unwraps without looking at the context must not open the door for others."""

    class Careless(MemoryKeys):
        def unwrap(self, stanza: object, context: bytes) -> bytes | None:
            return data_key

    sealed = seal(b"Habari", to=[records], context=CONTEXT)
    data_key = unlock(parse(sealed), MemoryKeys(records), CONTEXT)
    assert open_sealed(sealed, keys=Careless(), context=CONTEXT) == b"Habari"
    with pytest.raises(Tampered) as caught:
        open_sealed(sealed, keys=Careless(), context=b"report|18|narrative")
    assert caught.value.damage is Damage.HEADER


def test_a_holder_that_returns_no_data_key_is_refused(records: SymmetricKey) -> None:
    class Broken(MemoryKeys):
        def unwrap(self, stanza: object, context: bytes) -> bytes | None:
            return b"short"

    with pytest.raises(Malformed, match="wrong length"):
        open_sealed(seal(b"", to=[records], context=CONTEXT), keys=Broken(), context=CONTEXT)


@pytest.mark.parametrize("size", [0, 20, 1000])
def test_small_objects_stay_small(size: int) -> None:
    intake, numbered = PrivateKey.generate("intake:1"), SymmetricKey.generate("records:3")
    assert len(seal(bytes(size), to=[intake.public], context=CONTEXT)) - size < 150
    assert len(seal(bytes(size), to=[numbered], context=CONTEXT)) - size < 130


def test_no_two_objects_share_a_key_or_a_nonce(desk: PrivateKey, records: SymmetricKey) -> None:
    sealed = [seal(b"Habari", to=[desk.public, records], context=CONTEXT) for _ in range(200)]
    headers = [parse(one) for one in sealed]
    assert len({unlock(header, MemoryKeys(records), CONTEXT) for header in headers}) == 200
    assert len({header.stanzas[0].wrapped[:32] for header in headers}) == 200  # HPKE's one-time public keys
    assert len({header.stanzas[1].wrapped[:12] for header in headers}) == 200  # AES-GCM's nonces
    assert len({one[header.size :] for one, header in zip(sealed, headers, strict=True)}) == 200


@given(plain=st.binary(max_size=300))
def test_rewrapping_changes_who_opens_and_no_byte_of_the_body(
    desk: PrivateKey, records: SymmetricKey, plain: bytes
) -> None:
    sealed = _seal(plain, [desk.public], CONTEXT, 6)
    moved = rewrap(sealed, keys=MemoryKeys(desk), to=[records], context=CONTEXT)
    assert moved[parse(moved).size :] == sealed[parse(sealed).size :]
    assert open_sealed(moved, keys=MemoryKeys(records), context=CONTEXT) == plain
    with pytest.raises(NotForUs):
        open_sealed(moved, keys=MemoryKeys(desk), context=CONTEXT)


def test_a_header_alone_can_be_rewrapped(desk: PrivateKey, records: SymmetricKey) -> None:
    sealed = _seal(bytes(200), [desk.public], CONTEXT, 6)
    size = parse(sealed).size
    header = rewrap(sealed[:size], keys=MemoryKeys(desk), to=[records, desk.public], context=CONTEXT)
    assert recipients_of(header) == ("records:3", "desk:1")
    assert parse(header).size == len(header)
    assert open_sealed(header + sealed[size:], keys=MemoryKeys(records), context=CONTEXT) == bytes(200)


def test_rewrapping_needs_the_key_the_context_and_an_intact_header(
    desk: PrivateKey, records: SymmetricKey, stranger: PrivateKey
) -> None:
    sealed = seal(b"Habari", to=[desk.public], context=CONTEXT)
    with pytest.raises(NotForUs):
        rewrap(sealed, keys=MemoryKeys(stranger), to=[records], context=CONTEXT)
    with pytest.raises(Tampered):
        rewrap(sealed, keys=MemoryKeys(desk), to=[records], context=b"other")
    last = parse(sealed).size - 1
    with pytest.raises(Tampered):
        rewrap(
            sealed[:last] + bytes([sealed[last] ^ 1]), keys=MemoryKeys(desk), to=[records], context=CONTEXT
        )
    assert rewrap(sealed, keys=MemoryKeys(desk), to=[records], context=CONTEXT)


def test_recipients_are_seen_without_a_key(desk: PrivateKey, records: SymmetricKey) -> None:
    sealed = seal(b"Habari", to=[records, desk.public], context=CONTEXT)
    assert recipients_of(sealed) == ("records:3", "desk:1")
    with pytest.raises(Malformed):
        recipients_of(b"Habari, this was never sealed")


def test_sealing_for_nobody_or_twice_for_one_is_refused(desk: PrivateKey) -> None:
    with pytest.raises(ValueError, match="at least one"):
        seal(b"Habari", to=[], context=CONTEXT)
    with pytest.raises(ValueError, match="same key id"):
        seal(b"Habari", to=[desk.public, desk.public], context=CONTEXT)
    many = [SymmetricKey.generate(f"k:{number}") for number in range(256)]
    with pytest.raises(ValueError, match="at most 255"):
        seal(b"Habari", to=many, context=CONTEXT)
    sealed = seal(b"Habari", to=many[:255], context=CONTEXT)
    assert open_sealed(sealed, keys=MemoryKeys(many[254]), context=CONTEXT) == b"Habari"


@pytest.mark.parametrize("raw", [bytes(32), b"\1" + bytes(31)])
def test_a_public_key_that_hides_nothing_is_refused(raw: bytes) -> None:
    """Points of low order: the shared secret would be known to everybody."""
    with pytest.raises(Malformed, match="bad:1 is not a usable"):
        seal(b"Habari", to=[PublicKey("bad:1", raw)], context=CONTEXT)
