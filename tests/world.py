"""A small invented world for tests: the pack of an invented country, with its organisations and people.

Tests of every room may use it. It lies outside the packages, so that a room's tests can see more of the house
than the room itself may.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.test import Client

from mlinzi.access import reads as access
from mlinzi.access.models import Grant, Person, Role
from mlinzi.access.rules import Officer
from mlinzi.directory.acts import create_deployment, load_organisations
from mlinzi.directory.models import Organisation, Place
from mlinzi.intake import acts as intake
from mlinzi.intake import reads as boxes
from mlinzi.intake.reads import BoxView
from mlinzi.intake.rules import Danger, Door, DraftKind, Receipt, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.site.packs.loading import load_pack
from mlinzi.site.packs.reading import read_pack
from mlinzi.site.packs.schema import Pack

ROOT = Path(__file__).parent.parent
OWNER, WORKER = Actor.process("owner"), Actor.process("worker")


@cache
def pack_of(name: str) -> Pack:
    """A country pack of this checkout, read once a run."""
    return read_pack(ROOT / "packs" / name)


@dataclass(frozen=True)
class World:
    """A country with people at work in it. `people` and `organisations` by their ids in the pack's
    demonstration."""

    pack: Pack
    people: dict[str, Person]
    organisations: dict[str, Organisation]

    def officer(self, who: str, *, factor_fresh: bool = True) -> Officer:
        """A person with the rights that hold now."""
        return access.officer(self.people[who], now=now(), factor_at=now() if factor_fresh else None)


def make_country(pack_name: str, *, demonstration: bool) -> Pack:
    """Load a pack: a country with its places, categories, numbers and texts, and nobody at work yet."""
    pack, moment = pack_of(pack_name), now()
    load_pack(pack, by=OWNER, now=moment)
    create_deployment(pack.manifest.id, demonstration=demonstration, by=OWNER, now=moment)
    return pack


def make_world(pack_name: str = "ke", *, demonstration: bool = True) -> World:
    """Load a pack with its invented organisations and people. About two seconds for Kenya, less for xx."""
    pack, moment = make_country(pack_name, demonstration=demonstration), now()
    rows = [
        (o.id, {"name": o.name, "kind": o.kind, "areas": list(o.areas), "services": list(o.services)})
        for o in pack.demo.organisations
    ]
    load_organisations(rows, by=OWNER, now=moment)
    organisations = {o.pack_id: o for o in Organisation.objects.filter(pack_id__in=[row[0] for row in rows])}
    people = {}
    for invented in pack.demo.people:
        person = Person.objects.create(
            name=invented.name,
            email=f"{invented.id}@demo.invalid",
            is_active=True,
            organisation=organisations[invented.organisation],
        )
        give_role(person, invented.role, areas=invented.areas)
        people[invented.id] = person
    return World(pack, people, organisations)


def give_role(person: Person, role_id: str, *, areas: tuple[str, ...] = (), days: int = 30) -> None:
    """Give a role as the demonstration does, without asking anybody."""
    role = Role.objects.get(pack_id=role_id)
    for area in areas or (None,):
        Grant.objects.create(
            person=person,
            role=role,
            area=Place.objects.get(pack_id=area) if area else None,
            granted_by="test",
            granted_at=now() - timedelta(minutes=1),
            expires_at=now() + timedelta(days=days),
        )


def submit(
    narrative: str = "Somebody in a game keeps asking me for pictures.",
    *,
    where_online: str = "",
    category: str = "",
    area: str = "",
    danger: Danger = Danger.NO,
    language: str = "en",
    token: bytes | None = None,
    at: datetime | None = None,
) -> Receipt:
    """A report through the door's act, as the web form sends it."""
    submitted = Submitted(narrative, where_online, category, area, danger, language)
    return intake.receive(
        submitted,
        token=token or os.urandom(16),
        door=Door.WEB,
        by=Actor.reporter(),
        now=at or now(),
        keys=keyring(),
    )


def open_box(receipt: Receipt, *, at: datetime | None = None, keys: KeyRing | None = None) -> BoxView:
    """What somebody sees who comes back with a number.

    Raises `NotFound` for a wrong or an expired number alike.
    """
    moment = at or now()
    secret = intake.come_back(receipt, "en", now=moment, keys=keys or keyring())
    visit = boxes.draft_of(secret, DraftKind.VISIT, now=moment)
    assert visit is not None
    return boxes.box_view(visit, now=moment)


def sign_in(client: Client, person: Person, *, factor_at: datetime | None = None) -> None:
    """Sign a person in with a second factor given just now (or at `factor_at`)."""
    from allauth.mfa.models import Authenticator

    if not Authenticator.objects.filter(user=person).exists():
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "test"})
    client.force_login(person)
    session = client.session
    moment = (factor_at or datetime.now(UTC)).timestamp()
    session["account_authentication_methods"] = [
        {"method": "password", "at": moment},
        {"method": "mfa", "type": "totp", "at": moment},
    ]
    session["last_seen"] = time.time()
    session.save()
