"""Blocking keys: what two records of one person have in common even when much of them is wrong.

A key is a number of 64 bits. Two records are compared only if they share one. All functions work on whole
columns at once, so that a register of a million persons has its keys in seconds, and a question has the very
same keys as a record.

    >>> import numpy as np
    >>> one, other = text_number("wanjiru"), text_number("njeri")
    >>> bool(pair_keys(np.array([one]), np.array([other])) == pair_keys(np.array([other]), np.array([one])))
    True
"""

import hashlib
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Kind(IntEnum):
    """What a key is made of: keys of different kinds never meet."""

    PAIR = 1
    """Two words of the name, by their sound, in either order."""
    YEAR = 2
    """One word by its sound, and the year of birth."""
    COUNTY = 3
    """One word by its sound, and the county."""
    WORD = 4
    """One word by its sound: of use only where it is rare."""
    BORN = 5
    """The whole date of birth."""
    PHONE = 6
    NID_HEAD = 7
    """The first half of the ID number: whole unless a digit in it is wrong."""
    NID_TAIL = 8
    """The last half of the ID number."""
    NID_DIGITS = 9
    """The digits of the ID number in order of size: the same after any transposition."""


def text_number(text: str) -> int:
    """A number of 64 bits for a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def single_keys(kind: Kind, values: NDArray[np.integer]) -> Numbers:
    """One key for each of `values` (non-negative numbers of any width)."""
    return _mixed(values.astype(np.uint64) + _step(kind))


def joint_keys(kind: Kind, words: Numbers, values: NDArray[np.integer]) -> Numbers:
    """One key for each word number together with the value at the same place."""
    return _mixed(words ^ _mixed(values.astype(np.uint64) + _step(kind)))


def pair_keys(ones: Numbers, others: Numbers) -> Numbers:
    """One key for each pair of word numbers, whatever their order."""
    low, high = np.minimum(ones, others).astype(np.uint64), np.maximum(ones, others).astype(np.uint64)
    return _mixed(low + _mixed(high + _step(Kind.PAIR)))


def nid_keys(nids: NDArray[np.bytes_]) -> tuple[Numbers, Numbers, Numbers]:
    """The keys of the first half, of the last half and of the sorted digits of each ID number.

    Args:
        nids: normalised ID numbers, shape (n,), of a fixed width, none empty.
    """
    width = nids.dtype.itemsize
    letters = np.ascontiguousarray(nids).view(np.uint8).reshape(len(nids), width)
    lengths = (letters > 0).sum(axis=1)
    places = np.arange(width)
    half = ((lengths + 1) // 2)[:, None]
    head = np.where(places < half, letters, 0)
    tail = np.where((places >= lengths[:, None] - half) & (places < lengths[:, None]), letters, 0)
    # Counted from the end, so that a digit that fell out at the front does not move the last half.
    back = np.take_along_axis(tail, (lengths[:, None] - 1 - places) % width, axis=1)
    ordered = np.sort(letters, axis=1)
    kinds = (Kind.NID_HEAD, Kind.NID_TAIL, Kind.NID_DIGITS)
    found = [
        single_keys(kind, _bytes_number(part))
        for kind, part in zip(kinds, (head, back, ordered), strict=True)
    ]
    return found[0], found[1], found[2]


def _step(kind: Kind) -> np.uint64:
    return np.uint64(_STEP * kind % (1 << 64))


def _bytes_number(letters: NDArray[np.integer]) -> Numbers:
    number = np.zeros(len(letters), dtype=np.uint64)
    for place in range(letters.shape[1]):
        number = (number ^ letters[:, place].astype(np.uint64)) * _MIX_1
    return number


def _mixed(values: Numbers) -> Numbers:
    """Spread numbers over all 64 bits (the finisher of SplitMix64: each bit of the input moves half of
    them).
    """
    mixed = values.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed
