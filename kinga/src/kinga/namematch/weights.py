"""The weights of a scorer: for each field and level, how often one person's records agree so, and two
persons'.

Fellegi and Sunter (1969): the evidence of a level is log2(m / u) bits, where m is its share among pairs of
records of one person and u among pairs of two persons. How often a name, a date, a county is met at all comes
from the register itself (`Vocabulary`, `Index`); the u here stand where nothing more exact is known.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, get_args

from kinga.namematch.errors import BadWeights

STANDARD = Path(__file__).parent / "weights.json"

Purpose = Literal["vetting", "report"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class Dob(IntEnum):
    """How two dates of birth agree."""

    UNKNOWN = 0
    EXACT = 1
    SWAPPED = 2
    ONE_PART_WRONG = 3
    OTHER_YEAR = 4
    SAME_YEAR = 5
    NEAR_YEAR = 6
    DIFFERENT = 7
    YEAR_SAME = 8
    YEAR_NEAR = 9
    YEAR_DIFFERENT = 10


class Nid(IntEnum):
    """How two ID numbers agree; NEAR: two neighbours transposed, or one wrong, missing or added."""

    UNKNOWN = 0
    EXACT = 1
    NEAR = 2
    DIFFERENT = 3


class Phone(IntEnum):
    """Whether two telephone numbers are the same."""

    UNKNOWN = 0
    EXACT = 1
    DIFFERENT = 2


class County(IntEnum):
    """Whether two counties are the same."""

    UNKNOWN = 0
    SAME = 1
    DIFFERENT = 2


class Sex(IntEnum):
    """Whether the sex is the same."""

    UNKNOWN = 0
    SAME = 1
    DIFFERENT = 2


LEVELS: Mapping[str, type[IntEnum]] = {"dob": Dob, "nid": Nid, "phone": Phone, "county": County, "sex": Sex}
_NAME = (
    "exact",
    "variant",
    "sound_close",
    "near",
    "sound",
    "root",
    "initial",
    "missing",
    "left_out",
    "joined",
)
_SINGLE = {
    "name": _NAME,
    "prior": PURPOSES,
    "stories": ("namesake", "near_namesake", "relative"),
    "relative": ("same_dob",),
    "calibration": ("slope", "offset"),
    "bands": ("no_match", "probable"),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights; `Weights.standard()` are those that come with the toolkit."""

    name: Mapping[str, float]
    """m of each `Level` of a word, of `missing` (asked, not held), `left_out` (held, not asked), `joined`."""
    fields: Mapping[str, Mapping[int, tuple[float, float]]]
    """m and u of each level of each field in LEVELS."""
    prior: Mapping[str, float]
    """How probable it is, for each purpose, that the person asked about is in the register at all."""
    stories: Mapping[str, float]
    """Which share of questions about persons not in the register concerns a look-alike of somebody in it."""
    same_dob_of_relative: float
    slope: float
    offset: float
    no_match: float
    probable: float

    @classmethod
    def standard(cls) -> "Weights":
        """The weights that come with the toolkit, fitted on invented persons."""
        return cls.read(STANDARD)

    @classmethod
    def read(cls, file: Path) -> "Weights":
        """Read a table of weights in JSON, in the form of `weights.json` beside this module.

        Raises:
            BadWeights: a value is missing or is none; the message names it.
        """
        try:
            given = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as fault:
            raise BadWeights(
                f"{file.name} cannot be read: {fault}. Name a file of weights in JSON."
            ) from None
        single = {part: {key: _number(given, part, key) for key in keys} for part, keys in _SINGLE.items()}
        fields = {
            field: {int(level): _pair(given, field, level.name.lower()) for level in levels if level}
            for field, levels in LEVELS.items()
        }
        return cls(
            single["name"], fields, single["prior"], single["stories"], single["relative"]["same_dob"],
            single["calibration"]["slope"], single["calibration"]["offset"],
            single["bands"]["no_match"], single["bands"]["probable"],
        )  # fmt: skip

    def bits(self, field: str, level: int) -> float:
        """The evidence of a level of a field; 0 where the field is unknown."""
        if level == 0:
            return 0.0
        m, u = self.fields[field][level]
        return math.log2(m / u)


def _number(given: Any, part: str, key: str) -> float:
    try:
        value = float(given[part][key])
    except (KeyError, TypeError, ValueError):
        raise BadWeights(f"{part}.{key} is missing or is no number. Correct the table of weights.") from None
    in_range = math.isfinite(value) if key == "offset" else 0 < value <= (10 if key == "slope" else 1)
    if not in_range:
        raise BadWeights(f"{part}.{key} is not between 0 and 1. Correct the table of weights.")
    return value


def _pair(given: Any, field: str, level: str) -> tuple[float, float]:
    try:
        m, u = (float(value) for value in given[field][level])
    except (KeyError, TypeError, ValueError):
        raise BadWeights(f"{field}.{level} is not a pair of numbers. Correct the table of weights.") from None
    if not (0 < m <= 1 and 0 < u <= 1):
        raise BadWeights(f"{field}.{level} is not between 0 and 1. Correct the table of weights.")
    return m, u
