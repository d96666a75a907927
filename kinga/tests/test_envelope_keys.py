"""Keys have names and lengths, and never show themselves."""

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.envelope import MemoryKeys, PrivateKey, PublicKey, SymmetricKey, open_sealed, seal

SEED = bytes(range(32))


@pytest.mark.parametrize("made", [PrivateKey, SymmetricKey])
def test_secret_keys_do_not_show_themselves(made: type[PrivateKey] | type[SymmetricKey]) -> None:
    key = made("desk:1", SEED)
    for shown in (repr(key), str(key), f"{key}", repr([key]), repr(MemoryKeys(key))):
        assert "desk:1" in shown
        assert "raw" not in shown
        assert repr(SEED) not in shown
        assert SEED.hex() not in shown


def test_a_public_key_may_be_shown_and_belongs_to_its_private_key() -> None:
    key = PrivateKey.generate("desk:1")
    assert key.public == PrivateKey("desk:1", key.raw).public
    assert repr(key.public.raw) in repr(key.public)
    assert key.public != PrivateKey.generate("desk:1").public


@pytest.mark.parametrize("made", [PublicKey, PrivateKey, SymmetricKey])
def test_a_key_has_32_bytes_and_a_printable_id(
    made: type[PublicKey] | type[PrivateKey] | type[SymmetricKey],
) -> None:
    assert made("a" * 64, bytes(32)).key_id == "a" * 64
    for key_id in ("", "a" * 65, "two words", "line\nbreak", "jina-lá", "nul\0"):
        with pytest.raises(ValueError, match="key id"):
            made(key_id, bytes(32))
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match=f"not {length}"):
            made("desk:1", bytes(length))


def test_keys_cannot_be_changed() -> None:
    key = SymmetricKey.generate("records:1")
    with pytest.raises(FrozenInstanceError):
        key.raw = bytes(32)  # type: ignore[misc]


def test_a_seed_gives_the_same_key_every_time_and_not_itself() -> None:
    key = PrivateKey.from_seed("recovery", SEED)
    assert key == PrivateKey.from_seed("recovery", SEED)
    assert key.raw != SEED
    assert key.raw != PrivateKey.from_seed("recovery", SEED[::-1]).raw
    sealed = seal(b"Habari", to=[key.public], context=b"c")
    assert (
        open_sealed(sealed, keys=MemoryKeys(PrivateKey.from_seed("recovery", SEED)), context=b"c")
        == b"Habari"
    )
    for length in (0, 16, 33):
        with pytest.raises(ValueError, match="seed has 32"):
            PrivateKey.from_seed("recovery", bytes(length))


def test_generated_keys_are_all_different() -> None:
    assert len({PrivateKey.generate("a").raw for _ in range(100)}) == 100
    assert len({SymmetricKey.generate("a").raw for _ in range(100)}) == 100


def test_two_keys_with_one_id_are_refused() -> None:
    first, second = SymmetricKey.generate("records:1"), SymmetricKey.generate("records:1")
    assert "records:2" in repr(MemoryKeys(first, SymmetricKey.generate("records:2")))
    with pytest.raises(ValueError, match="same id"):
        MemoryKeys(first, second)


@given(key_id=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64))
def test_every_allowed_id_survives_the_journey(key_id: str) -> None:
    for key in (PrivateKey.generate(key_id), SymmetricKey.generate(key_id)):
        to = key.public if isinstance(key, PrivateKey) else key
        assert open_sealed(seal(b"x", to=[to], context=b""), keys=MemoryKeys(key), context=b"") == b"x"


def test_keys_travel_between_processes_of_one_program() -> None:
    key = PrivateKey.generate("desk:1")
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - our own bytes
