"""What every page of the staff site has around it, and its pages for when something is wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from mlinzi.access.rules import Right, Scope
from mlinzi.directory.models import Deployment
from mlinzi.kernel.errors import Refused
from mlinzi.site.menu import LINES, menu_for
from tests.people import AMINA, BARASA, MORAA
from tests.world import World, make_world, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world("ke")


def page_of(client: Client, path: str = "/account/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def menu_in(page: str) -> list[str]:
    menu = re.search(r'<nav class="menu".*?</nav>', page, re.DOTALL)
    return re.findall(r">([^<>\n]+)</a>", menu[0]) if menu else []


def test_the_menu_shows_what_an_officer_may_open(world: World, client: Client) -> None:
    sign_in(client, world.people[AMINA])
    assert {"My work", "Queue", "Cases", "Referrals", "My account"} <= set(menu_in(page_of(client)))
    assert "People" not in menu_in(page_of(client))
    sign_in(client, world.people[BARASA])
    assert {"People", "Approvals"} <= set(menu_in(page_of(client)))
    assert "Queue" not in menu_in(page_of(client))
    sign_in(client, world.people[MORAA])
    assert menu_in(page_of(client)) == ["My work", "Who can help", "My account"]


def test_the_menu_marks_the_page_one_is_on(world: World) -> None:
    rights = frozenset(Right(action, Scope.NATIONAL) for line in LINES for action in line.actions)
    officer = world.officer(AMINA)
    everything = type(officer)(**{**vars(officer), "rights": rights})
    assert len(menu_for(everything, "/")) == len(LINES)
    for line in LINES:
        address = reverse(line.view)
        marked = [entry.address for entry in menu_for(everything, address) if entry.current]
        assert marked == [address]
    below = [entry.address for entry in menu_for(everything, "/cases/AAAA-BBBB/note/") if entry.current]
    assert below == ["/cases/"]
    assert [entry for entry in menu_for(everything, "/elsewhere/") if entry.current] == []


def test_every_page_says_who_is_there_and_lets_one_leave(world: World, client: Client) -> None:
    sign_in(client, world.people[AMINA])
    page = page_of(client)
    assert world.people[AMINA].name in page
    assert world.people[AMINA].organisation.name in page
    assert re.search(r'<form method="post" action="/sign-out/">', page)
    assert 'href="#content"' in page
    assert page.index('href="#content"') < page.index("<header")
    left = client.post("/sign-out/")
    assert left.status_code == 302
    assert client.get("/account/").status_code == 302


def test_a_demonstration_says_so_before_and_after_sign_in(world: World, client: Client) -> None:
    mark = "Demonstration: invented data"
    assert mark in page_of(client, "/sign-in/")
    sign_in(client, world.people[AMINA])
    assert mark in page_of(client)
    Deployment.objects.update(demonstration=False)
    assert mark not in page_of(client)


def test_the_language_is_kept_and_only_a_post_changes_it(world: World, client: Client) -> None:
    sign_in(client, world.people[AMINA])
    client.get("/language/", {"language": "sw"})
    assert "Kazi yangu" not in page_of(client)
    here = "http://testserver/account/"
    changed = client.post("/language/", {"language": "sw"}, headers={"referer": here})
    assert (changed.status_code, changed.headers["Location"]) == (302, here)
    assert "Kazi yangu" in page_of(client)
    assert '<html lang="sw">' in page_of(client)
    client.post("/language/", {"language": "no-such-language"})
    assert '<html lang="sw">' in page_of(client)


def test_the_language_form_leads_to_no_other_site(world: World, client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://example.org/"})
    assert answer.headers["Location"] == "/"


@contextmanager
def database_away() -> Iterator[None]:
    def fail(*_given: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        yield


def test_without_a_database_the_desk_says_so() -> None:
    with database_away():
        answer = Client(raise_request_exception=False).get("/health")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()
    assert Client().get("/health").content == b"ok\n"


def test_a_refusal_that_no_page_foresaw_gives_its_reasons(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise Refused(["This was <b>closed</b> by somebody else."])

    sign_in(client, world.people[AMINA])
    monkeypatch.setattr("mlinzi.site.web.directory.deployment", refuse)
    answer = client.get("/health")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This was &lt;b&gt;closed&lt;/b&gt; by somebody else." in page
    assert "Nothing was changed." in page


def test_a_fault_gives_no_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("mlinzi.site.web.directory.deployment", break_down)
    answer = Client(raise_request_exception=False).get("/health")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "A fault on our side" in page
    assert "secret detail" not in page


def test_a_form_without_its_protection_changes_nothing_and_says_what_to_do(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, world.people[AMINA])
    refused = strict.post("/sign-out/")
    assert refused.status_code == 403
    assert "Please send it again" in refused.content.decode()
    assert strict.get("/account/").status_code == 200  # still signed in


def test_what_is_too_large_is_answered_and_not_read(world: World, client: Client) -> None:
    sign_in(client, world.people[AMINA])
    answer = client.post("/language/", {"language": "x" * 3_000_000})
    assert answer.status_code == 400
    assert "This cannot be taken as it is" in answer.content.decode()


def test_absent_addresses_look_alike_and_quote_nothing(world: World, client: Client) -> None:
    sign_in(client, world.people[AMINA])
    one, other = client.get("/no-such-page/"), client.get("/cases/AAAA-BBBB/")
    assert one.status_code == other.status_code == 404
    assert one.content == other.content
    assert "no-such-page" not in one.content.decode()
