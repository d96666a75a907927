"""The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162, with SHA-256).

``Frontier`` grows a tree leaf by leaf and keeps only the roots of its complete subtrees: 64 hashes hold the
state of a log of any length.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of an entry: SHA-256(0x00 | data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of a node: SHA-256(0x01 | left | right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: ``size`` leaves so far, and the roots of its complete subtrees."""

    def __init__(self) -> None:
        self._size = 0
        self._roots: list[bytes] = []  # of subtrees that shrink from left to right, one per bit set in size

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add the leaf hash (32 bytes) of the next entry. Raises ValueError for another length."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"A leaf hash has {HASH_BYTES} bytes, not {len(leaf)}.")
        carried, rest = leaf, self._size
        while rest & 1:  # like adding one to a binary number: equal subtrees melt into one of twice the size
            carried = node_hash(self._roots.pop(), carried)
            rest >>= 1
        self._roots.append(carried)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order. Raises ValueError for one of a wrong length; those before it are in."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Return the root hash (32 bytes) of the tree so far."""
        if not self._roots:
            return EMPTY_ROOT
        made = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            made = node_hash(left, made)
        return made

    def to_bytes(self) -> bytes:
        """Return size (8 bytes, big-endian) and the subtree roots from left to right, to go on later."""
        return self._size.to_bytes(8, "big") + b"".join(self._roots)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Return the frontier by ``to_bytes``. Raises ValueError when the length does not fit the size."""
        made = cls()
        made._size = int.from_bytes(data[:8], "big")
        rest = data[8:]
        if len(data) < 8 or len(rest) != made._size.bit_count() * HASH_BYTES:
            raise ValueError("These bytes are not a frontier: take them from Frontier.to_bytes.")
        made._roots = [rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)]
        return made


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root hash (32 bytes) over leaf hashes (32 bytes each)."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()
