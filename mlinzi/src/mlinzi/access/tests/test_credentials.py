"""Ways in for providers' programs: given by those who may, shown once, kept as a digest, ended at once."""

import re

import pytest
from django.test import Client

from mlinzi.access import acts, reads
from mlinzi.access.acts.credentials import MOST
from mlinzi.access.models import Credential
from mlinzi.access.tests.conftest import House, enter
from mlinzi.directory import acts as directory
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from tests.logbook import entries

pytestmark = pytest.mark.django_db


def give(house: House, who: str = "corin", *, live: bool = False) -> acts.Given:
    if live:
        directory.mark_ready(house.organisation("tide_lines"), by=house.officer("corin"), now=now())
    return acts.give_credential(house.organisation("tide_lines"), live=live, by=house.officer(who), now=now())


def test_a_secret_opens_and_nothing_but_its_digest_is_kept(house: House) -> None:
    given = give(house, live=True)
    found = reads.program(given.credential.login, given.secret)
    assert found is not None
    assert (found.live, found.organisation) == (True, house.organisation("tide_lines"))
    assert len(given.secret) >= 22, "128 random bits"
    row = Credential.objects.values().get()
    assert given.secret not in repr(row) + repr(given)
    assert given.secret.encode() not in bytes(row["secret_digest"])
    for login, secret in (
        (given.credential.login, given.secret[:-1]),
        (given.credential.login, ""),
        ("", given.secret),
        (given.credential.login.upper(), given.secret),
    ):
        assert reads.program(login, secret) is None
    assert give(house).secret != given.secret


def test_it_ends_at_once_and_cannot_begin_again(house: House) -> None:
    given = give(house)
    for _ in range(2):
        acts.end_credential(given.credential.id, by=house.officer("corin"), now=now())
    assert reads.program(given.credential.login, given.secret) is None
    assert [e.action for e in entries(object_type="access.credential")] == [
        "access.credential.give",
        "access.credential.end",
    ]


def test_an_organisation_that_ended_has_no_programs(house: House) -> None:
    given = give(house)
    house.world.organisations["tide_lines"].active = False
    house.world.organisations["tide_lines"].save()
    assert reads.program(given.credential.login, given.secret) is None


def test_who_manages_an_organisation_only_gives_none(house: House) -> None:
    given = give(house)
    ada = house.officer("ada")
    assert reads.credentials_seen(by=ada) == []
    assert reads.organisations_with_programs(by=ada) == []
    with pytest.raises(NotFound):
        give(house, "ada")
    with pytest.raises(NotFound):
        acts.end_credential(given.credential.id, by=ada, now=now())


def test_there_are_not_too_many(house: House) -> None:
    for _ in range(MOST):
        give(house)
    with pytest.raises(Refused, match="end one"):
        give(house)
    assert give(house, live=True).credential.live


def test_by_clicks_and_the_secret_is_shown_once(house: House, client: Client) -> None:
    enter(client, house["corin"])
    assert "No program has a way in yet" in client.get("/programs/").content.decode()
    wrong = client.post("/programs/give/", {"organisation": house.organisation("tide_lines")})
    assert wrong.status_code == 422
    asked = {"organisation": house.organisation("tide_lines"), "kind": "live"}
    early = client.post("/programs/give/", asked)
    assert early.status_code == 422
    assert "has not passed its tests" in early.content.decode()
    directory.mark_ready(house.organisation("tide_lines"), by=house.officer("corin"), now=now())
    shown = client.post("/programs/give/", asked)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    login, secret = re.findall(r'<dd class="code">([^<]+)</dd>', shown.content.decode())
    assert reads.program(login, secret) is not None
    listed = client.get("/programs/").content.decode()
    assert login in listed
    assert secret not in listed
    address = f"/programs/{Credential.objects.get().id}/end/"
    assert login in client.get(address).content.decode()
    assert reads.program(login, secret) is not None, "asking ends nothing"
    client.post(address)
    assert reads.program(login, secret) is None
    assert "Ended" in client.get("/programs/").content.decode()


def test_others_find_no_such_page(house: House, client: Client) -> None:
    enter(client, house["ada"])
    assert client.get("/programs/").status_code == 404
    assert client.post("/programs/give/").status_code == 404


def test_none_for_real_reports_before_the_tests_are_passed(house: House) -> None:
    corin, company = house.officer("corin"), house.organisation("tide_lines")
    with pytest.raises(Refused, match="has not passed its tests"):
        acts.give_credential(company, live=True, by=corin, now=now())
    assert acts.give_credential(company, live=False, by=corin, now=now()).credential.page is False
    directory.mark_ready(company, by=corin, now=now())
    assert acts.give_credential(company, live=True, by=corin, now=now()).credential.live


def test_only_companies_have_programs(house: House) -> None:
    with pytest.raises(NotFound):
        acts.give_credential(
            house.organisation("first_lantern"), live=False, by=house.officer("corin"), now=now()
        )
