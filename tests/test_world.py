"""The invented world stands, in both countries."""

import pytest

from tests.people import EVERYBODY
from tests.world import make_world

pytestmark = pytest.mark.django_db


def test_the_people_of_the_stories_are_there_with_their_rights() -> None:
    world = make_world("ke")
    for who in EVERYBODY:
        assert world.officer(who).rights, who
    assert len(world.people) == 26
    assert len(world.organisations) == 16


def test_an_invented_country_needs_no_code() -> None:
    world = make_world("xx")
    assert all(world.officer(who).rights for who in world.people)
