"""The register made ready for questions: columns, words, and which rows stand behind each blocking key.

Invariants: an index answers the same whether it was just built or opened from its file; a file made under
another culture is refused. The file holds the particulars of persons convicted: keep it as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinga.namematch.columns import NO_WORD, ColumnMaker, Columns
from kinga.namematch.culture import Culture
from kinga.namematch.errors import BadIndex
from kinga.namematch.keys import Kind, Numbers, joint_keys, nid_keys, pair_keys, single_keys, text_number
from kinga.namematch.persons import Person
from kinga.namematch.storage import open_arrays, save_arrays
from kinga.namematch.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Postings:
    """Which rows stand behind each key: rows[starts[k]:starts[k + 1]] for keys[k]; keys ascend."""

    keys: Numbers
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]

    def lengths(self, asked: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each asked key, where its rows begin and how many they are (0 where nobody has it)."""
        if not len(self.keys):
            return np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        there = self.keys[place] == asked
        begin = self.starts[place]
        return begin, np.where(there, self.starts[place + 1] - begin, 0)


@dataclass(frozen=True, slots=True)
class Index:
    """A register, ready to be asked."""

    ids: tuple[str, ...]
    columns: Columns
    vocabulary: Vocabulary
    counties: tuple[str, ...]
    postings: Postings
    culture: Culture

    @classmethod
    def build(cls, register: Iterable[tuple[str, Person]], culture: Culture) -> "Index":
        """Make an index from pairs of an id and a person, in one pass.

        Raises:
            BadRecord: a person's number is longer than any is.
        """
        maker = ColumnMaker(culture)
        ids = []
        for ident, person in register:
            maker.add(person)
            ids.append(ident)
        columns, words, bearers, counties = maker.finish()
        del maker
        vocabulary = Vocabulary(words, bearers, len(ids), culture)
        postings = _postings(columns, word_numbers(words, culture))
        return cls(tuple(ids), columns, vocabulary, tuple(counties), postings, culture)

    def save(self, path: Path, *, register_digest: str = "") -> None:
        """Write the index to a file that only its owner may read."""
        points, standing = self.vocabulary.table()
        count = len(self.ids)
        arrays: dict[str, NDArray[Any]] = {
            **self.columns.as_arrays(),
            "ids": _packed(self.ids),
            "vocabulary": _packed(self.vocabulary.words),
            "bearers": self._bearers(),
            "points": points,
            "standing": standing,
            "keys": self.postings.keys,
            "starts": self.postings.starts,
            "rows": self.postings.rows,
        }
        save_arrays(path, arrays, {"culture": self.culture.digest, "register": register_digest,
                                   "people": count, "counties": list(self.counties)})  # fmt: skip

    @classmethod
    def open(cls, path: Path, culture: Culture, *, register_digest: str = "") -> "Index":
        """Map an index file into memory.

        Raises:
            BadIndex: the file is not a whole index of this version, or was made under another culture, or,
            where
                `register_digest` is given, from another register.
        """
        arrays, made_from = open_arrays(path)
        if made_from.get("culture") != culture.digest:
            raise BadIndex(f"{path.name} was made under another culture. Build it anew.")
        if register_digest and made_from.get("register") != register_digest:
            raise BadIndex(f"{path.name} was made from another register. Build it anew.")
        try:
            people, counties = int(made_from["people"]), tuple(map(str, made_from["counties"]))
            vocabulary = Vocabulary(_unpacked(arrays["vocabulary"]), arrays["bearers"], people, culture,
                                    met=(arrays["points"], arrays["standing"]))  # fmt: skip
            postings = Postings(arrays["keys"], arrays["starts"], arrays["rows"])
            ids = tuple(_unpacked(arrays["ids"]))
            return cls(ids, Columns.from_arrays(arrays), vocabulary, counties, postings, culture)
        except (KeyError, TypeError, ValueError):
            raise BadIndex(f"{path.name} is damaged. Build it anew.") from None

    def _bearers(self) -> NDArray[np.float32]:
        held = self.columns.words[self.columns.words != NO_WORD]
        return np.bincount(held, minlength=len(self.vocabulary.words)).astype(np.float32)


def word_numbers(words: Iterable[str], culture: Culture) -> Numbers:
    """The number of each word's sound, of which blocking keys are made."""
    return np.fromiter((text_number(culture.sound(word)) for word in words), dtype=np.uint64)


def _postings(columns: Columns, sounds: Numbers) -> Postings:
    """All blocking keys of all rows, ascending, with the rows that have them."""
    keys: list[Numbers] = []
    rows: list[NDArray[np.int32]] = []

    def keep(found: Numbers, at: NDArray[np.integer]) -> None:
        keys.append(found)
        rows.append(at.astype(np.int32))

    width = columns.words.shape[1]
    for one in range(width):
        at = np.flatnonzero(columns.words[:, one] != NO_WORD)
        mine = sounds[columns.words[at, one]]
        keep(single_keys(Kind.WORD, mine), at)
        for kind, column in (
            (Kind.YEAR, columns.dob // 10000),
            (Kind.COUNTY, columns.county.astype(np.int32) + 1),
        ):
            known = column[at] > 0
            keep(joint_keys(kind, mine[known], column[at][known]), at[known])
        for other in range(one + 1, width):
            both = np.flatnonzero(columns.words[:, other] != NO_WORD)
            first, second = sounds[columns.words[both, one]], sounds[columns.words[both, other]]
            keep(pair_keys(first, second), both)
    at = np.flatnonzero(columns.dob % 100 > 0)
    keep(single_keys(Kind.BORN, columns.dob[at]), at)
    at = np.flatnonzero(columns.phone > 0)
    keep(single_keys(Kind.PHONE, columns.phone[at]), at)
    at = np.flatnonzero(columns.nid != b"")
    for found in nid_keys(columns.nid[at]):
        keep(found, at)
    return _grouped(keys, rows)


def _grouped(keys: list[Numbers], rows: list[NDArray[np.int32]]) -> Postings:
    every = np.concatenate(keys)
    keys.clear()
    order = np.argsort(every, kind="stable")
    every, held = every[order], np.concatenate(rows)[order]
    rows.clear()
    del order
    fresh = np.ones(len(every), dtype=bool)
    # A row whose two words sound the same would have its keys twice.
    fresh[1:] = (every[1:] != every[:-1]) | (held[1:] != held[:-1])
    every, held = every[fresh], held[fresh]
    begins = (
        np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1]))) if len(every) else np.zeros(0, int)
    )
    return Postings(every[begins], np.append(begins, len(every)).astype(np.int64), held)


def _packed(texts: Iterable[str]) -> NDArray[np.uint8]:
    # No text holds the separator: words have none and ids are checked for it.
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n") if packed.size else []
