"""How urgent a report is, by the pack's table. Pure: facts and rows in, an urgency with its row out.

The table has two parts. Of the rows called *first* the first one that fits gives the urgency. Then each row
called *after* that fits moves it by one step, once down and once up at most; the last that did so explains
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlinzi.casework.rules.judging import Judged, ReportFacts, Urgency


class Phase(StrEnum):
    FIRST = "first"
    AFTER = "after"


class Effect(StrEnum):
    """What a row does: gives an urgency, or moves the one that was given."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    RAISE = "raise"
    LOWER = "lower"


WORDS = frozenset(
    {
        "in_danger",
        "base",
        "category",
        "age",
        "about",
        "since",
        "says_more",
        "many",
        "flood",
        "haste",
        "names_child",
    }
)
"""Facts that are words; a condition names those that fit."""
NUMBERS = frozenset({"shares", "copies", "hours"})
"""Facts that are numbers; a condition names the least that fits."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Args:
        when: by the name of a fact, the words that fit, or the least number. final: nothing comes after it.
        sentence: by language; ``{category}``, ``{shares}``, ``{copies}`` and ``{hours}`` are filled in.
    """

    id: str
    phase: Phase
    when: Mapping[str, frozenset[str] | int]
    effect: Effect
    sentence: Mapping[str, str] = field(default_factory=dict)
    final: bool = False

    def fits(self, told: Mapping[str, str | int]) -> bool:
        """Whether every condition holds."""
        return all(_holds(told[name], wanted) for name, wanted in self.when.items())


def _holds(value: str | int, wanted: frozenset[str] | int) -> bool:
    if isinstance(wanted, int):
        return isinstance(value, int) and value >= wanted
    return value in wanted


def row_from(id: str, held: Mapping[str, Any]) -> Row:
    """A row out of its stored form."""
    when = {name: w if isinstance(w, int) else frozenset(map(str, w)) for name, w in held["when"].items()}
    return Row(
        id, Phase(held["phase"]), when, Effect(held["effect"]), held["sentence"], bool(held.get("final"))
    )


def as_told(facts: ReportFacts) -> dict[str, str | int]:
    """The facts by the names that conditions use."""
    nothing_to_look_at = not facts.category and not facts.says_more
    return {
        "in_danger": facts.in_danger,
        "base": facts.base_urgency or "none",
        "category": facts.category_id or ("other" if facts.category else "none"),
        "age": facts.age or "unknown",
        "about": facts.about or "unknown",
        "since": facts.since or "unknown",
        "says_more": _yes(facts.says_more),
        "many": _yes(facts.many),
        "flood": _yes(facts.in_flood and not facts.worked and nothing_to_look_at),
        "haste": _yes(facts.haste),
        "names_child": _yes(facts.names_child),
        "shares": facts.shares_term,
        "copies": facts.copies,
        "hours": facts.hours,
    }


def _yes(what: bool) -> str:
    return "yes" if what else "no"


_HIGHER = {Urgency.LOW: Urgency.MEDIUM, Urgency.MEDIUM: Urgency.HIGH, Urgency.HIGH: Urgency.HIGH}
_LOWER = {Urgency.HIGH: Urgency.MEDIUM, Urgency.MEDIUM: Urgency.LOW, Urgency.LOW: Urgency.LOW}


def urgency(facts: ReportFacts, table: Sequence[Row]) -> Judged:
    """How urgent a report is, with the row that says why. It orders a queue and decides nothing.

    A table whose rows fit nothing gives medium urgency and no row: a person has to read it.
    """
    told = as_told(facts)
    row = next((r for r in table if r.phase is Phase.FIRST and r.fits(told)), None)
    if row is None:
        return Judged(Urgency.MEDIUM, "", "")
    found, moved = Urgency(row.effect.value), set[Effect]()
    if not row.final:
        for later in table:
            if later.phase is Phase.AFTER and later.effect not in moved and later.fits(told):
                moved.add(later.effect)
                found, row = (_HIGHER if later.effect is Effect.RAISE else _LOWER)[found], later
    return Judged(found, sentence_of(row, facts), row.id)


def sentence_of(row: Row, facts: ReportFacts, language: str = "") -> str:
    """A row's sentence with what it names filled in, in a language or the pack's first."""
    text = row.sentence.get(language) or next(iter(row.sentence.values()), "")
    return filled(text, category=facts.category, **numbers_of(facts))


def numbers_of(facts: ReportFacts) -> dict[str, int]:
    """The numbers that sentences name."""
    return {"shares": facts.shares_term, "copies": facts.copies, "hours": facts.hours}


def filled(sentence: str, *, category: str, **numbers: int) -> str:
    """A sentence with its placeholders filled in; a number that is not known any more is 0."""
    known = {"shares": 0, "copies": 0, "hours": 0, **numbers}
    for name, value in {**known, "category": category}.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence


def why_not_table(
    table: Sequence[Row], examples: Mapping[str, Sequence[tuple[ReportFacts, Urgency]]]
) -> list[str]:
    """Reasons against a table; empty means yes.

    Each row has examples, and in each of its examples it is the one that decides, with the urgency that the
    example names: so a row that others shadow, or that does not do what it says, is found.
    """
    reasons = []
    if not any(row.phase is Phase.FIRST and not row.when for row in table):
        reasons.append("The last row called first has to fit everything; give it no condition.")
    for row in table:
        own = examples.get(row.id, ())
        if not own:
            reasons.append(f"{row.id}: give at least one example that this row decides.")
        for facts, wanted in own:
            found = urgency(facts, table)
            if found.row != row.id:
                reasons.append(f"{row.id}: in one of its examples {found.row or 'no row'} decides instead.")
            elif found.urgency is not wanted:
                reasons.append(f"{row.id}: an example wants {wanted.value} and gets {found.urgency.value}.")
    return reasons
