"""The invented part of a pack: names, organisations, people and stories for a demonstration."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mlinzi.site.packs.basics import Id, Many, Paragraph, Refers, Strict, Word
from mlinzi.site.packs.country import AgencyKindId, CategoryId, PlaceId, ServiceId
from mlinzi.site.packs.work import RoleId

OrganisationId = Annotated[Id, Refers("demo_organisations")]

# Names that nobody can own: RFC 2606 and RFC 6761.
_RESERVED = re.compile(
    r"^https://([a-z0-9-]+\.)*(example\.(org|com|net)|[a-z0-9-]+\.(invalid|test|example))(/[A-Za-z0-9/._-]*)?$"
)
PLACEHOLDERS = frozenset({"{app}", "{account}", "{link}"})


def _nobody_owns(link: str) -> str:
    if not _RESERVED.fullmatch(link):
        raise ValueError(
            "this address could belong to somebody; use example.org or a name ending in .invalid or .test"
        )
    return link


def _known_placeholders(text: dict[str, str]) -> dict[str, str]:
    for language, words in text.items():
        strange = set(re.findall(r"\{[^}]*\}?", words)) - PLACEHOLDERS
        if strange:
            known = ", ".join(sorted(PLACEHOLDERS))
            raise ValueError(
                f"the text in '{language}' has {min(strange)}, which nothing fills in; use only {known}"
            )
    return text


ReservedLink = Annotated[str, AfterValidator(_nobody_owns)]
InventedAccount = Annotated[str, Field(pattern=r"^invented_[a-z0-9_]+$")]


class Names(Strict):
    """Common names, to be combined at random; a combination is nobody in particular."""

    female: Annotated[Many[Word], Field(min_length=1)]
    male: Annotated[Many[Word], Field(min_length=1)]
    family: Annotated[Many[Word], Field(min_length=1)]


Span = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
# Nobody can be called by it: no number of any country begins so.
InventedPhone = Annotated[str, Field(pattern=r"^000 000 0\d{2}$")]
InventedEmail = Annotated[str, Field(pattern=r"^[a-z.]+@demo\.invalid$")]


class DemoEntry(Strict):
    """What an invented organisation tells of itself.

    hours: "08:00-17:00" by day of the week; always: day and night instead. verified: how many days ago
    somebody called it right; none for never.
    """

    hours: dict[str, Span] = {}
    always: bool = False
    capacity: Literal["free", "little", "full", "unknown"] = "unknown"
    contact: Word
    phone: InventedPhone | None = None
    email: InventedEmail | None = None
    verified: Annotated[int, Field(ge=0, le=3000)]


class DemoOrganisation(Strict):
    """An invented organisation. areas: places it serves, empty for the whole country."""

    id: Id
    name: Word
    kind: AgencyKindId
    areas: Many[PlaceId]
    services: Many[ServiceId]
    entry: DemoEntry | None = None


class DemoPerson(Strict):
    """An invented officer. areas: places for which the role is held, empty where the role needs none."""

    id: Id
    name: Word
    role: RoleId
    organisation: OrganisationId
    areas: Many[PlaceId]


class Narrative(Strict):
    """What an invented report says. {app}, {account} and {link} are filled in from the lists beside it."""

    category: CategoryId
    text: Annotated[Paragraph, AfterValidator(_known_placeholders)]


class Demo(Strict):
    """`demo.yaml`. Nothing in it is or resembles a real person, body, account or case."""

    invented: Literal[True]
    names: Names
    organisations: Annotated[Many[DemoOrganisation], Field(min_length=1)]
    people: Annotated[Many[DemoPerson], Field(min_length=1)]
    narratives: Annotated[Many[Narrative], Field(min_length=1)]
    apps: Annotated[Many[Word], Field(min_length=1)]
    accounts: Annotated[Many[InventedAccount], Field(min_length=1)]
    links: Annotated[Many[ReservedLink], Field(min_length=1)]
