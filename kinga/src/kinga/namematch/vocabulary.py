"""The words of all names in a register: how common each is, and which of them a written word may stand for.

A word of a question meets a word of the register if both have the same sound or root, are variants of each
other, or differ in one letter (or one letter of their sound). How they meet is a `Level`; the levels are
in the order of how much they say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler

from kinga.namematch.culture import Culture
from kinga.namematch.keys import Numbers, text_number

CLOSE = 0.88
"""Jaro-Winkler likeness from which two words of the same sound count as spelled alike."""

NEAR = 0.92
"""Jaro-Winkler likeness from which words of different sound still count as near."""

_SHORTEST_NEAR = 4
_MOST_KEPT = 50_000
_PRIOR_PEOPLE = 1000.0
"""As many people's weight the culture's table of frequencies has beside the register's own counts."""


class Level(IntEnum):
    """How a word of a question agrees with a word of a record."""

    EXACT = 0
    VARIANT = 1
    SOUND_CLOSE = 2
    NEAR = 3
    SOUND = 4
    ROOT = 5
    INITIAL = 6


@dataclass(frozen=True, slots=True)
class Meeting:
    """The words of a vocabulary that one written word may stand for."""

    words: NDArray[np.int32]
    """Their places in the vocabulary, ascending, shape (k,)."""
    levels: NDArray[np.int8]
    """How each meets it, shape (k,)."""
    shares: tuple[float, ...]
    """For each level up to ROOT: which share of people bears a word that meets at this level or a better
    one.
    """


class Vocabulary:
    """All words of a register's names, ascending, with what is needed to meet them."""

    def __init__(self, words: Sequence[str], bearers: NDArray[np.float32], people: int, culture: Culture,
                 met: tuple[Numbers, NDArray[np.int32]] | None = None) -> None:  # fmt: skip
        """Make it from words and how many people bear each (shape (v,)); `met` is the table of `table`."""
        self.words = list(words)
        self.place = {word: place for place, word in enumerate(self.words)}
        self.people = people
        self._culture = culture
        known = np.array([culture.shares.get(word, 0.0) for word in self.words], dtype=np.float64)
        believed = _PRIOR_PEOPLE if culture.shares else 0.0
        self.share: NDArray[np.float64] = (bearers + known * believed + 0.5) / (people + believed + 1.0)
        self._met = met if met is not None else self._table()
        self._kept: dict[str, Meeting] = {}

    def table(self) -> tuple[Numbers, NDArray[np.int32]]:
        """The meeting points, ascending, and the word that stands at each; both of shape (m,)."""
        return self._met

    def share_of(self, word: str) -> float:
        """Which share of people bears exactly this word, also when nobody in the register does."""
        place = self.place.get(word)
        if place is not None:
            return float(self.share[place])
        believed = _PRIOR_PEOPLE if self._culture.shares else 0.0
        return (self._culture.shares.get(word, 0.0) * believed + 0.5) / (self.people + believed + 1.0)

    def meet(self, word: str) -> Meeting:
        """The words of the register that `word` may stand for."""
        kept = self._kept.get(word)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[word] = self._meet(word)
        return kept

    def _meet(self, word: str) -> Meeting:
        points, standing = self._met
        asked = np.unique(np.fromiter(_points(word, self._culture), dtype=np.uint64))
        first, last = np.searchsorted(points, asked), np.searchsorted(points, asked, side="right")
        found = {int(place) for one, end in zip(first, last, strict=True) for place in standing[one:end]}
        levels = [(place, level_of(word, self.words[place], self._culture)) for place in sorted(found)]
        met = [(place, level) for place, level in levels if level is not None]
        exact = self.share_of(word)
        shares, total = [], exact
        for level in range(Level.INITIAL):
            if level != Level.EXACT:
                total += float(sum(self.share[place] for place, at in met if at == level))
            shares.append(min(total, 0.9))
        return Meeting(
            np.array([place for place, _ in met], dtype=np.int32),
            np.array([level for _, level in met], dtype=np.int8),
            tuple(shares),
        )

    def _table(self) -> tuple[Numbers, NDArray[np.int32]]:
        points: list[int] = []
        standing: list[int] = []
        for place, word in enumerate(self.words):
            mine = set(_points(word, self._culture))
            points.extend(mine)
            standing.extend([place] * len(mine))
        order = np.argsort(np.array(points, dtype=np.uint64), kind="stable")
        return np.array(points, dtype=np.uint64)[order], np.array(standing, dtype=np.int32)[order]


def level_of(asked: str, held: str, culture: Culture) -> Level | None:
    """How the written word `asked` agrees with the register's word `held`; None if not at all."""
    if asked == held:
        return Level.EXACT
    variants: Mapping[str, frozenset[int]] = culture.variants
    if variants.get(asked, frozenset()) & variants.get(held, frozenset()):
        return Level.VARIANT
    if min(len(asked), len(held)) == 1:
        return None
    like = JaroWinkler.similarity(asked, held)
    same_sound = culture.sound(asked) == culture.sound(held)
    if same_sound and like >= CLOSE:
        return Level.SOUND_CLOSE
    if min(len(asked), len(held)) >= _SHORTEST_NEAR and (
        like >= NEAR or OSA.distance(asked, held, score_cutoff=1) <= 1
    ):
        return Level.NEAR
    if same_sound:
        return Level.SOUND
    root, other = culture.root(asked), culture.root(held)
    if (root != asked or other != held) and culture.sound(root) == culture.sound(other):
        return Level.ROOT
    return None


def _points(word: str, culture: Culture) -> Iterator[int]:
    """Where a word can meet another one: its sound, root and variants, and both with one letter left out."""
    sound = culture.sound(word)
    yield text_number(f"sound {sound}")
    yield text_number(f"root {culture.sound(culture.root(word))}")
    for group in culture.variants.get(word, ()):
        yield text_number(f"group {group}")
    for place in range(len(word) if len(word) >= _SHORTEST_NEAR else 0):
        yield text_number(f"word {word[:place]}{word[place + 1 :]}")
    yield text_number(f"word {word}")
    if len(sound) >= _SHORTEST_NEAR:
        for place in range(1, len(sound)):
            yield text_number(f"near {sound[:place]}{sound[place + 1 :]}")
        yield text_number(f"near {sound}")
