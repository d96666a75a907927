"""The evidence of a name: which word of the question stands for which word of the record, in bits.

Order carries nothing: the words of both sides are sorted first. The assignment is greedy, the strongest
agreement first; each word is used once.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinga.namematch.columns import NO_WORD, Columns
from kinga.namematch.vocabulary import Level, Meeting, Vocabulary
from kinga.namematch.weights import Weights

_MISSING = -1
_SHORTEST_PART = 3
_MOST_READINGS = 6
_LEVEL_NAMES = tuple(level.name.lower() for level in Level)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the words of a question: as written, or with two joined or one split."""

    words: tuple[str, ...]
    bits: float


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What the names of n rows say; q is the number of words in the reading."""

    total: NDArray[np.float64]
    """All bits of the name, shape (n,)."""
    agreeing: NDArray[np.float64]
    """The bits of the words that agree alone, shape (n,): what a relative would share as well."""
    column: NDArray[np.int16]
    """Which of the row's words stands for each word of the question, or -1; shape (n, q)."""
    level: NDArray[np.int8]
    """At which `Level`, or -1; shape (n, q)."""
    bits: NDArray[np.float64]
    """The bits of each word of the question, shape (n, q)."""
    left_out: NDArray[np.float64]
    """The bits of the words of the row's own name that the question does not have, shape (n,)."""


def readings(words: tuple[str, ...], vocabulary: Vocabulary, weights: Weights) -> list[Reading]:
    """The ways to read the words: as they are, with two as one name of the register, with one as two."""
    found = {words: 0.0}
    bits = math.log2(weights.name["joined"])
    for first in words:
        for second in words:
            if first != second and min(len(first), len(second)) > 1 and first + second in vocabulary.place:
                rest = [word for word in words if word not in (first, second)]
                found.setdefault(tuple(sorted({*rest, first + second})), bits)
    for word in words:
        if word in vocabulary.place:
            continue
        cuts = [(word[:at], word[at:]) for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)]
        known = [cut for cut in cuts if all(part in vocabulary.place for part in cut)]
        for cut in sorted(known, key=lambda parts: -min(map(vocabulary.share_of, parts)))[:1]:
            rest = [other for other in words if other != word]
            found.setdefault(tuple(sorted({*rest, *cut})), bits)
    return [Reading(read, cost) for read, cost in list(found.items())[:_MOST_READINGS]]


class NameScorer:
    """Weighs names against the words of one register."""

    def __init__(self, vocabulary: Vocabulary, weights: Weights) -> None:
        self._vocabulary = vocabulary
        self._m = weights.name
        letters = np.array([ord(word[0]) for word in vocabulary.words] + [0], dtype=np.uint8)
        single = np.array([len(word) == 1 for word in vocabulary.words] + [False])
        self._first, self._single = letters, single
        sums = np.bincount(letters[:-1], weights=vocabulary.share, minlength=256)
        self._initial_share = np.clip(sums, 0.5 / (vocabulary.people + 1.0), 0.9)
        self._left_out = math.log2(self._m["left_out"] / 0.97)

    def weigh(self, reading: Reading, rows: Columns) -> NameEvidence:
        """The evidence of the rows' names for this reading of the question's."""
        words, count = rows.words, len(rows)
        size = len(reading.words)
        gains = np.zeros((count, words.shape[1], size))
        levels = np.full((count, words.shape[1], size), _MISSING, dtype=np.int8)
        missing = np.zeros(size)
        own = np.arange(words.shape[1]) < rows.own[:, None]
        for place, word in enumerate(reading.words):
            bits, at, missing[place] = self._word(word, words)
            gains[:, :, place], levels[:, :, place] = bits, at
        # What an agreement gains over leaving both words alone.
        over = np.where(levels >= 0, gains - missing - self._left_out * own[:, :, None], -1.0)
        column = np.full((count, size), _MISSING, dtype=np.int16)
        level = np.full((count, size), _MISSING, dtype=np.int8)
        each = np.tile(missing, (count, 1))
        used = np.zeros_like(own)
        every = np.arange(count)
        for _ in range(min(size, words.shape[1])):
            best = over.reshape(count, words.shape[1] * size).argmax(axis=1)
            held, asked = np.divmod(best, size)
            rows_on = np.flatnonzero(over[every, held, asked] > 0)
            if not len(rows_on):
                break
            held, asked = held[rows_on], asked[rows_on]
            column[rows_on, asked], level[rows_on, asked] = held, levels[rows_on, held, asked]
            each[rows_on, asked] = gains[rows_on, held, asked]
            used[rows_on, held] = True
            over[rows_on, held, :] = -1.0
            over[rows_on, :, asked] = -1.0
        left_out = self._left_out * (own & ~used & (words != NO_WORD)).sum(axis=1)
        agreeing = np.where(column >= 0, each, 0.0).sum(axis=1)
        return NameEvidence(
            each.sum(axis=1) + left_out + reading.bits, agreeing, column, level, each, left_out
        )

    def _word(
        self, word: str, words: NDArray[np.int32]
    ) -> tuple[NDArray[np.float64], NDArray[np.int8], float]:
        """The bits and level of one asked word against each of the rows' words, and its bits if it is
        missing.
        """
        meeting = self._vocabulary.meet(word)
        bits_of, level_of = self._meeting_bits(meeting)
        bits, levels = bits_of[words], level_of[words]
        initial = (self._first[words] == ord(word[0])) & (levels < 0) & (words != NO_WORD)
        initial &= self._single[words] if len(word) > 1 else True
        share = float(self._initial_share[ord(word[0])])
        levels = np.where(initial, np.int8(Level.INITIAL), levels)
        bits = np.where(initial, math.log2(self._m["initial" if len(word) > 1 else "exact"] / share), bits)
        any_share = share if len(word) == 1 else meeting.shares[-1]
        return bits, levels, math.log2(self._m["missing"] / (1.0 - any_share))

    def _meeting_bits(self, meeting: Meeting) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        # One place more than words, so that NO_WORD (-1) reads the last: no agreement.
        size = len(self._vocabulary.words) + 1
        bits, levels = np.zeros(size), np.full(size, _MISSING, dtype=np.int8)
        m = np.array([self._m[name] for name in _LEVEL_NAMES])[meeting.levels]
        shares = np.array(meeting.shares)[meeting.levels]
        # A rare word near a common one is more often the common one than the rare one misspelt.
        u = np.maximum(shares, self._vocabulary.share[meeting.words])
        bits[meeting.words] = np.log2(m / u)
        levels[meeting.words] = meeting.levels
        return bits, levels
