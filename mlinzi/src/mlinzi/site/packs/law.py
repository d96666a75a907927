"""Parts of a pack that say what the law is: instruments, provisions, their state by date, and facts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlinzi.site.packs.basics import Id, Many, Refers, Sourced, Statutory, Strict, Text, Word

WorkId = Annotated[str, Field(pattern=r"^/akn/[a-z]{2}(/[a-z0-9._-]+){2,}$")]
InstrumentId = Annotated[WorkId, Refers("instruments")]
ProvisionId = Annotated[Id, Refers("provisions")]


class Commencement(Sourced):
    """The day on which an instrument came into force."""

    date: date


class Instrument(Sourced):
    """A constitution, Act, regulation or guideline. id: a work address in the manner of Akoma Ntoso."""

    id: WorkId
    type: Literal["constitution", "act", "regulations", "guidelines"]
    title: Statutory
    year: Annotated[int, Field(ge=1800, le=2200)] | None
    number: Word | None
    commenced: Commencement | None = None
    note: Word | None = None


class Provision(Sourced):
    """A section or article. heading: the statute's words; summary: ours; note: what is still to check."""

    id: Id
    instrument: InstrumentId
    number: Word
    heading: Statutory | None = None
    summary: Word
    note: Word | None = None


class ProvisionState(Sourced):
    """The force of a provision from one day on, until the last day named or until further notice.

    Of a provision without a state no more is known than when its instrument commenced, if that.
    """

    provision: ProvisionId
    state: Literal["in_force", "suspended", "repealed", "not_commenced"]
    since: date
    until: date | None = None
    basis: Word

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.until and self.until < self.since:
            raise ValueError("this state ends before it begins; correct since or until")
        return self


class Fact(Sourced):
    """A statement with its figure, if it has one. note: what the reader must know before using it."""

    id: Id
    statement: Text
    value: int | float | str | None = None
    unit: Word | None = None
    note: Word | None = None


class Law(Strict):
    """`law.yaml`."""

    instruments: Many[Instrument]
    provisions: Many[Provision]
    states: Many[ProvisionState]
    facts: Many[Fact]
