"""Parts of a pack that say what the public form asks: its pages in order, the door's settings, near help."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mlinzi.intake.rules.form import CHECK, FIELDS, FIXED_CHOICES, START, UNKNOWN, UNSAID, Kind
from mlinzi.site.packs.basics import Id, Label, Line, Many, Paragraph, Sourced, Strict
from mlinzi.site.packs.country import Drawing, EmergencyNumber, PlaceId

# Words of an address of the public site that are not pages of the form.
RESERVED_PAGES = frozenset({CHECK, START, "number", "files", "leave"})


def _can_be_asked(field: str) -> str:
    if field not in FIELDS:
        raise ValueError(f"'{field}' is nothing that can be asked; write one of {', '.join(sorted(FIELDS))}")
    return field


def _is_free(page: str) -> str:
    if page in RESERVED_PAGES:
        raise ValueError(f"'{page}' is an address of its own; give the page another id")
    return page


def _is_given_by_the_pack(choice: str) -> str:
    if choice in (UNKNOWN, UNSAID):
        raise ValueError(f"'{choice}' is offered with every question without the pack; take it out")
    return choice


FieldId = Annotated[str, AfterValidator(_can_be_asked)]
PageId = Annotated[Id, AfterValidator(_is_free)]
# Short, since it is kept with the report as a code.
ChoiceId = Annotated[Id, Field(max_length=16), AfterValidator(_is_given_by_the_pack)]
Condition = Annotated[dict[FieldId, Annotated[Many[Id], Field(min_length=1)]], Field(min_length=1)]


class FormChoice(Strict):
    """One thing to choose. drawing: the name of a small drawing beside it."""

    id: ChoiceId
    label: Label
    hint: Line | None = None
    drawing: Drawing | None = None


class FormField(Strict):
    """One thing that is asked. The choices "I do not know" and "I would rather not say" are never listed."""

    id: FieldId
    label: Label | None = None
    hint: Paragraph | None = None
    choices: Many[FormChoice] = ()

    @model_validator(mode="after")
    def _offers_what_its_kind_needs(self) -> Self:
        offered = [choice.id for choice in self.choices]
        chosen = FIELDS[self.id] is Kind.CHOICE
        if chosen and not offered:
            raise ValueError(f"'{self.id}' is answered by choosing; list its choices")
        if not chosen and offered:
            raise ValueError(f"'{self.id}' is not answered by one of these choices; take them out")
        fixed = FIXED_CHOICES.get(self.id)
        if fixed is not None and set(offered) != fixed:
            raise ValueError(f"'{self.id}' has choices of its own; offer exactly {', '.join(sorted(fixed))}")
        return self


class FormPage(Strict):
    """One question. ask: its words; lead: what is said under it.

    when: alternatives, one of which has to hold with all its fields; none at all means always. shows: what
    stands beside the question. A page without fields only tells something.
    """

    id: PageId
    ask: Line
    lead: Paragraph | None = None
    when: Many[Condition] = ()
    shows: Many[Literal["numbers", "near", "support"]] = ()
    fields: Many[FormField] = ()

    @model_validator(mode="after")
    def _tells_what_it_asks(self) -> Self:
        if not self.fields and self.lead is None and not self.shows:
            raise ValueError("this page asks nothing and tells nothing; give it fields, a lead or shows")
        bare = [field.id for field in self.fields if field.label is None]
        if len(self.fields) > 1 and bare:
            raise ValueError(f"of several fields each needs its words; give '{bare[0]}' a label")
        return self

    @property
    def asks(self) -> tuple[str, ...]:
        """The ids of its fields."""
        return tuple(field.id for field in self.fields)


class Flood(Strict):
    """From how many reports on the door counts as flooded; files wait then, words never do."""

    per_minute: Annotated[int, Field(ge=1)]
    per_ten_minutes: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _more_in_more_time(self) -> Self:
        if self.per_ten_minutes < self.per_minute:
            raise ValueError("ten minutes allow less than one minute; correct per_minute or per_ten_minutes")
        return self


class Copies(Strict):
    """From how many reports of nearly the same words on, and within how many hours, they share one row."""

    from_: Annotated[int, Field(ge=2, alias="from")]
    within_hours: Annotated[int, Field(ge=1)]


class Near(Sourced):
    """A place to which a child can walk for help. when: what it is good for; area: empty means everywhere."""

    id: Id
    label: Label
    when: Line
    hours: Label | None
    area: PlaceId | None = None


class PublicForm(Strict):
    """`form.yaml`. support: a line for people who worry about their own thoughts; acknowledgement: the one
    sentence of the paper that shows that a report was made, without what it says."""

    pages: Annotated[Many[FormPage], Field(min_length=1)]
    flood: Flood
    copies: Copies
    near: Many[Near]
    support: EmergencyNumber | None
    acknowledgement: Line
