"""In a real browser: passkeys, the warning before a session ends, and how the pages look."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.access import acts
from mlinzi.access.models import Proposal
from mlinzi.access.tests.conftest import OWNER, PASSWORD, House, code, enter, factors, hold
from mlinzi.kernel.clock import now
from tests.browsing import look_at, started_browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer) -> Page:
    """A window of somebody's own, whose scripts are only ours."""
    window = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    ).new_page()
    window.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return window


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go: a folder of the run, or the one that is asked for."""
    return Path(os.environ.get("MLINZI_PICTURES", tmp_path))


def password(page: Page, house: House, name: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(house[name].email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def walk_in(page: Page, house: House, name: str) -> None:
    """Sign in with a session made beside the browser, where signing in is not what is tested."""
    client = Client()
    enter(client, house[name])
    value = client.cookies["mlinzi_staff"].value
    page.context.add_cookies([{"name": "mlinzi_staff", "value": value, "url": "http://localhost"}])


def with_a_key(page: Page) -> None:
    """Plug in a key that agrees to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_set_up_signs_in_and_confirms(house: House, page: Page) -> None:
    house.add("nima", "first_lantern", "steward")
    with_a_key(page)
    password(page, house, "nima")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_label("Name of the device").fill("blue key")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The passkey is set up")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Passkey: blue key")).to_be_visible()
    assert factors(house["nima"]) == ["webauthn"]

    page.get_by_role("button", name="Sign out").click()
    password(page, house, "nima")
    expect(page.get_by_label("Code")).to_have_count(0)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("link", name="My account")).to_be_visible()

    age_factor(minutes=11)
    page.goto(f"/people/{house['mirren'].id}/restore/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_label("Reason")).to_be_visible()


def age_factor(*, minutes: int) -> None:
    """Let time pass since the second factor was given, in all sessions."""
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        for record in session.get("account_authentication_methods", []):
            record["at"] -= minutes * 60
        session.modified = True
        session.save()


def hasten(page: Page, path: str, *, warn: int, end: int) -> None:
    """Let the warning of a page come after seconds in place of minutes; everything else stays as it is."""

    def quicker(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace('data-warn="780" data-end="890"', f'data-warn="{warn}" data-end="{end}"')
        assert f'data-end="{end}"' in body
        route.fulfill(response=answer, body=body)

    page.route(path, quicker)


def test_the_warning_comes_and_goes_and_at_the_end_nothing_typed_is_lost(house: House, page: Page) -> None:
    walk_in(page, house, "ada")
    hasten(page, "**/people/invite/", warn=2, end=6)
    page.goto("/people/invite/")
    warning = page.locator("#idle")
    expect(warning).to_be_hidden()
    page.get_by_label("Name").fill("Nima Reed")
    expect(warning.get_by_role("alert")).to_contain_text("Your session ends in less than two minutes")
    warning.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    expect(page.get_by_label("Name")).to_have_value("Nima Reed")
    expect(page.get_by_text("Your session had ended")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("it will be back in the form")).to_be_visible()
    page.get_by_label("E-mail address").fill(house["ada"].email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.unroute("**/people/invite/")
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Name")).to_have_value("Nima Reed")
    expect(page.get_by_text("What you had typed is back")).to_be_visible()


def test_work_in_one_tab_keeps_the_others_open(house: House, page: Page) -> None:
    walk_in(page, house, "ada")
    hasten(page, "**/people/", warn=2, end=6)
    page.goto("/people/")
    other = page.context.new_page()
    for _ in range(4):
        other.wait_for_timeout(1500)
        other.goto("/account/")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_the_pages_look_well_and_axe_finds_nothing(house: House, page: Page, pictures: Path) -> None:
    mirren = house["mirren"]
    grant = hold(mirren, "helper")
    hold(mirren, "shore_watch", area="east-shore")
    acts.propose_restore(mirren.id, reason="I met her at the office.", by=house.officer("ada"), now=now())
    proposal = Proposal.objects.get()
    invited = acts.invite(
        name="Nima Reed",
        email="nima@example.org",
        organisation_uuid=house.organisation("first_lantern"),
        language="en",
        by=house.officer("ada"),
        now=now(),
    )
    token = acts.mint_invitation(invited.id, by=OWNER, now=now())[1]
    outside = {
        "sign-in": "/sign-in/?ended=kept",
        "welcome": f"/welcome/{token}/",
        "welcome-gone": "/welcome/x/",
    }
    for name, address in outside.items():
        page.goto(address)
        look_at(page, name, pictures)
    password(page, house, "bo")
    look_at(page, "second-factor", pictures)
    walk_in(page, house, "bo")
    acts.add_passkey("Blue key on my key ring", {"id": "x"}, by=house.officer("bo"), now=now())
    inside = {
        "account": "/account/",
        "password": "/account/password/",
        "people": "/people/",
        "nobody": "/people/?name=zzz",
        "invite": "/people/invite/",
        "person": f"/people/{mirren.id}/",
        "give-role": f"/people/{mirren.id}/role/",
        "end-role": f"/people/{mirren.id}/roles/{grant.id}/end/",
        "end": f"/people/{mirren.id}/end/",
        "restore": f"/people/{mirren.id}/restore/",
        "approvals": "/approvals/",
        "approval": f"/approvals/{proposal.id}/",
    }
    for name, address in inside.items():
        page.goto(address)
        look_at(page, name, pictures)
    page.goto("/people/invite/")
    page.get_by_role("button", name="Send the invitation").click()
    look_at(page, "invite-wrong", pictures)
    page.goto("/people/")
    page.evaluate("document.getElementById('idle').hidden = false")
    page.evaluate("document.querySelector('#idle [data-left]').textContent = '110'")
    look_at(page, "warning", pictures)


def test_setting_up_a_factor_looks_well(house: House, page: Page, pictures: Path) -> None:
    house.add("nima", "first_lantern")
    password(page, house, "nima")
    for name, address in {
        "first-factor": "/account/first-factor/",
        "add-app": "/account/app/",
        "add-passkey": "/account/passkey/",
    }.items():
        page.goto(address)
        look_at(page, name, pictures)
