"""What every part of a pack is made of: strict records, texts in all languages, facts with their source.

Strict means that nothing is guessed: an unknown field, a number where a word belongs or a clock time that
YAML has turned into a number is refused and named, so that a slip of the pen never becomes a wrong deadline.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Literal, Self, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

T = TypeVar("T")

LABEL_LIMIT = 64  # characters: two lines on a phone 240 pixels wide
LINE_LIMIT = 130  # characters: one line of an introduction
PARAGRAPH_LIMIT = 280  # characters: fits one screen of a small phone together with its heading


class Strict(BaseModel):
    """A record that knows all its fields, guesses nothing and cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class StatutoryWording:
    """Marks a text that names a law or another body's document in its own words.

    Statutes still use terms that the Luxembourg Guidelines replace; only texts so marked may repeat them.
    """


@dataclass(frozen=True)
class Refers:
    """Marks an id that must exist elsewhere in the pack. `to` is the name of the collection, e.g. "roles"."""

    to: str


@dataclass(frozen=True)
class Translated:
    """Marks a text that must exist in every language of the pack."""


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("this text is empty; write it")
    if value != value.strip():
        raise ValueError("this text begins or ends with a space; take it away")
    return value


def _at_most(limit: int) -> Callable[[dict[str, str]], dict[str, str]]:
    def judge(texts: dict[str, str]) -> dict[str, str]:
        for language, text in texts.items():
            if len(text) > limit:
                raise ValueError(
                    f"the text in '{language}' has {len(text)} characters; shorten it to {limit} for phones"
                )
        return texts

    return judge


def _clock(value: object) -> time:
    # YAML 1.1 reads an unquoted 17:00 as the number 1020: only a quoted time means what its writer saw.
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise ValueError('this is not a clock time; write hours and minutes in quotes, as in "08:00"')


Many: TypeAlias = Annotated[
    tuple[T, ...], Field(strict=False)
]  # YAML has lists; a frozen record holds tuples

Word = Annotated[str, AfterValidator(_said)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=64)]
ActionName = Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z_]+){2}$")]
LanguageId = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Clock = Annotated[time, BeforeValidator(_clock)]
Statutory = Annotated[Word, StatutoryWording()]

Text: TypeAlias = Annotated[dict[LanguageId, Word], Field(min_length=1), Translated()]
Label: TypeAlias = Annotated[Text, AfterValidator(_at_most(LABEL_LIMIT))]
Line: TypeAlias = Annotated[Text, AfterValidator(_at_most(LINE_LIMIT))]
Paragraph: TypeAlias = Annotated[Text, AfterValidator(_at_most(PARAGRAPH_LIMIT))]

Certainty = Literal["seen", "press", "general", "none_found"]
Risk = Literal["high", "medium", "low"]
RISKS: tuple[Risk, ...] = ("high", "medium", "low")

SourceId = Annotated[Id, Refers("sources")]


class Sourced(Strict):
    """A statement about the world, with how sure we are and where it comes from.

    certainty: seen (read in the law, an official page or the first publisher's page), press (news or a
    summary only), general (general knowledge, to be checked), none_found (looked for and not found).
    as_of: the day for which it holds. reviewer: the person who checked it; empty until somebody has.
    """

    certainty: Certainty
    source: SourceId
    as_of: date | None = None
    reviewer: Word | None = None


class Claim(Strict):
    """A row that is either a sourced fact or openly a proposal of this project, nothing in between."""

    kind: Literal["fact", "proposal"]
    certainty: Certainty | None = None
    source: SourceId | None = None
    as_of: date | None = None
    reviewer: Word | None = None

    @model_validator(mode="after")
    def _a_fact_has_a_source(self) -> Self:
        if self.kind == "fact" and (self.certainty is None or self.source is None):
            raise ValueError("a fact needs certainty and source; give both, or mark the row kind: proposal")
        return self
