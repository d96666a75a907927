"""Officers read times by the clock on their wall."""

import pytest
from django.test import Client

from mlinzi.directory import reads as directory
from mlinzi.directory.models import Country
from tests.world import make_world, sign_in

pytestmark = pytest.mark.django_db


def test_pages_say_the_time_of_the_country(client: Client) -> None:
    person = make_world("xx").people["corin"]
    sign_in(client, person)
    shown = []
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        Country.objects.update(time_zone=zone)
        assert str(directory.time_zone()) == zone
        shown.append(client.get(f"/people/{person.pk}/").content.decode())
    # These two places are 25 hours apart, so they never have the same date.
    assert shown[0] != shown[1]
    dates = [page.split("Last signed in</dt><dd>")[1].split(",")[0] for page in shown]
    assert dates[0] != dates[1]


def test_before_a_country_is_loaded_the_clock_is_utc() -> None:
    assert str(directory.time_zone()) == "UTC"
