"""Whatever is done to a log afterwards is found, and the first broken entry is named."""

import itertools
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.auditlog import (
    EMPTY_ROOT,
    Break,
    Checkpoint,
    Ed25519Signer,
    Entry,
    Frontier,
    Verified,
    canonical,
    leaf_hash,
    root_of,
    sign_checkpoint,
    verify,
)

SIGNER = Ed25519Signer.generate("log.example")
SIZE = 12
STEPS = (4, 8, 12)  # where checkpoints were signed


def entry(index: int, data: bytes) -> Entry:
    """An entry whose hash fits its data."""
    return Entry(index, data, leaf_hash(data))


def head(entries: list[Entry], size: int, signer: Ed25519Signer = SIGNER) -> str:
    """The checkpoint of the first ``size`` entries."""
    root = root_of([one.leaf for one in entries[:size]])
    return sign_checkpoint(Checkpoint("log.example", size, root), signer)


LOG = [entry(number, canonical({"act": "opened", "case": number})) for number in range(SIZE)]
HEADS = [head(LOG, size) for size in STEPS]


def renumbered(entries: list[Entry]) -> list[Entry]:
    """What somebody who wants to hide a change would do next."""
    return [Entry(number, one.data, one.leaf) for number, one in enumerate(entries)]


def broken(entries: list[Entry], heads: list[str] | None = None) -> Break:
    """The break that is found."""
    found = verify(entries, HEADS if heads is None else heads, SIGNER.verifier)
    assert isinstance(found, Break), found
    return found


def window(index: int) -> int:
    """The first entry since the checkpoint before ``index``."""
    return max((size for size in (0, *STEPS) if size <= index), default=0)


@pytest.mark.parametrize("size", range(SIZE + 1))
def test_a_whole_log_verifies_and_says_how_much_of_it_is_signed(size: int) -> None:
    heads = [one for one, step in zip(HEADS, STEPS, strict=True) if step <= size]
    signed = max((step for step in STEPS if step <= size), default=0)
    expected = Verified(size, root_of([one.leaf for one in LOG[:size]]), signed)
    assert verify(LOG[:size], heads, SIGNER.verifier) == expected


def test_every_flipped_bit_of_every_entry_is_found_at_its_place() -> None:
    for index, one in enumerate(LOG):
        for part in ("data", "leaf"):
            original = getattr(one, part)
            for place, bit in itertools.product(range(len(original)), range(8)):
                value = bytearray(original)
                value[place] ^= 1 << bit
                changed = Entry(index, **({"data": one.data, "leaf": one.leaf} | {part: bytes(value)}))
                assert broken([*LOG[:index], changed, *LOG[index + 1 :]]).index == index


def test_every_flipped_bit_with_its_hash_made_to_fit_is_found() -> None:
    """Somebody rewrites the database, data and hash: only the signed root can tell."""
    for index, one in enumerate(LOG):
        for place, bit in itertools.product(range(len(one.data)), range(8)):
            data = bytearray(one.data)
            data[place] ^= 1 << bit
            found = broken([*LOG[:index], entry(index, bytes(data)), *LOG[index + 1 :]])
            assert found.index == window(index)
            assert f"entries {window(index)} to {window(index) + 3} " in found.reason


def test_every_flipped_bit_of_every_checkpoint_is_found() -> None:
    for number, note in enumerate(HEADS):
        raw = note.encode()
        for place, bit in itertools.product(range(len(raw)), range(8)):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            heads = [*HEADS[:number], changed.decode("utf-8", "surrogateescape"), *HEADS[number + 1 :]]
            found = broken(LOG, heads)
            assert found.index == number * 4
            assert f"checkpoint {number} does not hold" in found.reason


@pytest.mark.parametrize("index", range(SIZE))
def test_every_deletion_is_found(index: int) -> None:
    left = [*LOG[:index], *LOG[index + 1 :]]
    hidden = broken(renumbered(left))
    assert broken(left).index == index
    if index < 8:
        assert hidden.index == window(index)
    else:  # the last checkpoint has nothing to compare with
        assert hidden.index == 11
        assert "entries 8 to 10 could not be compared" in hidden.reason


@pytest.mark.parametrize("index", range(SIZE + 1))
def test_every_insertion_is_found(index: int) -> None:
    """The last place is no change: a log may grow after its last checkpoint."""
    extra = entry(index, canonical({"act": "invented"}))
    longer = [*LOG[:index], extra, *LOG[index:]]
    if index == SIZE:
        assert verify(longer, HEADS, SIGNER.verifier) == Verified(13, root_of([e.leaf for e in longer]), 12)
        return
    if index + 1 in STEPS:  # a checkpoint comes before the number that is there twice
        assert broken(longer).index == window(index)
    else:
        assert broken(longer) == Break(index, f"the number {index} comes twice")
    assert broken(renumbered(longer)).index == window(index)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(SIZE), 2)))
def test_every_swap_is_found(first: int, second: int) -> None:
    swapped = list(LOG)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert broken(swapped).index == first
    assert broken(renumbered(swapped)).index == window(first)


@pytest.mark.parametrize("size", range(SIZE))
def test_every_truncation_is_found(size: int) -> None:
    found = broken(LOG[:size])
    assert found.index == size
    assert f"the log ends before entry {size}" in found.reason
    assert ("could not be compared" in found.reason) == (size % 4 != 0)


def test_a_doubled_entry_is_found() -> None:
    for index in range(SIZE):
        assert broken([*LOG[: index + 1], *LOG[index:]]) == Break(index, f"the number {index} comes twice")


def test_two_breaks_name_the_first() -> None:
    hurt = [Entry(one.index, b"changed", one.leaf) if one.index in (5, 9) else one for one in LOG]
    assert broken(hurt).index == 5


@given(data=st.data())
def test_no_sequence_of_edits_goes_unseen(data: st.DataObject) -> None:
    """Any other order, choice or repetition of entries, renumbered so that it looks whole."""
    numbers = data.draw(st.lists(st.integers(0, SIZE - 1), max_size=SIZE + 3))
    edited = renumbered([LOG[number] for number in numbers])
    found = verify(edited, HEADS, SIGNER.verifier)
    assert isinstance(found, Verified) == (numbers[:SIZE] == list(range(SIZE)))


def test_a_rewritten_log_signed_by_another_key_is_found() -> None:
    forger = Ed25519Signer.generate("log.example")
    forged = [entry(number, b"another history") for number in range(SIZE)]
    found = broken(forged, [head(forged, size, forger) for size in STEPS])
    assert found == Break(0, found.reason)
    assert "checkpoint 0 does not hold" in found.reason


def test_checkpoints_out_of_order_or_at_odds_are_found() -> None:
    assert broken(LOG, [HEADS[1], HEADS[0]]).index == 8
    assert "smaller" in broken(LOG, [HEADS[1], HEADS[0]]).reason
    assert isinstance(verify(LOG, [HEADS[0], HEADS[0], HEADS[2]], SIGNER.verifier), Verified)
    other = sign_checkpoint(Checkpoint("log.example", 8, EMPTY_ROOT), SIGNER)
    found = broken(LOG, [HEADS[1], other])
    assert (found.index, "another root than was confirmed" in found.reason) == (8, True)


def test_the_checkpoint_of_an_empty_log() -> None:
    empty = sign_checkpoint(Checkpoint("log.example", 0, EMPTY_ROOT), SIGNER)
    assert verify([], [empty], SIGNER.verifier) == Verified(0, EMPTY_ROOT, 0)
    assert verify(LOG, [empty, *HEADS], SIGNER.verifier) == verify(LOG, HEADS, SIGNER.verifier)
    false = sign_checkpoint(Checkpoint("log.example", 0, bytes(32)), SIGNER)
    assert broken([], [false]).index == 0
    assert broken(LOG, [false]).index == 0


def test_a_checkpoint_of_another_log_does_not_count() -> None:
    heads = [sign_checkpoint(Checkpoint("demonstration", 12, root_of([one.leaf for one in LOG])), SIGNER)]
    assert "another log" in broken(LOG, heads).reason
    assert isinstance(verify(LOG, heads, SIGNER.verifier, origin="demonstration"), Verified)


def test_without_a_checkpoint_nothing_counts_as_signed() -> None:
    found = verify(LOG, [], SIGNER.verifier)
    assert isinstance(found, Verified)
    assert found.signed_size == 0


def _many(count: int) -> Iterator[Entry]:
    return (entry(number, b"%d" % number) for number in range(count))


def _heads(count: int, step: int) -> Iterator[str]:
    frontier = Frontier()
    for one in _many(count):
        frontier.append(one.leaf)
        if frontier.size % step == 0:
            yield sign_checkpoint(Checkpoint("log.example", frontier.size, frontier.root()), SIGNER)


def test_a_long_log_is_read_in_the_memory_of_a_short_one() -> None:
    tracemalloc.start()
    found = verify(_many(20_000), _heads(20_000, 500), SIGNER.verifier)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Verified)
    assert found.signed_size == 20_000
    assert peak < 200_000
