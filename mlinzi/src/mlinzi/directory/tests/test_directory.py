"""Places, organisations and what an installation is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mlinzi.directory import acts, reads
from mlinzi.directory.models import Deployment, Organisation, Place
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused

NOW = datetime(2026, 5, 6, tzinfo=UTC)
OWNER = Actor.process("owner")
pytestmark = pytest.mark.django_db


def place(name: str, level: str, parent: str = "", **numbers: str) -> tuple[str, dict[str, Any]]:
    codes = {"national_code": "", "iso_code": "", "registry_code": "", **numbers}
    return name.lower(), {"name": name, "level": level, "parent": parent, "provenance": "test", **codes}


def test_children_find_their_parents_in_whatever_order_they_come() -> None:
    rows = [place("Ward", "ward", "town"), place("Town", "town", "shore"), place("Shore", "county")]
    loaded = acts.load_places(rows, by=OWNER, now=NOW)
    assert len(loaded.added) == 3
    ward = Place.objects.get(pack_id="ward")
    assert ward.parent is not None
    assert ward.parent.parent == Place.objects.get(pack_id="shore")


def test_an_orphan_is_named_and_nothing_is_loaded() -> None:
    with pytest.raises(Refused, match="lost"):
        acts.load_places([place("Shore", "county"), place("Lost", "town", "nowhere")], by=OWNER, now=NOW)
    assert not Place.objects.exists()


def organisations(services: list[str], areas: list[str]) -> list[tuple[str, dict[str, Any]]]:
    return [("house", {"name": "House", "kind": "ngo", "services": services, "areas": areas})]


def test_an_organisation_follows_its_pack_in_services_and_areas() -> None:
    acts.load("agency_kind", [("ngo", {"label": {"en": "NGO"}})], by=OWNER, now=NOW)
    acts.load("service", [(s, {"label": {"en": s}, "codes": {}}) for s in ("talk", "bed")], by=OWNER, now=NOW)
    acts.load_places([place("Shore", "county"), place("Hill", "county")], by=OWNER, now=NOW)
    acts.load_organisations(organisations(["talk", "bed"], ["hill", "shore"]), by=OWNER, now=NOW)
    house = Organisation.objects.get(pack_id="house")
    assert house.area is not None
    assert house.area.pack_id == "hill"
    assert {p.pack_id for p in house.serves.all()} == {"hill", "shore"}
    assert reads.organisation(house.uuid) == house
    with pytest.raises(NotFound):
        reads.organisation("00000000-0000-4000-8000-000000000000")


def test_services_that_a_pack_takes_away_are_taken_away() -> None:
    acts.load("agency_kind", [("ngo", {"label": {"en": "NGO"}})], by=OWNER, now=NOW)
    acts.load("service", [(s, {"label": {"en": s}, "codes": {}}) for s in ("talk", "bed")], by=OWNER, now=NOW)
    acts.load_organisations(organisations(["talk", "bed"], []), by=OWNER, now=NOW)
    acts.load_organisations(organisations(["talk"], []), by=OWNER, now=NOW)
    assert {s.pack_id for s in Organisation.objects.get(pack_id="house").services.all()} == {"talk"}


def test_there_is_one_deployment_for_ever() -> None:
    acts.create_deployment("xx", demonstration=False, by=OWNER, now=NOW)
    assert not reads.is_demonstration()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.create(only=False, country_id="xx", demonstration=True, created_at=NOW)


def test_without_a_pack_the_error_says_what_to_do() -> None:
    with pytest.raises(reads.NoCountry, match="pack load"):
        reads.country()
