"""Trees and proofs: the published ones, and those of a naive second computation."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinga.auditlog import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]
sizes = st.integers(0, len(LEAVES))


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition in RFC 6962, section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = largest_power_below(len(leaves))
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def naive_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) <= 1:
        return []
    middle = largest_power_below(len(leaves))
    if index < middle:
        return [*naive_inclusion(leaves[:middle], index), naive_root(leaves[middle:])]
    return [*naive_inclusion(leaves[middle:], index - middle), naive_root(leaves[:middle])]


def naive_consistency(leaves: Sequence[bytes], old: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    middle = largest_power_below(len(leaves))
    if old <= middle:
        return [*naive_consistency(leaves[:middle], old, whole), naive_root(leaves[middle:])]
    return [*naive_consistency(leaves[middle:], old - middle, False), naive_root(leaves[:middle])]


def largest_power_below(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def _flipped(proof: list[bytes]) -> list[list[bytes]]:
    changed = []
    for place, step in enumerate(proof):
        for bit in range(256):
            other = (int.from_bytes(step, "big") ^ 1 << bit).to_bytes(32, "big")
            changed.append([*proof[:place], other, *proof[place + 1 :]])
    return changed


def test_the_published_roots(auditlog_vectors: dict[str, Any]) -> None:
    published = auditlog_vectors["rfc6962"]
    leaves = [leaf_hash(bytes.fromhex(data)) for data in published["leaves"]]
    frontier = Frontier()
    assert len(published["roots"]) == 9
    for size, root in enumerate(published["roots"]):
        assert (
            frontier.root().hex() == root_of(leaves[:size]).hex() == naive_root(leaves[:size]).hex() == root
        )
        if size < 8:
            frontier.append(leaves[size])


def test_the_published_proofs(auditlog_vectors: dict[str, Any]) -> None:
    published = auditlog_vectors["rfc6962"]
    leaves = [leaf_hash(bytes.fromhex(data)) for data in published["leaves"]]
    roots = [bytes.fromhex(root) for root in published["roots"]]
    for case in published["inclusion"]:
        index, size = case["index"], case["size"]
        proof = inclusion_proof(leaves, index, size)
        assert [step.hex() for step in proof] == case["proof"]
        assert verify_inclusion(leaves[index], index, size, proof, roots[size])
    for case in published["consistency"]:
        old, new = case["old"], case["new"]
        proof = consistency_proof(leaves, old, new)
        assert [step.hex() for step in proof] == case["proof"]
        assert verify_consistency(old, new, roots[old], roots[new], proof)


def test_every_inclusion_proof_is_the_naive_one_and_holds_for_its_leaf_alone() -> None:
    for size in range(1, 18):
        root = root_of(LEAVES[:size])
        assert root == naive_root(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(LEAVES, index, size)
            assert proof == naive_inclusion(LEAVES[:size], index)
            for other in range(size + 2):
                held = verify_inclusion(LEAVES[other], index, size, proof, root)
                assert held == (other == index)
                assert verify_inclusion(LEAVES[index], other, size, proof, root) == (other == index)


def test_every_consistency_proof_is_the_naive_one_and_holds() -> None:
    for new in range(1, 18):
        for old in range(1, new + 1):
            proof = consistency_proof(LEAVES, old, new)
            assert proof == naive_consistency(LEAVES[:new], old)
            assert verify_consistency(old, new, root_of(LEAVES[:old]), root_of(LEAVES[:new]), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 2), (4, 7), (6, 7), (0, 8), (7, 8), (10, 11)])
def test_every_changed_inclusion_proof_fails(index: int, size: int) -> None:
    root, leaf = root_of(LEAVES[:size]), LEAVES[index]
    proof = inclusion_proof(LEAVES, index, size)
    assert verify_inclusion(leaf, index, size, proof, root)
    for changed in [*_flipped(proof), proof[1:], proof[:-1], [*proof, leaf], [leaf, *proof]]:
        assert not verify_inclusion(leaf, index, size, changed, root)
    assert not verify_inclusion(leaf, index, size, proof, EMPTY_ROOT)
    assert not verify_inclusion(EMPTY_ROOT, index, size, proof, root)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 7), (6, 8), (7, 8), (4, 8), (5, 11)])
def test_every_changed_consistency_proof_fails(old: int, new: int) -> None:
    before, after = root_of(LEAVES[:old]), root_of(LEAVES[:new])
    proof = consistency_proof(LEAVES, old, new)
    assert verify_consistency(old, new, before, after, proof)
    for changed in [*_flipped(proof), proof[1:], proof[:-1], [*proof, before], [before, *proof], []]:
        assert not verify_consistency(old, new, before, after, changed)
    assert not verify_consistency(old, new, after, after, proof)
    assert not verify_consistency(old, new, before, before, proof)


def test_a_log_that_was_rewritten_is_not_consistent() -> None:
    for old in range(1, 12):
        forged = [*LEAVES[: old - 1], leaf_hash(b"another history"), *LEAVES[old:12]]
        honest, proof = root_of(LEAVES[:old]), consistency_proof(LEAVES, old, 12)
        assert verify_consistency(old, 12, honest, root_of(LEAVES[:12]), proof)
        assert not verify_consistency(old, 12, honest, root_of(forged), consistency_proof(forged, old, 12))


def test_a_proof_that_is_too_short_for_the_claimed_size_fails() -> None:
    """The hashes lead to the new root, but too early: the tree that is claimed is higher."""
    before, after = LEAVES[0], root_of(LEAVES[:2])
    proof = consistency_proof(LEAVES, 1, 2)
    assert verify_consistency(1, 2, before, after, proof)
    assert verify_inclusion(before, 0, 2, proof, after)
    for size in (3, 4, 5, 100):
        assert not verify_consistency(1, size, before, after, proof)
        assert not verify_inclusion(before, 0, size, proof, after)


def test_the_edges_of_consistency() -> None:
    root = root_of(LEAVES[:5])
    assert verify_consistency(0, 5, EMPTY_ROOT, root, [])
    assert not verify_consistency(0, 5, root, root, [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, root, [root])
    assert verify_consistency(5, 5, root, root, [])
    assert not verify_consistency(5, 5, root, EMPTY_ROOT, [])
    assert not verify_consistency(5, 5, root, root, [root])
    assert not verify_consistency(5, 4, root, root, [])
    assert not verify_consistency(-1, 4, root, root, [])


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, 41)])
def test_no_proof_is_made_for_what_is_not_there(index: int, size: int) -> None:
    assert inclusion_proof(LEAVES, 4, 5) == inclusion_proof(LEAVES[:5], 4)
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(LEAVES, index, size)
    assert not verify_inclusion(LEAVES[0], index, min(size, 5), [], LEAVES[0])
    with pytest.raises(ValueError, match="no step"):
        consistency_proof(LEAVES, 6, 5)
    with pytest.raises(ValueError, match="no step"):
        consistency_proof(LEAVES, 1, 41)


@given(size=sizes, cut=sizes)
def test_a_frontier_can_be_put_away_and_taken_up(size: int, cut: int) -> None:
    cut = min(cut, size)
    first = Frontier()
    first.extend(LEAVES[:cut])
    second = Frontier.from_bytes(first.to_bytes())
    assert (second.size, second.root()) == (cut, root_of(LEAVES[:cut]))
    second.extend(LEAVES[cut:size])
    assert second.root() == naive_root(LEAVES[:size])
    assert second.size == size
    assert len(second.to_bytes()) == 8 + 32 * size.bit_count()


@given(size=sizes, data=st.binary(max_size=80))
def test_other_bytes_are_no_frontier(size: int, data: bytes) -> None:
    kept = Frontier()
    kept.extend(LEAVES[:size])
    for wrong in (kept.to_bytes() + data, kept.to_bytes()[: -len(data)] if data else b""):
        if wrong != kept.to_bytes():
            with pytest.raises(ValueError, match="not a frontier"):
                Frontier.from_bytes(wrong)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_only_hashes_are_leaves(length: int) -> None:
    frontier = Frontier()
    frontier.append(bytes(32))
    with pytest.raises(ValueError, match=f"not {length}"):
        frontier.append(bytes(length))
    assert frontier.size == 1


def test_leaves_and_nodes_cannot_pass_for_one_another() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert node_hash(left, right) != node_hash(right, left)
