"""Who can help: organisations by service and place, the nearest first, as their entries tell."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Relation, Scope, allowed
from mlinzi.casework.models import Case
from mlinzi.casework.reads.sharing import hours_of
from mlinzi.casework.rules import Action
from mlinzi.directory import reads as directory
from mlinzi.directory.reads import OneOrganisation, OnePlace
from mlinzi.directory.rules import Action as DirectoryAction
from mlinzi.directory.rules import Capacity, Told, distance_km, is_open, is_stale
from mlinzi.kernel.errors import NotFound

ASK_AGAIN = timedelta(days=30)
SHOWN = 50


@dataclass(frozen=True)
class Near:
    """How far an organisation is from a place.

    Args:
        serves: it works there. everywhere: it works in the whole country. km: to the nearest of its places;
            None where a position is not known.
    """

    serves: bool
    everywhere: bool
    km: float | None = None

    @property
    def order(self) -> tuple[bool, bool, float]:
        """Those that work there first, then those of the whole country, then by distance."""
        return (not self.serves, not self.everywhere, float("inf") if self.km is None else self.km)


def nearness(house: OneOrganisation, place: OnePlace | None) -> Near:
    """How far an organisation is from a place; its areas were fetched with it."""
    areas: Iterable[OnePlace] = [*house.serves.all(), *([house.area] if house.area else [])]
    if house.area is None and not areas:
        return Near(serves=False, everywhere=True)
    if place is None:
        return Near(serves=False, everywhere=False)
    if any(area.pk == place.pk for area in areas):
        return Near(serves=True, everywhere=False, km=0.0)
    spots = [spot for area in areas if (spot := _spot(area))]
    here = _spot(place)
    return Near(False, False, min(distance_km(here, spot) for spot in spots) if here and spots else None)


def _spot(place: OnePlace) -> tuple[float, float] | None:
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


@dataclass(frozen=True)
class Helper:
    """An organisation as somebody who looks for help reads it.

    Args:
        told: what its entry tells; None where it tells nothing yet. open_now: None where no hours are told.
        verified_on, verified_by: when somebody called that right, and their name. stale: too long ago.
        may_edit: whether the officer who asks keeps this entry.
    """

    house: OneOrganisation
    near: Near
    told: Told | None
    open_now: bool | None
    verified_on: date | None
    verified_by: str
    stale: bool
    may_edit: bool


def helpers_seen(*, by: Officer) -> QuerySet[OneOrganisation]:
    """The organisations an officer may look up: all, those that work in an area of theirs or everywhere, or
    their own.
    """
    rows = directory.organisations().prefetch_related(
        "serves", Prefetch("services", queryset=directory.services())
    )
    scopes = by.scopes_of(DirectoryAction.ORGANISATION_SEE)
    if Scope.NATIONAL in scopes:
        return rows
    found = Q(pk__in=[])
    if areas := by.areas_of(DirectoryAction.ORGANISATION_SEE):
        found |= Q(serves__pack_id__in=areas) | Q(area__pack_id__in=areas) | Q(area=None, serves=None)
    if Scope.ORGANISATION in scopes and by.organisation:
        found |= Q(uuid=by.organisation)
    return rows.filter(found).distinct()


def find_help(
    *,
    service: str = "",
    place: str = "",
    stale: bool = False,
    by: Officer,
    now: datetime,
    limit: int = SHOWN,
) -> list[Helper]:
    """Organisations that offer a service, the nearest to a place first.

    Args:
        service, place: pack ids; "" for any. stale: only those that have to be verified.
    """
    rows = helpers_seen(by=by)
    if service:
        rows = rows.filter(services__pack_id=service).distinct()
    if stale:
        day = directory.local_day(now) - timedelta(hours=hours_of("entry"))
        rows = rows.filter(Q(entry=None) | Q(entry__verified_on=None) | Q(entry__verified_on__lt=day))
    spot = directory.area_named(place) if place else None
    found = sorted(((nearness(house, spot), house) for house in rows), key=lambda p: (p[0].order, p[1].name))
    shown = found[:limit]
    names = access.names_of({e.verified_by for _, h in shown if (e := getattr(h, "entry", None))} - {""})
    return [_helper(house, near, names, by=by, now=now) for near, house in shown]


def helper(uuid: str, *, by: Officer, now: datetime) -> Helper:
    """One of them. Raises `NotFound`."""
    house = helpers_seen(by=by).filter(uuid=uuid).first()
    if house is None:
        raise NotFound
    entry = getattr(house, "entry", None)
    names = access.names_of({entry.verified_by} - {""} if entry else set())
    return _helper(house, nearness(house, None), names, by=by, now=now)


def _helper(
    house: OneOrganisation, near: Near, names: dict[str, str], *, by: Officer, now: datetime
) -> Helper:
    entry, clock = getattr(house, "entry", None), now.astimezone(directory.time_zone())
    told = entry.told() if entry else None
    verified = entry.verified_on if entry else None
    return Helper(
        house=house,
        near=near,
        told=told,
        open_now=is_open(told, clock) if told else None,
        verified_on=verified,
        verified_by=names.get(entry.verified_by, "") if entry else "",
        stale=is_stale(verified, today=clock.date(), after=timedelta(hours=hours_of("entry"))),
        may_edit=may_edit(house, by=by),
    )


def may_edit(house: OneOrganisation, *, by: Officer) -> bool:
    """Whether an officer keeps the entry of an organisation."""
    relation = Relation(organisations=frozenset({str(house.uuid)}))
    return allowed(by, DirectoryAction.ORGANISATION_EDIT, relation)


def helper_to_edit(uuid: str, *, by: Officer) -> OneOrganisation:
    """An organisation whose entry the officer keeps. Raises `NotFound` for the absent and the forbidden."""
    house = directory.organisations().filter(uuid=uuid).first()
    if house is None or not may_edit(house, by=by):
        raise NotFound
    return house


@dataclass(frozen=True)
class Receiver:
    """An organisation that offers a service, as the one to ask.

    Args:
        answerable: somebody there can answer here. email: where a link goes otherwise, as its entry tells it.
    """

    uuid: str
    name: str
    area: str
    near: Near
    answerable: bool
    open_now: bool | None
    full: bool
    email: str


def receivers(case: Case, service_id: str, *, now: datetime) -> list[Receiver]:
    """Organisations that offer a service, but for the case's own: those that work in its area first, then
    those of the whole country, then the nearest.
    """
    able = {str(person.organisation.uuid) for person in access.who_may(Action.REFERRAL_ANSWER, now=now)}
    rows = (
        directory.organisations().filter(services__pack_id=service_id).exclude(pk=case.organisation_id or 0)
    )
    found = [
        receiver(house, case.area, able=able, now=now) for house in rows.prefetch_related("serves").distinct()
    ]
    return sorted(found, key=lambda r: (r.near.order, r.name))


def receiver(
    house: OneOrganisation, area: OnePlace | None, *, able: Collection[str], now: datetime
) -> Receiver:
    """An organisation as the one to ask; `able`: the uuids of those whose people can answer here."""
    entry, clock = getattr(house, "entry", None), now.astimezone(directory.time_zone())
    told = entry.told() if entry else Told()
    return Receiver(
        uuid=str(house.uuid),
        name=house.name,
        area=house.area.name if house.area else "",
        near=nearness(house, area),
        answerable=str(house.uuid) in able,
        open_now=is_open(told, clock),
        full=told.capacity is Capacity.FULL,
        email=told.email,
    )


def address_of(house: OneOrganisation) -> str:
    """The e-mail address of an organisation's office, as its entry tells it; "" for none."""
    entry = getattr(house, "entry", None)
    return entry.email if entry else ""


def keepers(house: OneOrganisation, *, now: datetime) -> list[tuple[str, str]]:
    """Who is asked whether an entry is right: those of the house who keep it, else those who keep all; pairs
    of person id and language.
    """
    action = DirectoryAction.ORGANISATION_EDIT
    people = access.who_may(action, now=now, organisation=str(house.uuid))
    people = people or access.who_may(action, now=now, scope=Scope.NATIONAL)
    return access.addressees(people)


def entries_to_ask(*, now: datetime, limit: int = 100) -> list[OneOrganisation]:
    """Organisations whose entry has to be asked about now."""
    day = directory.local_day(now)
    return directory.to_ask(today=day, after=timedelta(hours=hours_of("entry")), again=ASK_AGAIN, limit=limit)
