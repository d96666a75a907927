"""Load a pack's country, places and organisations; mark what an installation is."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.directory import models, reads, rules
from mlinzi.directory.rules import Told
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.packed import FromPack, Loaded, load_rows

Rows = Iterable[tuple[str, Mapping[str, Any]]]
KINDS: dict[str, type[FromPack]] = {
    "country": models.Country,
    "agency_kind": models.AgencyKind,
    "service": models.Service,
    "destination": models.Destination,
    "emergency_number": models.EmergencyNumber,
    "public_text": models.PublicText,
}


@transaction.atomic
def create_deployment(country_id: str, *, demonstration: bool, by: Actor, now: datetime) -> None:
    """Say once what this installation is.

    1. refuse a second time, 2. write, 3. record. There is no act that changes it: whether a database holds
    real children or invented ones must never be a setting.
    """
    if models.Deployment.objects.exists():
        raise Refused(["This database already says which country it serves; make a new one for another."])
    models.Deployment.objects.create(country_id=country_id, demonstration=demonstration, created_at=now)
    audit.record(
        "directory.deployment.create",
        "directory.deployment",
        country_id,
        by=by,
        now=now,
        details={"demonstration": demonstration},
    )


@transaction.atomic
def load(kind: str, rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load one kind of a pack's rows (see `KINDS`): 1. load, 2. record how many were touched."""
    loaded = load_rows(KINDS[kind], rows)
    _record(kind, loaded, by=by, now=now)
    return loaded


@transaction.atomic
def load_places(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load places, parents before children. `parent` in a row is the parent's pack id or None.

    1. load level by level, so that a child finds its parent, 2. record.
    """
    waiting = list(rows)
    total = Loaded()
    while waiting:
        held = {place.pack_id: place for place in models.Place.objects.all()}
        ready = [(key, v) for key, v in waiting if not v["parent"] or v["parent"] in held]
        if not ready:
            orphans = ", ".join(key for key, _ in waiting[:5])
            raise Refused([f"These places name a parent that the pack does not have: {orphans}."])
        total += load_rows(
            models.Place, [(k, {**v, "parent": held.get(v["parent"] or "")}) for k, v in ready]
        )
        done = {key for key, _ in ready}
        waiting = [(key, v) for key, v in waiting if key not in done]
    _record("place", total, by=by, now=now)
    return total


@transaction.atomic
def load_organisations(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load organisations with their services and areas; both are lists of pack ids, the first area is the
    seat.

    1. load the rows, 2. set services and areas of those that were added or changed, 3. record.
    """
    rows = list(rows)
    kinds = {kind.pack_id: kind for kind in models.AgencyKind.objects.all()}
    places = {place.pack_id: place for place in models.Place.objects.all()}
    plain = [
        (key, {"name": v["name"], "kind": kinds[v["kind"]], "area": places.get(next(iter(v["areas"]), ""))})
        for key, v in rows
    ]
    beside = {key: [v["services"], v["areas"]] for key, v in rows}
    loaded = load_rows(models.Organisation, plain, also=beside)
    touched = set(loaded.added) | set(loaded.changed)
    by_id = {row.pack_id: row for row in models.Organisation.objects.filter(pack_id__in=touched)}
    for key, values in rows:
        if key in touched:
            by_id[key].services.set(models.Service.objects.filter(pack_id__in=values["services"]))
            by_id[key].serves.set(models.Place.objects.filter(pack_id__in=values["areas"]))
    _record("organisation", loaded, by=by, now=now)
    return loaded


@transaction.atomic
def tell(organisation: models.Organisation, told: Told, *, by: Actor, now: datetime) -> models.Entry:
    """Write what an organisation tells of itself; whoever writes it says with that that it is right today.

    1. ask the rules, 2. write, 3. record. The caller has asked whether `by` may. Raises `Refused`.
    """
    if reasons := rules.why_not_tell(told):
        raise Refused(reasons)
    hours = {
        day: [span[0].isoformat("minutes"), span[1].isoformat("minutes")] for day, span in told.hours.items()
    }
    entry, _ = models.Entry.objects.update_or_create(
        organisation=organisation,
        defaults={
            "hours": hours,
            "always": told.always,
            "capacity": told.capacity,
            "contact": told.contact,
            "phone": told.phone,
            "email": told.email,
            **_verified(by, now),
        },
    )
    audit.record("directory.entry.tell", "directory.organisation", organisation.uuid, by=by, now=now)
    return entry


@transaction.atomic
def verify(organisation: models.Organisation, *, by: Actor, now: datetime) -> None:
    """Say that an entry is still right: 1. lock, 2. write, 3. record. The caller has asked whether `by` may.

    Raises `Refused` where nothing was told yet.
    """
    entry = models.Entry.objects.select_for_update().filter(organisation=organisation).first()
    if entry is None or rules.why_not_tell(entry.told()):
        raise Refused(["Nothing was told yet that could be right. Write the entry first."])
    for name, value in _verified(by, now).items():
        setattr(entry, name, value)
    entry.save()
    audit.record("directory.entry.verify", "directory.organisation", organisation.uuid, by=by, now=now)


def _verified(by: Actor, now: datetime) -> dict[str, Any]:
    day = now.astimezone(reads.time_zone()).date()
    return {"verified_on": day, "verified_by": by.id, "asked_on": None}


@transaction.atomic
def note_asked(organisation: models.Organisation, *, by: Actor, now: datetime) -> None:
    """Keep that the people of an organisation were asked whether its entry is right: 1. write, 2. record."""
    day = now.astimezone(reads.time_zone()).date()
    models.Entry.objects.update_or_create(organisation=organisation, defaults={"asked_on": day})
    audit.record("directory.entry.ask", "directory.organisation", organisation.uuid, by=by, now=now)


def _record(kind: str, loaded: Loaded, *, by: Actor, now: datetime) -> None:
    if loaded.added or loaded.changed:
        audit.record(
            "directory.pack.load",
            f"directory.{kind}",
            "-",
            by=by,
            now=now,
            details={"added": len(loaded.added), "changed": len(loaded.changed), "kept": len(loaded.kept)},
        )


@dataclass(frozen=True)
class ToldByProvider:
    """What a provider says of itself; see `models.Provider`."""

    licence: str = ""
    services: str = ""
    focal_name: str = ""
    focal_email: str = ""
    focal_phone: str = ""
    legal_contact: str = ""


@transaction.atomic
def describe_provider(
    organisation: UUID | str, told: ToldByProvider, *, by: Actor, now: datetime
) -> models.Provider:
    """Keep what a provider says of itself: 1. write, 2. record. Whoever calls asked for the right. Raises
    `NotFound`.
    """
    house = reads.organisation(organisation)
    row, _ = models.Provider.objects.select_for_update().get_or_create(organisation=house)
    for name, value in asdict(told).items():
        setattr(row, name, value)
    row.changed_at, row.changed_by = now, by.id
    row.save()
    audit.record("directory.provider.describe", "directory.organisation", house.uuid, by=by, now=now)
    return row


@transaction.atomic
def mark_ready(organisation: UUID | str, *, by: Actor, now: datetime) -> None:
    """Say that a provider's tests are passed, so that its programs may send real reports: 1. write, 2.
    record. A second call changes nothing. Whoever calls asked for the right and looked at the tests.
    """
    house = reads.organisation(organisation)
    row, _ = models.Provider.objects.select_for_update().get_or_create(organisation=house)
    if row.ready_at is None:
        row.ready_at = now
        row.save(update_fields=["ready_at"])
        audit.record("directory.provider.ready", "directory.organisation", house.uuid, by=by, now=now)
