"""A company in the house, with Zuhura who reports for it, and another company with somebody of its own."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from mlinzi.access.rules import Officer
from mlinzi.casework.tests.conftest import chromium, desk, live_desk, pictures
from tests.people import ZUHURA
from tests.tables import AgencyKind, Organisation, Person
from tests.world import World, give_role, make_world

__all__ = ["chromium", "desk", "live_desk", "pictures"]


@dataclass
class Companies:
    """Two companies."""

    world: World

    @property
    def zuhura(self) -> Officer:
        return self.world.officer(ZUHURA)

    @property
    def own(self) -> str:
        return str(self.world.organisations["safiri_internet"].uuid)


@pytest.fixture
def companies(tmp_path: Path, settings: Settings) -> Companies:
    settings.DOOR = tmp_path / "door"
    settings.DOOR.mkdir()
    return found(make_world("ke"))


def found(world: World) -> Companies:
    """The world with a second company."""
    house = Organisation.objects.create(
        pack_id="mnara_hosting",
        pack_digest="",
        name="Mnara Demonstration Hosting",
        kind=AgencyKind.objects.get(pack_id="provider"),
    )
    person = Person.objects.create(
        name="Ekai Simiyu", email="ekai.simiyu@demo.invalid", is_active=True, organisation=house
    )
    give_role(person, "provider_officer")
    world.organisations["mnara_hosting"] = house
    world.people["simiyu"] = person
    return Companies(world)
