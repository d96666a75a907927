"""How the fields of one question agree with those of many rows at once: levels, no weights yet."""

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from kinga.namematch.weights import County, Dob, Nid, Phone, Sex

Levels = NDArray[np.int8]


def dob_levels(asked: int, held: NDArray[np.int32]) -> Levels:
    """Compare dates of birth (YYYYMMDD, 00 for unknown parts, 0 for none); `held` has shape (n,)."""
    levels = np.full(len(held), Dob.UNKNOWN, dtype=np.int8)
    if asked == 0:
        return levels
    year, month, day = asked // 10000, asked // 100 % 100, asked % 100
    years, months, days = held // 10000, held // 100 % 100, held % 100
    apart = np.abs(years - year)
    partial = (days == 0) | (day == 0)
    levels[:] = np.where(apart == 0, Dob.YEAR_SAME, np.where(apart == 1, Dob.YEAR_NEAR, Dob.YEAR_DIFFERENT))
    same = (years == year).astype(np.int8) + (months == month) + (days == day)
    whole = np.full(len(held), Dob.DIFFERENT, dtype=np.int8)
    whole[apart == 1] = Dob.NEAR_YEAR
    whole[years == year] = Dob.SAME_YEAR
    whole[(same == 2) & (years == year)] = Dob.ONE_PART_WRONG
    whole[(same == 2) & (years != year)] = Dob.OTHER_YEAR
    whole[(years == year) & (months == day) & (days == month)] = Dob.SWAPPED
    whole[same == 3] = Dob.EXACT
    levels[~partial] = whole[~partial]
    levels[held == 0] = Dob.UNKNOWN
    return levels


def nid_levels(asked: bytes, held: NDArray[np.bytes_]) -> Levels:
    """Compare ID numbers in their normalised form (empty for none); `held` has shape (n,)."""
    levels = np.full(len(held), Nid.UNKNOWN, dtype=np.int8)
    if not asked or not len(held):
        return levels
    known = held != b""
    levels[known] = Nid.DIFFERENT
    levels[held == asked] = Nid.EXACT
    letters = np.ascontiguousarray(held).view(np.uint8).reshape(len(held), -1)
    mine = np.frombuffer(asked.ljust(letters.shape[1], b"\0"), dtype=np.uint8)
    # Only what shares most letters at its place, from the front or as a set, is worth a look at its edits.
    alike = (letters == mine).sum(axis=1) >= letters.shape[1] - 2
    lengths = (letters > 0).sum(axis=1)
    alike |= (lengths != len(asked)) & (np.abs(lengths - len(asked)) == 1)
    for row in np.flatnonzero(alike & known & (levels == Nid.DIFFERENT)):
        if OSA.distance(asked, bytes(held[row]), score_cutoff=1) <= 1:
            levels[row] = Nid.NEAR
    return levels


def phone_levels(asked: int, held: NDArray[np.uint64]) -> Levels:
    """Compare telephone numbers (0 for none); `held` has shape (n,)."""
    levels = np.where(held == np.uint64(asked), Phone.EXACT, Phone.DIFFERENT).astype(np.int8)
    levels[(held == 0) | (asked == 0)] = Phone.UNKNOWN
    return levels


def county_levels(asked: int | None, held: NDArray[np.int16]) -> Levels:
    """Compare places in the list of counties: None for unknown, -1 for one that nobody in the register
    has.
    """
    if asked is None:
        return np.full(len(held), County.UNKNOWN, dtype=np.int8)
    levels = np.where(held == asked, County.SAME, County.DIFFERENT).astype(np.int8)
    levels[held < 0] = County.UNKNOWN
    return levels


def sex_levels(asked: int, held: NDArray[np.int8]) -> Levels:
    """Compare sexes (0 for unknown)."""
    levels = np.where(held == asked, Sex.SAME, Sex.DIFFERENT).astype(np.int8)
    levels[(held == 0) | (asked == 0)] = Sex.UNKNOWN
    return levels
