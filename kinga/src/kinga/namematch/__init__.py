"""Finds a person in a register under the names people really write, and does not take a namesake for them.

Invariants

- The answer to a question is a list of probabilities that, with the one of *nobody*, add up to at most 1: two
  equal namesakes get less than one half each.
- The order in which the parts of a name are written changes nothing.
- Every probability has a waterfall: its lines, in bits, add up to its log-odds, each with a sentence.
- No band decides about a person: a clearance may proceed on *no match*, all else is for people to look at.
- The engine knows no country: what is known of names comes from a folder, a `Culture`.
- No message repeats what a record holds.

Example

    >>> culture = Culture.plain()
    >>> register = [("r1", Person.from_record({"name": "Amani Tuva Wekesa", "dob": "1984-03-07"})),
    ...             ("r2", Person.from_record({"name": "Wekesa Baraka", "dob": "1979"}))]
    >>> screener = Screener(Index.build(register, culture))
    >>> answer = screener.screen(Person.from_record({"name": "Wekessa Amani", "dob": "1984-07-03"}))
    >>> answer.hits[0].id, answer.hits[0].probability > 0.5
    ('r1', True)
    >>> waterfall = explain(answer, screener)[0]
    >>> abs(sum(line.bits for line in waterfall.lines) - waterfall.log_odds) < 1e-9
    True
    >>> [line.sentence for line in waterfall.lines if line.field == "dob"]
    ['The date of birth is the same with day and month exchanged.']
"""

from kinga.namematch.calibration import Reliability, fit_calibration, reliability
from kinga.namematch.culture import Culture
from kinga.namematch.errors import BadCulture, BadIndex, BadRecord, BadWeights, NameMatchError
from kinga.namematch.explaining import Line, Waterfall, explain
from kinga.namematch.index import Index
from kinga.namematch.persons import PartialDate, Person
from kinga.namematch.records import BadLines, read_lines
from kinga.namematch.screening import Answer, Hit, Screener
from kinga.namematch.weights import PURPOSES, Purpose, Weights

__all__ = [
    "PURPOSES", "Answer", "BadCulture", "BadIndex", "BadLines", "BadRecord", "BadWeights", "Culture", "Hit",
    "Index", "Line", "NameMatchError", "PartialDate", "Person", "Purpose", "Reliability", "Screener",
    "Waterfall", "Weights", "explain", "fit_calibration", "read_lines", "reliability",
]  # fmt: skip
