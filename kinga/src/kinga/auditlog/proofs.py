"""Proofs that an entry is in the log, and that a log only grew (RFC 9162, sections 2.1.3 and 2.1.4)."""

from collections.abc import Sequence

from kinga.auditlog.tree import EMPTY_ROOT, Frontier, node_hash


def inclusion_proof(leaves: Sequence[bytes], index: int, size: int | None = None) -> list[bytes]:
    """Return the hashes that lead from leaf ``index`` to the root of the first ``size`` leaves, lowest first.

    Raises ValueError when there is no such leaf or not so many.
    """
    size = len(leaves) if size is None else size
    if not 0 <= index < size <= len(leaves):
        raise ValueError(f"There is no leaf {index} in a tree of {size} from {len(leaves)} leaves.")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:  # from the root down to the leaf; the proof is read the other way
        middle = low + _left_part(high - low)
        if index < middle:
            proof.append(_root(leaves, middle, high))
            high = middle
        else:
            proof.append(_root(leaves, low, middle))
            low = middle
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` leads from the leaf hash at ``index`` to ``root`` in a tree of ``size``."""
    if not 0 <= index < size:
        return False
    position, last, made = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            made = node_hash(sibling, made)
            while not position & 1 and position:  # a right edge without sibling rises until it has one
                position, last = position >> 1, last >> 1
        else:
            made = node_hash(made, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and made == root


def consistency_proof(leaves: Sequence[bytes], old: int, new: int) -> list[bytes]:
    """Return the hashes which show that the first ``old`` leaves are the beginning of the first ``new``.

    Empty when ``old`` is 0 or equals ``new``. Raises ValueError when there are not so many leaves.
    """
    if not 0 <= old <= new <= len(leaves):
        raise ValueError(f"There is no step from {old} to {new} in {len(leaves)} leaves.")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _left_part(high - low)
        if old <= middle:
            proof.append(_root(leaves, middle, high))
            high = middle
        else:
            proof.append(_root(leaves, low, middle))
            low = middle
    if low:  # the subtree reached is no part of the old root that the verifier has: name it
        proof.append(_root(leaves, low, high))
    return proof[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that a tree of ``old`` leaves with ``old_root`` grew into one of ``new``."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if old == new:
        return not proof and old_root == new_root
    return _grew(old, new, old_root, new_root, list(proof))


def _grew(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    if not old & (old - 1):  # a complete tree is its own first step; the proof leaves it out
        proof = [old_root, *proof]
    if not proof:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    made_old = made_new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            made_old, made_new = node_hash(sibling, made_old), node_hash(sibling, made_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            made_new = node_hash(made_new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and made_old == old_root and made_new == new_root


def _root(leaves: Sequence[bytes], low: int, high: int) -> bytes:
    frontier = Frontier()
    frontier.extend(leaves[at] for at in range(low, high))
    return frontier.root()


def _left_part(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
