"""The waterfall of a hit: where its probability comes from, line by line, in bits that add up.

The log-odds of a hit are log2(probability / (1 - probability)). Each bit doubles the odds, each bit less
halves them. The lines add up to them exactly (up to rounding errors of the last place); each has a sentence
that can be read out. No sentence repeats what stands in the register.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

from kinga.namematch.screening import Answer, Screener
from kinga.namematch.vocabulary import Level
from kinga.namematch.weights import County, Dob, Nid, Phone, Sex

_WORD = {
    Level.EXACT: "The name asked about, “{word}”, stands in the record in the same spelling.",
    Level.VARIANT: "The name asked about, “{word}”, stands in the record in another form of the same name.",
    Level.SOUND_CLOSE: "The name asked about, “{word}”, stands in the record in a spelling that sounds the "
    "same.",
    Level.NEAR: "The name asked about, “{word}”, stands in the record with a letter or two different.",
    Level.SOUND: "A name in the record sounds like “{word}” but is spelled quite differently.",
    Level.ROOT: "A name in the record has the same root as “{word}” with another beginning or ending.",
    Level.INITIAL: "An initial agrees where “{word}” was asked about.",
}
_FIELDS: dict[str, dict[IntEnum, str]] = {
    "dob": {
        Dob.UNKNOWN: "A date of birth is missing on one side; it says nothing.",
        Dob.EXACT: "The date of birth is the same.",
        Dob.SWAPPED: "The date of birth is the same with day and month exchanged.",
        Dob.ONE_PART_WRONG: "The year of birth and either day or month are the same; the rest differs.",
        Dob.OTHER_YEAR: "Two parts of the date of birth are the same, but the year differs.",
        Dob.SAME_YEAR: "The year of birth is the same; day and month differ.",
        Dob.NEAR_YEAR: "The years of birth are one apart.",
        Dob.DIFFERENT: "The dates of birth are different.",
        Dob.YEAR_SAME: "Only the year of birth is known on one side, and it is the same.",
        Dob.YEAR_NEAR: "Only the year of birth is known on one side, and it is one apart.",
        Dob.YEAR_DIFFERENT: "Only the year of birth is known on one side, and it is different.",
    },
    "nid": {
        Nid.UNKNOWN: "An ID number is missing on one side; it says nothing.",
        Nid.EXACT: "The ID number is the same.",
        Nid.NEAR: "The ID numbers differ by one slip: a digit, or two neighbours exchanged.",
        Nid.DIFFERENT: "The ID numbers are different.",
    },
    "phone": {
        Phone.UNKNOWN: "A telephone number is missing on one side; it says nothing.",
        Phone.EXACT: "The telephone number is the same.",
        Phone.DIFFERENT: "The telephone numbers are different.",
    },
    "county": {
        County.UNKNOWN: "A county is missing on one side; it says nothing.",
        County.SAME: "The county is the same.",
        County.DIFFERENT: "The counties are different.",
    },
    "sex": {
        Sex.UNKNOWN: "The sex is missing on one side; it says nothing.",
        Sex.SAME: "The sex is the same.",
        Sex.DIFFERENT: "The sex is different.",
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a waterfall: which field, at which level, how many bits, and the sentence."""

    field: str
    level: str
    bits: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Why a hit has its probability."""

    id: str
    probability: float
    log_odds: float
    """log2(probability / (1 - probability)); the bits of the lines add up to it."""
    lines: tuple[Line, ...]


def explain(answer: Answer, screener: Screener) -> tuple[Waterfall, ...]:
    """The waterfalls of an answer's hits, in their order. `screener` is the one that gave the answer."""
    return tuple(_waterfall(answer, screener, place) for place in range(len(answer.hits)))


def _waterfall(answer: Answer, screener: Screener, place: int) -> Waterfall:
    hit, compared = answer.hits[place], answer.compared
    row = int(answer.order[place])
    start = Line(
        "prior", "prior", compared.prior_bits,
        f"Before anything is compared, any one of the {len(screener.index.ids):,} persons in the register "
        "is improbable.",
    )  # fmt: skip
    lines = [start, *_name_lines(answer, row)]
    for field, sentences in _FIELDS.items():
        level = type(next(iter(sentences)))(int(compared.levels[field][row]))
        lines.append(Line(field, level.name.lower(), float(compared.bits[field][row]), sentences[level]))
    others = compared.nobody + float(compared.odds.sum() - compared.odds[row])
    lines.append(Line("others", "others", -math.log2(others),
                      "Others in the register agree as well, or somebody else could look "
                      "like this one."))  # fmt: skip
    log_odds = math.log2(hit.probability) - _log2_rest(hit.probability, answer)
    lines.append(Line("calibration", "calibration", log_odds - sum(line.bits for line in lines),
                      "Corrected by how often such answers turned out right."))  # fmt: skip
    return Waterfall(hit.id, hit.probability, log_odds, tuple(lines))


def _log2_rest(probability: float, answer: Answer) -> float:
    # 1 - p loses all its digits where p is next to 1; what is left over is known more exactly as a sum.
    others = sum(hit.probability for hit in answer.hits) - probability
    return math.log2(
        max(1.0 - probability, answer.nobody + max(others, 0.0) if probability > 0.5 else 0.0, 1e-300)
    )


def _name_lines(answer: Answer, row: int) -> list[Line]:
    compared = answer.compared
    number = int(compared.reading[row])
    reading, name = answer.asked.readings[number], compared.names[number]
    lines = []
    for at, word in enumerate(reading.words):
        bits = float(name.bits[row, at])
        if name.column[row, at] < 0:
            sentence = f"The name asked about, “{word}”, is not in the record."
            lines.append(Line("name", "missing", bits, sentence))
        else:
            level = Level(int(name.level[row, at]))
            lines.append(Line("name", level.name.lower(), bits, _WORD[level].format(word=word)))
    if reading.bits:
        lines.append(Line("name", "joined", reading.bits, "Two names were read as one, or one as two."))
    left_out = float(name.left_out[row])
    if left_out:
        lines.append(Line("name", "left_out", left_out, "The record has names that were not asked about."))
    namesakes = float(compared.bits["namesakes"][row])
    lines.append(
        Line("name", "namesakes", namesakes, "Others in the register bear a name that agrees as well.")
    )
    return lines
