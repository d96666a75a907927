"""Part of a pack that officers choose from while they work on a case: needs, courts, risk."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlinzi.site.packs.basics import Claim, Id, Label, Line, Many, Risk, Strict, Word


class CareItem(Claim):
    """One line of a list. codes: what the children's case system calls the same."""

    id: Id
    label: Label
    codes: Many[Word] = ()


class NeedItem(CareItem):
    """What a child can need, at once or over a longer time."""

    term: Literal["immediate", "long_term"]


class RiskOption(Strict):
    """An answer and what it weighs. at_least: the level that this answer alone asks for."""

    id: Id
    label: Label
    points: Annotated[int, Field(ge=0, le=20)]
    at_least: Risk | None = None


class RiskQuestion(Strict):
    id: Id
    ask: Line
    options: Annotated[Many[RiskOption], Field(min_length=2)]


class RiskForm(Claim):
    """The questions by which an officer assesses risk. A change of them is a new version."""

    version: Annotated[int, Field(ge=1)]
    medium_from: Annotated[int, Field(ge=1)]
    high_from: Annotated[int, Field(ge=1)]
    questions: Annotated[Many[RiskQuestion], Field(min_length=1)]

    @model_validator(mode="after")
    def _levels_rise_and_can_be_reached(self) -> Self:
        if self.high_from <= self.medium_from:
            raise ValueError("high_from must be more than medium_from")
        most = sum(max(option.points for option in question.options) for question in self.questions)
        if most < self.high_from:
            raise ValueError(f"no answers reach high_from: all together have {most} points at most")
        return self


Some = Annotated[Many[CareItem], Field(min_length=1)]


class Care(Strict):
    """`care.yaml`."""

    relations: Some
    documents: Some
    needs: Annotated[Many[NeedItem], Field(min_length=1)]
    safety: Some
    sessions: Some
    court_outcomes: Some
    orders: Some
    prosecution: Some
    risk: RiskForm

    def lists(self) -> dict[str, Many[CareItem]]:
        """The lists by name; of needs see `needs`, which have a term besides."""
        return {
            "relation": self.relations,
            "document": self.documents,
            "need": self.needs,
            "safety": self.safety,
            "session": self.sessions,
            "court_outcome": self.court_outcomes,
            "order": self.orders,
            "prosecution": self.prosecution,
        }
