"""The public form: which page comes after which, by rules that the country's pack gives as data. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mlinzi.intake.rules.submitted import (
    DETAIL_LIMITS,
    NARRATIVE_LIMIT,
    WITH_ADDRESS,
    Danger,
    Details,
    SafeChannel,
    Submitted,
    where_of,
)

UNKNOWN, UNSAID = "unknown", "unsaid"
CHECK = "check"
START = "start"
SAFE = "safe"
"""The page that asks whether somebody is safe. It is the start: shown before anything is kept."""


class Kind(StrEnum):
    """How a field is answered."""

    CHOICE = "choice"  # one of the pack's choices
    CATEGORY = "category"  # one of the country's public categories
    PLACE = "place"  # one of the country's areas
    LINE = "line"
    TEXT = "text"


class Shows(StrEnum):
    """What a page may show besides its questions."""

    NUMBERS = "numbers"  # emergency numbers
    NEAR = "near"  # places where help is near
    SUPPORT = "support"  # the line for people who worry about their own thoughts


# Every field that a pack may ask for, and how it is answered. A pack chooses, words and orders them.
FIELDS: Mapping[str, Kind] = {
    "safe": Kind.CHOICE,
    "danger": Kind.CHOICE,
    "about": Kind.CHOICE,
    "category": Kind.CATEGORY,
    "story": Kind.TEXT,
    "since": Kind.CHOICE,
    "service": Kind.LINE,
    "link": Kind.LINE,
    "account": Kind.LINE,
    "age": Kind.CHOICE,
    "area": Kind.PLACE,
    "channel": Kind.CHOICE,
    "address": Kind.LINE,
    "hours": Kind.CHOICE,
    "say": Kind.LINE,
    "organisation": Kind.LINE,
    "position": Kind.LINE,
}
# Fields whose choices mean something to the house: a pack must offer these ids and no others.
FIXED_CHOICES: Mapping[str, frozenset[str]] = {
    "safe": frozenset({"yes", "no"}),
    "danger": frozenset({"yes", "no"}),
    "channel": frozenset(SafeChannel),
}
LIMITS: Mapping[str, int] = {**DETAIL_LIMITS, "story": NARRATIVE_LIMIT}


@dataclass(frozen=True)
class Choice:
    """One thing to choose. `drawing` names a small drawing of ours, or is ""."""

    id: str
    label: str
    hint: str = ""
    drawing: str = ""


@dataclass(frozen=True)
class Field:
    """One thing that is asked, in the words of one language."""

    id: str
    label: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def kind(self) -> Kind:
        return FIELDS[self.id]

    def label_of(self, answer: str) -> str:
        """The words of an answer: a choice's label, or what was typed."""
        return next((c.label for c in self.choices if c.id == answer), answer)


@dataclass(frozen=True)
class Page:
    """One page of the form: one question, with the fields that answer it.

    Args:
        when: alternatives; one of them has to hold with all its fields. None at all means always.
    """

    id: str
    ask: str
    lead: str = ""
    fields: tuple[Field, ...] = ()
    when: tuple[Mapping[str, Sequence[str]], ...] = ()
    shows: frozenset[str] = frozenset()

    @property
    def one_tap(self) -> bool:
        """Whether the page is answered by a single touch: one choice and nothing else."""
        return len(self.fields) == 1 and self.fields[0].kind in {Kind.CHOICE, Kind.CATEGORY}

    def applies(self, answers: Mapping[str, str]) -> bool:
        return not self.when or any(
            all(answers.get(name, "") in values for name, values in alternative.items())
            for alternative in self.when
        )


@dataclass(frozen=True)
class Form:
    """All pages in their order, in the words of one language."""

    pages: tuple[Page, ...] = field(default=())

    def page(self, id: str) -> Page | None:
        return next((page for page in self.pages if page.id == id), None)

    def path(self, answers: Mapping[str, str]) -> tuple[Page, ...]:
        """The pages that somebody with these answers is asked."""
        return tuple(page for page in self.pages if page.applies(answers))

    def next_after(self, answers: Mapping[str, str], done: Iterable[str]) -> str:
        """The first page of the path that was not seen yet; the check page where none is left.

        So whoever goes back and changes an answer is led on to what that opened, and to nothing twice.
        """
        seen = set(done)
        return next((page.id for page in self.path(answers) if page.id not in seen), CHECK)

    def before(self, id: str, answers: Mapping[str, str]) -> str:
        """The page before one of the path; the start where there is none. The start is the page that asks
        whether somebody is safe.
        """
        ids = [START if page.id == SAFE else page.id for page in self.path(answers)]
        if id == CHECK:
            return ids[-1] if ids else START
        at = ids.index(id) if id in ids else 0
        return ids[at - 1] if at else START

    def page_with(self, field: str, answers: Mapping[str, str]) -> Page | None:
        """The page of the path that asks for a field."""
        return next((p for p in self.path(answers) if any(f.id == field for f in p.fields)), None)

    def kept(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The answers of pages that still apply: an answer on a path that was left is not sent."""
        asked = {f.id for page in self.path(answers) for f in page.fields} | {"safe"}
        return {name: text for name, text in answers.items() if name in asked}


def danger_of(answers: Mapping[str, str]) -> Danger:
    """Whether a child is in danger now, from what was said about being safe. Danger said once is danger."""
    if answers.get("safe") == "no" or answers.get("danger") == "yes":
        return Danger.YES
    if answers.get("danger") == "no" or ("danger" not in answers and answers.get("safe") == "yes"):
        return Danger.NO
    return Danger.UNKNOWN


def submitted_from(
    answers: Mapping[str, str],
    language: str,
    *,
    in_flood: bool = False,
    worked: bool = False,
    files: tuple[str, ...] = (),
) -> Submitted:
    """What is sealed for the worker, from the answers of a form (those that `Form.kept` keeps)."""

    def said(name: str) -> str:
        text = answers.get(name, "")
        return "" if text in {UNKNOWN, UNSAID} and FIELDS[name] is not Kind.LINE else text

    told = {name: said(name) for name in DETAIL_LIMITS if name in FIELDS}
    if told["channel"] not in set(WITH_ADDRESS):  # an address under "never" is not to be used by anybody
        told["address"] = ""
    return Submitted(
        narrative=answers.get("story", ""),
        where_online=where_of(told["service"], told["link"], told["account"]),
        category=said("category"),
        area=said("area"),
        in_danger=danger_of(answers),
        language=language,
        details=Details(**told, in_flood=in_flood, worked=worked),
        files=files,
    )
