"""A register as columns: each person a row of numbers, so that a thousand can be compared in one step.

Row i of every column is the i-th person. Nothing here is a score.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinga.namematch.culture import Culture
from kinga.namematch.errors import BadRecord
from kinga.namematch.persons import Person

MOST_WORDS = 12
"""So many different words of a person's name and aliases are compared; more are left out."""

MOST_NAME_WORDS = 8
NID_WIDTH = 16
NO_WORD = -1
SEXES = (None, "F", "M")


@dataclass(frozen=True, slots=True)
class Columns:
    """What is compared of each person; shape (n,) unless it says otherwise."""

    words: NDArray[np.int32]
    """Places in the vocabulary, shape (n, width), filled up with NO_WORD."""
    own: NDArray[np.uint8]
    """How many of a row's words are of the name itself; they come first, the rest are of aliases."""
    dob: NDArray[np.int32]
    """YYYYMMDD, with 00 for an unknown month or day; 0 where unknown."""
    nid: NDArray[np.bytes_]
    """ID numbers, 16 bytes; empty where unknown."""
    phone: NDArray[np.uint64]
    """National digits as a number; 0 where unknown."""
    county: NDArray[np.int16]
    """Places in the list of counties; -1 where unknown."""
    sex: NDArray[np.int8]
    """Places in SEXES; 0 where unknown."""

    def __len__(self) -> int:
        return len(self.dob)

    def take(self, rows: NDArray[np.integer]) -> "Columns":
        """The rows at these places, in this order."""
        return Columns(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Columns":
        """The columns out of named arrays, as an index file holds them."""
        return cls(**{column.name: arrays[column.name] for column in fields(cls)})

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """The columns by name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


class ColumnMaker:
    """Takes persons one after another and makes columns of them, in few bytes each."""

    def __init__(self, culture: Culture) -> None:
        self._culture = culture
        self._vocabulary: dict[str, int] = {}
        self._counties: dict[str, int] = {}
        self._words, self._ends, self._own = array("i"), array("q", [0]), array("B")
        self._dob, self._phone, self._county, self._sex = array("i"), array("Q"), array("h"), array("b")
        self._nid = bytearray()

    def add(self, person: Person) -> None:
        """Add a person.

        Raises:
            BadRecord: a number is longer than any is.
        """
        nid = nid_bytes(person, self._culture)
        phone = phone_number(person, self._culture)
        own, others = person_words(person, self._culture)
        vocabulary = self._vocabulary
        for word in (*own, *others):
            self._words.append(vocabulary.setdefault(word, len(vocabulary)))
        self._ends.append(len(self._words))
        self._own.append(len(own))
        self._dob.append(person.dob.number if person.dob else 0)
        self._nid += nid.ljust(NID_WIDTH, b"\0")
        self._phone.append(phone)
        place = self._culture.place(person.county) if person.county else ""
        self._county.append(self._counties.setdefault(place, len(self._counties)) if place else -1)
        self._sex.append(SEXES.index(person.sex))

    def finish(self) -> tuple[Columns, list[str], NDArray[np.float32], list[str]]:
        """The columns, the vocabulary (ascending), how many persons bear each word, and the counties."""
        ends = np.frombuffer(self._ends, dtype=np.int64)
        count = len(ends) - 1
        flat = np.frombuffer(self._words, dtype=np.int32) if self._words else np.zeros(0, dtype=np.int32)
        names = sorted(self._vocabulary)
        place_of = np.empty(len(names), dtype=np.int32)
        place_of[[self._vocabulary[name] for name in names]] = np.arange(len(names), dtype=np.int32)
        lengths = np.diff(ends)
        words = np.full((count, int(lengths.max(initial=1))), NO_WORD, dtype=np.int32)
        rows = np.repeat(np.arange(count), lengths)
        words[rows, np.arange(len(flat)) - ends[:-1][rows]] = place_of[flat]
        bearers = np.bincount(place_of[flat], minlength=len(names)).astype(np.float32)
        columns = Columns(
            words,
            np.frombuffer(self._own, dtype=np.uint8),
            np.frombuffer(self._dob, dtype=np.int32),
            np.frombuffer(self._nid, dtype=f"S{NID_WIDTH}"),
            np.frombuffer(self._phone, dtype=np.uint64),
            np.frombuffer(self._county, dtype=np.int16),
            np.frombuffer(self._sex, dtype=np.int8),
        )
        return columns, names, bearers, list(self._counties)


def person_words(person: Person, culture: Culture) -> tuple[list[str], list[str]]:
    """The different words of a person's name and those that only aliases have, each in one fixed order."""
    own = sorted(set(culture.words(person.name)))[:MOST_NAME_WORDS]
    others = {word for alias in person.aliases for word in culture.words(alias)} - set(own)
    return own, sorted(others)[: MOST_WORDS - len(own)]


def nid_bytes(person: Person, culture: Culture) -> bytes:
    """The person's ID number as it is compared; empty where unknown.

    Raises:
        BadRecord: it is longer than any ID number is.
    """
    number = culture.number(person.nid).encode() if person.nid else b""
    if len(number) > NID_WIDTH:
        raise BadRecord(f"nid: it has more than {NID_WIDTH} letters and digits. Correct it, or write null.")
    return number


def phone_number(person: Person, culture: Culture) -> int:
    """The person's telephone number as it is compared; 0 where unknown.

    Raises:
        BadRecord: it is longer than any telephone number is.
    """
    digits = culture.phone(person.phone) if person.phone else ""
    if len(digits) > 18:
        raise BadRecord("phone: it has more than 18 digits. Correct it, or write null.")
    return int(digits or 0)
