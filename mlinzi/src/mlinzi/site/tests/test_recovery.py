"""The recovery key: any two of three shares make it, and nothing less does."""

from itertools import combinations
from pathlib import Path

import pytest

from kinga import envelope
from mlinzi.site.recovery import NEEDED, SHARES, WrongShares, make_recovery_key, recovery_key, shares_lie_here


@pytest.fixture
def shares(tmp_path: Path) -> list[str]:
    make_recovery_key(tmp_path, tmp_path / "recovery")
    return [path.read_text() for path in shares_lie_here(tmp_path)]


def test_any_two_of_three_open_what_was_sealed_for_the_recovery_key(
    tmp_path: Path, shares: list[str]
) -> None:
    public = envelope.read_public(tmp_path / "recovery.pub")
    sealed = envelope.seal(b"everything", to=[public], context=b"test")
    assert (len(shares), NEEDED) == (SHARES, 2)
    for two in combinations(shares, NEEDED):
        keys = envelope.MemoryKeys(recovery_key(two))
        assert envelope.open_sealed(sealed, keys=keys, context=b"test") == b"everything"


def test_words_survive_being_typed_from_paper(shares: list[str]) -> None:
    typed = [f"  {share.upper().replace(' ', chr(10))} \n" for share in shares]
    assert recovery_key(typed[:2]).raw == recovery_key(shares[1:]).raw


def test_one_share_the_same_twice_or_a_changed_word_make_nothing(shares: list[str], tmp_path: Path) -> None:
    words = shares[0].split()
    changed = " ".join([*words[:5], "zero" if words[5] != "zero" else "academic", *words[6:]])
    make_recovery_key(tmp_path, tmp_path / "other")
    foreign = sorted((tmp_path / "other").iterdir())[0].read_text()
    for wrong in (
        [shares[0]],
        [shares[0], shares[0]],
        [changed, shares[1]],
        [foreign, shares[1]],
        ["", ""],
        [],
    ):
        with pytest.raises(WrongShares) as refusal:
            recovery_key(wrong)
        assert not set(str(refusal.value).lower().split()) & set(shares[1].split()[6:])
    assert recovery_key(shares[:2]).raw


def test_shares_are_for_their_keeper_alone_and_the_key_is_written_nowhere(
    tmp_path: Path, shares: list[str]
) -> None:
    raw = recovery_key(shares[:2]).raw
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert raw not in path.read_bytes()
            assert raw.hex() not in path.read_text()
    for path in shares_lie_here(tmp_path):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "recovery").stat().st_mode & 0o777 == 0o700
    for path in shares_lie_here(tmp_path):
        path.unlink()
    assert shares_lie_here(tmp_path) == []
