"""Parts of a pack that describe the country: its places, agencies, services and kinds of report."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlinzi.site.packs.basics import (
    Id,
    Label,
    LanguageId,
    Line,
    Many,
    Refers,
    Risk,
    Sourced,
    Statutory,
    Strict,
    Word,
)

ClassificationId = Annotated[Id, Refers("classifications")]
AgencyKindId = Annotated[Id, Refers("agency_kinds")]
PlaceLevelId = Annotated[Id, Refers("place_levels")]
ServiceId = Annotated[Id, Refers("services")]
CategoryId = Annotated[Id, Refers("categories")]
PlaceId = Annotated[Id, Refers("places")]
Drawing = Annotated[Id, Field(max_length=32)]

# Codes of outside lists, by classification id. An empty list says "looked at, no verified code".
Codes = dict[ClassificationId, Many[Word]]


class Language(Strict):
    """A language of the pack: its code (BCP 47) and its name in itself, as a reader looks for it."""

    id: LanguageId
    name: Word


class PlaceLevel(Strict):
    """One step of the country's geography. parent: the level above, none for the highest."""

    id: Id
    name: Label
    plural: Label
    parent: PlaceLevelId | None


class ChildAge(Sourced):
    """A person is a child below this age, in years."""

    value: Annotated[int, Field(ge=1, le=30)]


class Classification(Sourced):
    """An outside code list to which categories, services or destinations are mapped."""

    id: Id
    name: Word


class Wording(Strict):
    """A term that texts of this pack avoid in one language, and the one to use in its place."""

    language: LanguageId
    avoid: Statutory
    prefer: Word


class NumberingCheck(Strict):
    """Both numbers of a place, written a second time by hand: if `places.csv` is shuffled, they disagree."""

    place: PlaceId
    national_code: int
    iso_code: Word


class Manifest(Strict):
    """`pack.yaml`: the country's name and how its facts are ordered. The first language is the default.

    phone_prefix: the digits that stand before a national number when it is dialled from abroad.
    """

    id: Id
    country_code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    name: Label
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    languages: Annotated[Many[Language], Field(min_length=1)]
    time_zone: Word
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    phone_prefix: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")]
    child_age_limit: ChildAge
    place_levels: Annotated[Many[PlaceLevel], Field(min_length=1)]
    area_level: PlaceLevelId
    numbering_check: Annotated[Many[NumberingCheck], Field(min_length=2)]
    classifications: Many[Classification]
    wording: Many[Wording]

    @property
    def language_ids(self) -> tuple[str, ...]:
        """All language codes, the default first."""
        return tuple(language.id for language in self.languages)


class Source(Strict):
    """Where statements come from. `none` is itself a source, of type none: no text was read."""

    id: Id
    name: Statutory
    type: Literal["primary", "secondary", "press", "dataset", "none"]


class Place(Strict):
    """A row of `places.csv`.

    national_code (the country's own number) and iso_code (ISO 3166-2) are two different numberings and never
    converted into each other. registry_code is the code in the data set named by provenance (a source id).
    latitude and longitude, in degrees, of its main town: for the order of what is near and nothing else.
    """

    id: Id
    level: PlaceLevelId
    parent: PlaceId | None
    name: Word
    national_code: Annotated[int, Field(ge=1)] | None
    iso_code: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None
    registry_code: Word | None
    provenance: Annotated[Id, Refers("sources")]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None

    @model_validator(mode="after")
    def _whole_position(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a position has a latitude and a longitude; give both or neither")
        return self


class AgencyKind(Strict):
    """A kind of organisation, e.g. police or hotline; roles and services are tied to kinds."""

    id: Id
    label: Label


class Agency(Sourced):
    """A named national body. name: as it calls itself; mandate: in the default language, what it does."""

    id: Id
    name: Word
    kind: AgencyKindId
    mandate: Word


class Agencies(Strict):
    """`agencies.yaml`."""

    kinds: Annotated[Many[AgencyKind], Field(min_length=1)]
    agencies: Many[Agency]


class Service(Strict):
    """Something that can be asked for in a referral. offered_by: kinds of organisation that can give it."""

    id: Id
    label: Label
    offered_by: Annotated[Many[AgencyKindId], Field(min_length=1)]
    codes: Codes = {}


class Category(Strict):
    """A kind of report.

    public: offered to the reporter, in ascending order. label and hint: words for a child; officer_label:
    words for the desk. luxembourg: the term that the Luxembourg Guidelines prefer, where there is one.
    drawing: the name of a small drawing beside the label.
    base_urgency: where triage begins, before the facts of the report raise or lower it. setting: where it
    happens.
    """

    id: Id
    public: bool
    order: Annotated[int, Field(ge=1)]
    label: Label
    hint: Line | None = None
    drawing: Drawing | None = None
    officer_label: Label
    codes: Codes = {}
    luxembourg: Word | None = None
    base_urgency: Risk
    setting: Literal["online", "offline", "either"]


class Destination(Strict):
    """A kind of body to which a child can be referred. state: whether it is a public body."""

    id: Id
    label: Label
    state: bool
    agency_kind: AgencyKindId
    codes: Codes = {}


class EmergencyNumber(Sourced):
    """A number for a child in danger. free and hours are empty where they are not known."""

    id: Id
    number: Annotated[str, Field(pattern=r"^[0-9+][0-9 ]*$")]
    label: Label
    when: Line
    free: bool | None
    hours: Label | None


class ReadyAnswer(Strict):
    """A plain sentence that an officer may send to the person who reported, as it stands."""

    id: Id
    text: Line


class Statuses(Strict):
    """The words in which the person who reported reads how far it has come."""

    received: Line
    being_read: Line
    passed_on: Line
    being_helped: Line
    answered: Line
    closed: Line


class PublicTexts(Strict):
    """`public.yaml`: what a child reads. exit_url: a neutral, light page where the quick exit leads."""

    site_name: Label
    exit_url: Annotated[str, Field(pattern=r"^https://[^\s?#]+$")]
    intro: Annotated[Many[Line], Field(min_length=1)]
    who_reads: Line
    what_next: Line
    limit_of_secrecy: Line
    how_long: Line
    statuses: Statuses
    answers: Annotated[Many[ReadyAnswer], Field(min_length=1)]
    emergency: Annotated[Many[EmergencyNumber], Field(min_length=1)]

    @model_validator(mode="after")
    def _the_tab_says_nothing(self) -> Self:
        # The name stands in the browser's tab and history, where somebody else may read it.
        for language, name in self.site_name.items():
            if len(name) > 24:
                raise ValueError(f"the site's name in '{language}' must stay under 25 characters; shorten it")
        return self
