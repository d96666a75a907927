"""Questions about the country, its places and its organisations. None of this is about a person."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from mlinzi.directory.models import (
    AgencyKind,
    Country,
    Deployment,
    EmergencyNumber,
    Organisation,
    Place,
    Provider,
    PublicText,
    Service,
    Unit,
)
from mlinzi.kernel.errors import NotFound, OurTurn
from mlinzi.kernel.packed import in_language

OneOrganisation: TypeAlias = Organisation
OnePlace: TypeAlias = Place
OneProvider: TypeAlias = Provider


class NoCountry(OurTurn):
    """No country pack is loaded. Run `mlinzi pack load` with the folder of the country's pack."""


def deployment() -> Deployment | None:
    """What this installation is; None before it was created."""
    return Deployment.objects.first()


def country() -> Country:
    """The country of this installation. Raises `NoCountry` before a pack is loaded."""
    found = Country.objects.filter(pack_id__in=Deployment.objects.values("country_id")).first()
    if found is None:
        raise NoCountry
    return found


def is_demonstration() -> bool:
    """Whether the database was marked as a demonstration when it was created. It can never change after."""
    return Deployment.objects.filter(demonstration=True).exists()


def time_zone() -> ZoneInfo:
    """The zone of the country's clocks; UTC before a pack is loaded."""
    try:
        return ZoneInfo(country().time_zone)
    except NoCountry:
        return ZoneInfo("UTC")


def local_day(moment: datetime) -> date:
    """The day on the country's calendars."""
    return moment.astimezone(time_zone()).date()


def areas() -> QuerySet[Place]:
    """The places that officers' areas and reports' counties are chosen from, by name."""
    return Place.objects.filter(level=country().area_level).order_by("name")


def area_named(pack_id: str) -> Place | None:
    """One area by its pack id; None where the text names no area."""
    return areas().filter(pack_id=pack_id).first()


def emergency_numbers() -> QuerySet[EmergencyNumber]:
    return EmergencyNumber.objects.order_by("order", "pk")


def public_text(key: str, language: str) -> str:
    """A public text of the pack in a language; empty where the pack gives none."""
    row = PublicText.objects.filter(pack_id=key).first()
    return in_language(row.text, language) if row else ""


def public_texts(language: str) -> dict[str, str]:
    """All public texts of the pack in a language, by key."""
    return {row.pack_id: in_language(row.text, language) for row in PublicText.objects.all()}


def organisations() -> QuerySet[Organisation]:
    """Organisations that are at work, by name."""
    return Organisation.objects.filter(active=True).select_related("kind", "area", "entry").order_by("name")


def organisation(uuid: UUID | str) -> Organisation:
    """One organisation by its id. Raises `NotFound`."""
    found = organisations().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def to_ask(*, today: date, after: timedelta, again: timedelta, limit: int = 100) -> list[Organisation]:
    """Organisations whose entry nobody has called right for longer than `after`, and about which nobody was
    asked within `again`; those that were never verified first.
    """
    stale = Q(entry=None) | Q(entry__verified_on=None) | Q(entry__verified_on__lt=today - after)
    rested = Q(entry=None) | Q(entry__asked_on=None) | Q(entry__asked_on__lt=today - again)
    rows = organisations().filter(stale, rested)
    return list(rows.order_by(F("entry__verified_on").asc(nulls_first=True), "pk")[:limit])


def kinds() -> QuerySet[AgencyKind]:
    """The kinds of organisation that the pack knows."""
    return AgencyKind.objects.order_by("pack_id")


def kind_named(pack_id: str) -> AgencyKind:
    """One kind by its pack id. Raises `NotFound`."""
    found = AgencyKind.objects.filter(pack_id=pack_id).first()
    if found is None:
        raise NotFound
    return found


def services() -> QuerySet[Service]:
    return Service.objects.order_by("pack_id")


def units_of(organisation_pk: int) -> QuerySet[Unit]:
    return Unit.objects.filter(organisation_id=organisation_pk).order_by("name")


def row_of_organisation(uuid: str) -> int:
    """The row id of an organisation, for a filter on a column of our own; 0, which no row has, for none.

    A value and no join or subquery: only for a value the database knows how many rows have it, and it has to
    know, since few rows are best fetched and sorted and many are best walked in order.
    """
    return Organisation.objects.filter(uuid=uuid).values_list("pk", flat=True).first() or 0


def row_of_area(pack_id: str) -> int:
    """The row id of a place; see `row_of_organisation`."""
    return Place.objects.filter(pack_id=pack_id).values_list("pk", flat=True).first() or 0


def area_called(names: Iterable[str]) -> Place | None:
    """The first area that one of these names is the name of, whatever its case; None for none."""
    level = country().area_level
    rows = {place.name.casefold(): place for place in Place.objects.filter(level=level)}
    return next((rows[key] for name in names if (key := name.strip().casefold()) in rows), None)


PROVIDER_KIND = "provider"
"""The pack's kind of organisation whose programs may report."""


def providers() -> QuerySet[Organisation]:
    """Companies at work in the house, by name, each with what it says of itself."""
    rows = organisations().filter(kind__pack_id=PROVIDER_KIND)
    return rows.select_related("provider").order_by("name", "pk")


def provider_of(organisation: UUID | str) -> Provider:
    """What a provider says of itself; an empty one where it said nothing yet. Raises `NotFound` for what is
    no provider at work in the house.
    """
    house = providers().filter(uuid=organisation).first()
    if house is None:
        raise NotFound
    return getattr(house, "provider", None) or Provider(organisation=house)
