"""Part of a pack that says how urgent a report is: a table, with examples that each row has to decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlinzi.casework.rules import NUMBERS, WORDS, Effect, Phase, ReportFacts, Row, Urgency, row_from
from mlinzi.site.packs.basics import Claim, Id, Many, Risk, Strict, Text, Word

Wanted = Annotated[Many[Word], Field(min_length=1)] | Annotated[int, Field(ge=1)]


class Example(BaseModel):
    """Facts, and the urgency that they have to get. What is not named is ordinary."""

    model_config = ConfigDict(extra="allow", frozen=True)
    urgency: Risk

    @model_validator(mode="after")
    def _names_facts(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if name not in WORDS | NUMBERS:
                raise ValueError(f"'{name}' is no fact; use one of {', '.join(sorted(WORDS | NUMBERS))}")
            if (name in NUMBERS) != isinstance(value, int):
                raise ValueError(f"'{name}' is {'a number' if name in NUMBERS else 'a word, in quotes'}")
        return self

    def facts(self) -> ReportFacts:
        """The facts of the example, everything else ordinary."""
        told: dict[str, Any] = {
            "base": "low",
            "category": "any",
            "in_danger": "no",
            **(self.model_extra or {}),
        }
        none = told["category"] == "none"
        return ReportFacts(
            in_danger=told["in_danger"],
            base_urgency="" if none else told["base"],
            category="" if none else "Anything",
            category_id="" if none else told["category"],
            shares_term=told.get("shares", 0),
            copies=told.get("copies", 0),
            many=told.get("many") == "yes",
            in_flood=told.get("flood") == "yes",
            says_more=told.get("says_more", "no" if told.get("flood") == "yes" else "yes") == "yes",
            age=told.get("age", ""),
            about=told.get("about", ""),
            since=told.get("since", ""),
            hours=told.get("hours", 0),
            haste=told.get("haste") == "yes",
            names_child=told.get("names_child") == "yes",
        )


class TriageRow(Claim):
    """A row of the table. effect: the urgency it gives; of a row called after, raise or lower by one step."""

    id: Id
    when: dict[str, Wanted] = {}
    effect: Literal["high", "medium", "low", "raise", "lower"]
    final: bool = False
    sentence: Text
    examples: Annotated[Many[Example], Field(min_length=1)]

    @model_validator(mode="after")
    def _asks_for_facts(self) -> Self:
        for name, wanted in self.when.items():
            if name not in WORDS | NUMBERS:
                raise ValueError(f"'{name}' is no fact; use one of {', '.join(sorted(WORDS | NUMBERS))}")
            if (name in NUMBERS) != isinstance(wanted, int):
                raise ValueError(
                    f"'{name}' takes {'the least number' if name in NUMBERS else 'a list of words'}"
                )
        return self


class Triage(Strict):
    """`triage.yaml`: rows called first, of which the first that fits decides, and rows called after."""

    first: Annotated[Many[TriageRow], Field(min_length=1)]
    after: Many[TriageRow]

    @model_validator(mode="after")
    def _each_part_does_its_own(self) -> Self:
        if any(row.effect in ("raise", "lower") for row in self.first):
            raise ValueError("a row called first gives an urgency: high, medium or low")
        if any(row.effect not in ("raise", "lower") for row in self.after):
            raise ValueError("a row called after says raise or lower")
        return self

    def stored(self) -> list[tuple[str, dict[str, Any]]]:
        """The rows as they are kept, in order."""
        parts = [(Phase.FIRST, self.first), (Phase.AFTER, self.after)]
        return [
            (
                row.id,
                {
                    "phase": phase.value,
                    "order": order,
                    "when": {n: w if isinstance(w, int) else list(w) for n, w in row.when.items()},
                    "effect": Effect(row.effect).value,
                    "final": row.final,
                    "sentence": row.sentence,
                },
            )
            for phase, rows in parts
            for order, row in enumerate(rows, start=1)
        ]

    def table(self) -> list[Row]:
        """The rows for the rules."""
        return [row_from(id, held) for id, held in self.stored()]

    def examples(self) -> dict[str, list[tuple[ReportFacts, Urgency]]]:
        """The examples by row."""
        return {
            row.id: [(e.facts(), Urgency(e.urgency)) for e in row.examples]
            for row in (*self.first, *self.after)
        }
