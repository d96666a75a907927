"""Digests that must be equal to the last bit: sorted, behind a table of their first bits."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kinga.hashmatch import kernels
from kinga.hashmatch.layout import Words
from kinga.hashmatch.sections import Array

Numbers = npt.NDArray[np.int64]


def exact_words(digests: npt.NDArray[np.uint8]) -> Words:
    """n digests of 16, 20 or 32 bytes as n x 2, 3 or 4 words that sort as the bytes do."""
    wide = np.zeros((len(digests), -(-digests.shape[1] // 8) * 8), np.uint8)
    wide[:, : digests.shape[1]] = digests
    return wide.view(">u8").astype(np.uint64)


class ExactSegment:
    """``rows`` (n x w words, sorted) and ``starts``: where digests with the same first bits begin."""

    def __init__(self, rows: Words, starts: npt.NDArray[np.uint32]) -> None:
        self.rows = rows
        self._starts = starts

    @classmethod
    def build(cls, rows: Words) -> "tuple[ExactSegment, Numbers]":
        """Sort ``rows``; return the segment and the order, as numbers of rows."""
        order = np.lexsort(rows.T[::-1])
        rows = np.ascontiguousarray(rows[order])
        bits = max(4, min(24, len(rows).bit_length() - 1))
        keys = (rows[:, 0] >> np.uint64(64 - bits)).astype(np.int64)
        starts = np.zeros((1 << bits) + 1, np.uint32)
        starts[1:] = np.cumsum(np.bincount(keys, minlength=1 << bits))
        return cls(rows, starts), order

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> "ExactSegment":
        """The segment over the same memory."""
        return cls(arrays["rows"], arrays["starts"])

    def arrays(self) -> dict[str, Array]:
        """Everything that ``from_arrays`` needs."""
        return {"rows": self.rows, "starts": self._starts}

    def find(self, queries: Words) -> tuple[Numbers, Numbers]:
        """Where the equals of each query begin in ``rows``, and how many there are (0: none)."""
        first, count = np.zeros(len(queries), np.int64), np.zeros(len(queries), np.int64)
        kernels.find_exact(queries, self.rows, self._starts, first, count)
        return first, count
