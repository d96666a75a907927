"""The invented organisations and people of a pack, invited and given their roles through the same acts as
real ones."""

import secrets
from base64 import b32encode
from datetime import datetime, time, timedelta

from django.contrib.auth.hashers import make_password

from mlinzi.access import acts as access
from mlinzi.access import reads
from mlinzi.access.models import Person
from mlinzi.access.rules import Newcomer
from mlinzi.directory import acts as directory
from mlinzi.directory.models import Organisation
from mlinzi.directory.rules import Capacity, Told
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now as clock_now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.packed import in_language
from mlinzi.site.packs.schema import Pack

PASSWORD = "everything is invented"  # noqa: S105 - of people who do not exist, in a database marked so for ever
OWNER = Actor.process("owner")


def load_cast(pack: Pack, *, now: datetime) -> dict[str, Person]:
    """Bring in the invented organisations and people. Returns the people by their ids in the pack."""
    rows = [
        (o.id, {"name": o.name, "kind": o.kind, "areas": list(o.areas), "services": list(o.services)})
        for o in pack.demo.organisations
    ]
    directory.load_organisations(rows, by=OWNER, now=now)
    _tell_entries(pack, now=now)
    uuids = {o.pack_id: o.uuid for o in Organisation.objects.all()}
    hashed = make_password(PASSWORD)
    people: dict[str, Person] = {}
    for invented in pack.demo.people:
        newcomer = Newcomer(
            name=invented.name,
            email=f"{invented.id}@demo.invalid",
            organisation=str(uuids[invented.organisation]),
            roles=tuple((invented.role, area) for area in invented.areas or ("",)),
        )
        people[invented.id] = access.enrol_demonstration(
            newcomer,
            hashed_password=hashed,
            totp_secret=b32encode(secrets.token_bytes(20)).decode(),
            roles_until=clock_now() + timedelta(days=365),
            by=OWNER,
            now=now,
        )
    return people


def _tell_entries(pack: Pack, *, now: datetime) -> None:
    houses = {o.pack_id: o for o in Organisation.objects.select_related("entry")}
    for invented in pack.demo.organisations:
        house, entry = houses[invented.id], invented.entry
        if entry is None or getattr(house, "entry", None):
            continue
        spans = {day: span.split("-") for day, span in entry.hours.items()}
        told = Told(
            hours={day: (time.fromisoformat(a), time.fromisoformat(b)) for day, (a, b) in spans.items()},
            always=entry.always,
            capacity=Capacity(entry.capacity),
            contact=entry.contact,
            phone=entry.phone or "",
            email=entry.email or "",
        )
        directory.tell(house, told, by=OWNER, now=now - timedelta(days=entry.verified))


def person_called(name: str) -> Person:
    """The invented person with this first name, full name or e-mail address. Raises `NotFound` with what to
    do."""
    people = [
        p
        for p in Person.objects.all()
        if name.casefold() in (p.name.casefold(), p.email, p.name.split()[0].casefold())
    ]
    if len(people) != 1:
        raise NotFound(f"Nobody, or more than one, is called {name}. `mlinzi demo people` lists them.")
    return people[0]


def cast_list() -> list[tuple[str, ...]]:
    """Name, address, role, organisation and areas of everybody, by name."""
    rows: list[tuple[str, ...]] = []
    for person in Person.objects.select_related("organisation").order_by("name"):
        grants = list(reads.grants_of(person, now=clock_now()))
        roles = sorted({in_language(g.role.label, "en") for g in grants})
        areas = sorted({g.area.name for g in grants if g.area})
        rows.append((person.name, person.email, ", ".join(roles), person.organisation.name, ", ".join(areas)))
    if not rows:
        raise Refused(["There is nobody here yet."])
    return rows
