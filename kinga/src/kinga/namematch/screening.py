"""A question to a register: whom it may concern, how probable each is, and how probable it is that it is
nobody.

    odds of row i      = prior / rows * 2 ** (bits of its name and fields)
    odds of nobody     = 1 - prior, and more for each row that somebody else would look like as well
    probability of i   = odds of i / (odds of nobody + odds of all rows)

*Somebody else* is one of three stories: a namesake, a namesake of the same county and year, a relative who
shares the telephone. They keep a rare name alone, or a shared telephone, from passing for a person.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinga.namematch.columns import SEXES, Columns, nid_bytes, person_words, phone_number
from kinga.namematch.comparing import county_levels, dob_levels, nid_levels, phone_levels, sex_levels
from kinga.namematch.index import Index, word_numbers
from kinga.namematch.keys import Kind, Numbers, joint_keys, nid_keys, pair_keys, single_keys
from kinga.namematch.names import NameEvidence, NameScorer, Reading, readings
from kinga.namematch.persons import Person
from kinga.namematch.weights import LEVELS, Dob, Nid, Purpose, Weights

MOST_ROWS = 1500
"""So many rows, those that share the rarest keys, are compared."""

MOST_POSTINGS = 40_000
"""So many entries are read for one question, the shortest lists first."""

MOST_HITS = 10
WORTH_SHOWING = 0.00005
_MOST_SOUNDS = 12

Band = Literal["no match", "review", "probable"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the form in which it is compared."""

    readings: tuple[Reading, ...]
    dob: int
    nid: bytes
    phone: int
    county: int | None
    county_share: float
    sex: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows that were compared with a question, n of them, and what was found."""

    rows: NDArray[np.int64]
    levels: dict[str, NDArray[np.int8]]
    bits: dict[str, NDArray[np.float64]]
    """The bits of `name`, of `namesakes` (not above 0) and of each field, each of shape (n,)."""
    names: tuple[NameEvidence, ...]
    """One for each reading."""
    reading: NDArray[np.int64]
    """Which reading counts, shape (n,)."""
    prior_bits: float
    odds: NDArray[np.float64]
    """The odds of each row against a person like no one here, shape (n,)."""
    nobody: float
    """The odds of nobody on the same scale: 1, and more for each row that somebody else resembles."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody in the register whom a question may concern."""

    id: str
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Whom a question may concern, the likeliest first; whatever is missing to 1 is nobody or not worth
    showing.
    """

    hits: tuple[Hit, ...]
    nobody: float
    """The probability that the person asked about is not in the register."""
    band: Band
    """No band decides anything about a person: *no match* lets a clearance proceed, all else is for
    people.
    """
    asked: Asked
    compared: Compared
    order: NDArray[np.int64]
    """The places of the hits among the rows compared."""


class Screener:
    """Answers questions to one register.

    Args:
        index: the register.
        weights: by default those that come with the toolkit.
    """

    def __init__(self, index: Index, weights: Weights | None = None) -> None:
        self.index = index
        self.weights = weights or Weights.standard()
        self._names = NameScorer(index.vocabulary, self.weights)
        self._sounds = word_numbers(index.vocabulary.words, index.culture)
        self._county_places = {county: place for place, county in enumerate(index.counties)}
        counted = np.bincount(index.columns.county[index.columns.county >= 0], minlength=len(index.counties))
        self._county_shares = (counted + 1.0) / (counted.sum() + len(counted) + 1.0)
        self._tables = {
            field: np.array([self.weights.bits(field, level) for level in levels])
            for field, levels in LEVELS.items()
        }

    def screen(self, person: Person, purpose: Purpose = "report") -> Answer:
        """Ask whether `person` is in the register.

        Raises:
            BadRecord: a number in the question is longer than any is.
        """
        asked = self._ask(person)
        compared = self._compare(asked, purpose)
        total = float(compared.odds.sum())
        somebody = self._calibrated(total / compared.nobody)
        shares = compared.odds / total * somebody if total > 0 else compared.odds
        order = np.lexsort((compared.rows, -shares))[:MOST_HITS]
        order = order[shares[order] >= WORTH_SHOWING]
        ids = self.index.ids
        hits = tuple(Hit(ids[compared.rows[at]], float(shares[at])) for at in order)
        return Answer(hits, 1.0 - somebody, self._band(hits), asked, compared, order)

    def keys(self, person: Person) -> Numbers:
        """The blocking keys of a question: the rows that have one of them are the candidates."""
        return self._keys(self._ask(person))

    # -- the steps -----------------------------------------------------------------------------------------

    def _ask(self, person: Person) -> Asked:
        culture = self.index.culture
        own, _ = person_words(person, culture)
        county = self._county_places.get(culture.place(person.county), -1) if person.county else None
        share = float(self._county_shares[county]) if county is not None and county >= 0 else 0.0
        return Asked(
            tuple(readings(tuple(own), self.index.vocabulary, self.weights)),
            person.dob.number if person.dob else 0,
            nid_bytes(person, culture),
            phone_number(person, culture),
            county,
            share,
            SEXES.index(person.sex),
        )

    def _keys(self, asked: Asked) -> Numbers:
        words = sorted({word for reading in asked.readings for word in reading.words if len(word) > 1})
        sounds = [self._sounds_of(word) for word in words]
        every = np.unique(np.concatenate(sounds)) if sounds else np.zeros(0, dtype=np.uint64)
        found = [single_keys(Kind.WORD, every)]
        for place, one in enumerate(sounds):
            for other in sounds[place + 1 :]:
                found.append(pair_keys(np.repeat(one, len(other)), np.tile(other, len(one))))
        if asked.dob:
            year, month, day = asked.dob // 10000, asked.dob // 100 % 100, asked.dob % 100
            for near in (year - 1, year, year + 1):
                found.append(joint_keys(Kind.YEAR, every, np.full(len(every), near)))
            if day:
                swapped = year * 10000 + day * 100 + month
                found.append(single_keys(Kind.BORN, np.array([asked.dob, swapped])))
        if asked.county is not None and asked.county >= 0:
            found.append(joint_keys(Kind.COUNTY, every, np.full(len(every), asked.county + 1)))
        if asked.phone:
            found.append(single_keys(Kind.PHONE, np.array([asked.phone], dtype=np.uint64)))
        if asked.nid:
            found.extend(nid_keys(np.array([asked.nid], dtype=self.index.columns.nid.dtype)))
        return np.unique(np.concatenate(found))

    def _sounds_of(self, word: str) -> Numbers:
        meeting = self.index.vocabulary.meet(word)
        best = np.argsort(meeting.levels, kind="stable")
        sounds = self._sounds[meeting.words[best]]
        # The own sound first, then those of the closest words, each once.
        _, first = np.unique(sounds, return_index=True)
        return sounds[np.sort(first)[:_MOST_SOUNDS]]

    def _candidates(self, asked: Asked) -> NDArray[np.int64]:
        postings = self.index.postings
        begins, lengths = postings.lengths(self._keys(asked))
        order = np.argsort(lengths, kind="stable")
        order = order[(lengths[order] > 0) & (np.cumsum(lengths[order]) <= MOST_POSTINGS)]
        begins, lengths = begins[order], lengths[order]
        if not len(order):
            return np.zeros(0, dtype=np.int64)
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(begins - (ends - lengths), lengths)
        rows = postings.rows[places]
        rarity = np.repeat(np.log2((len(self.index.ids) + 1) / lengths), lengths)
        found, which = np.unique(rows, return_inverse=True)
        if len(found) <= MOST_ROWS:
            return found.astype(np.int64)
        weight = np.bincount(which, weights=rarity)
        best = np.lexsort((found, -weight))[:MOST_ROWS]
        return np.sort(found[best]).astype(np.int64)

    def _compare(self, asked: Asked, purpose: Purpose) -> Compared:
        rows = self._candidates(asked)
        held = self.index.columns.take(rows)
        count = len(self.index.ids)
        levels, bits = self._fields(asked, held)
        names = tuple(self._names.weigh(reading, held) for reading in asked.readings)
        totals = np.stack([name.total for name in names])
        reading = totals.argmax(axis=0)
        name = totals.max(axis=0, initial=-math.inf)
        bits["name"] = name
        bits["namesakes"] = -np.log2(1.0 + _others(name) * np.exp2(np.minimum(name, 60.0)) / max(count, 1))
        prior = self.weights.prior[purpose]
        prior_bits = math.log2(prior / (1.0 - prior) / max(count, 1))
        odds = np.exp2(prior_bits + sum(bits.values()))
        agreeing = np.stack([name.agreeing for name in names])[reading, np.arange(len(rows))]
        nobody = 1.0 + float(self._look_alikes(levels, bits, agreeing).sum()) / max(count, 1)
        return Compared(rows, levels, bits, names, reading, prior_bits, odds, nobody)

    def _fields(
        self, asked: Asked, held: Columns
    ) -> tuple[dict[str, NDArray[np.int8]], dict[str, NDArray[np.float64]]]:
        levels = {
            "dob": dob_levels(asked.dob, held.dob),
            "nid": nid_levels(asked.nid, held.nid),
            "phone": phone_levels(asked.phone, held.phone),
            "county": county_levels(asked.county, held.county),
            "sex": sex_levels(asked.sex, held.sex),
        }
        bits = {field: self._tables[field][at] for field, at in levels.items()}
        if asked.county_share:
            m = self.weights.fields["county"]
            same, other = m[1][0] / asked.county_share, m[2][0] / (1.0 - asked.county_share)
            bits["county"] = np.array([0.0, math.log2(same), math.log2(other)])[levels["county"]]
        if asked.dob % 100:
            _, born = self.index.postings.lengths(single_keys(Kind.BORN, np.array([asked.dob])))
            # Days on which many are said to be born, such as the first of January, say less.
            u = (float(born[0]) + 10.0) / (len(self.index.ids) + 200_000.0)
            bits["dob"] = np.where(
                levels["dob"] == Dob.EXACT, math.log2(self.weights.fields["dob"][1][0] / u), bits["dob"]
            )
        return levels, bits

    def _look_alikes(self, levels: dict[str, NDArray[np.int8]], bits: dict[str, NDArray[np.float64]],
                     agreeing: NDArray[np.float64]) -> NDArray[np.float64]:  # fmt: skip
        """For each row, how much likelier the question is if it concerns a look-alike of that row."""
        stories = self.weights.stories
        dob = levels["dob"]
        other_day = {Dob.SAME_YEAR: 0.87, Dob.ONE_PART_WRONG: 0.11, Dob.SWAPPED: 0.005, Dob.EXACT: 0.003,
                     Dob.YEAR_SAME: 1.0, Dob.UNKNOWN: 1.0}  # fmt: skip
        same_year = np.zeros(len(Dob))
        for level, share in other_day.items():
            same_year[level] = share / (self.weights.fields["dob"][level][1] if level else 1.0)
        namesake = np.exp2(bits["name"] + bits["namesakes"] + bits["sex"])
        county = np.where(levels["county"] == 2, 0.05, np.exp2(bits["county"]))
        same_dob = (dob == Dob.EXACT) * self.weights.same_dob_of_relative * np.exp2(bits["dob"])
        relative = np.exp2(bits["phone"] + bits["county"] + agreeing)
        relative = relative * (1.0 - self.weights.same_dob_of_relative + same_dob)
        # Nobody else bears the same ID number, and hardly anybody one so near.
        free = (levels["nid"] == Nid.UNKNOWN) | (levels["nid"] == Nid.DIFFERENT)
        likely = (
            stories["namesake"] * namesake + stories["near_namesake"] * namesake * same_year[dob] * county
        )
        return np.where(free, likely + stories["relative"] * relative, 0.0)

    def _calibrated(self, odds: float) -> float:
        if odds <= 0:
            return 0.0
        bits = self.weights.slope * math.log2(odds) + self.weights.offset
        return 1.0 / (1.0 + math.exp2(-min(max(bits, -500.0), 500.0)))

    def _band(self, hits: tuple[Hit, ...]) -> Band:
        best = hits[0].probability if hits else 0.0
        if best < self.weights.no_match:
            return "no match"
        return "probable" if best >= self.weights.probable else "review"


def _others(name: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row, how many others agree as well in the name, to within a bit."""
    ascending = np.sort(name)
    as_well: NDArray[np.float64] = len(name) - np.searchsorted(ascending, name - 1.0) - np.float64(1.0)
    return as_well
