"""In a real browser: a counsellor writes down what a caller tells, by keyboard, and counts silent calls."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.intake.models import Submission
from tests.browsing import look_at, started_browser
from tests.world import World, make_world, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world("ke")


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go: a folder of the run, or the one that is asked for."""
    return Path(os.environ.get("MLINZI_PICTURES", tmp_path))


def seat(chromium: Browser, server: LiveServer, world: World, who: str, **more: object) -> Page:
    """Somebody at work before a browser of their own."""
    client = Client()
    sign_in(client, world.people[who])
    context = chromium.new_context(base_url=server.url, **more)  # type: ignore[arg-type]
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return page


def test_a_call_is_written_down_without_a_mouse(
    world: World, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    page = seat(chromium, live_server, world, "neema")
    page.goto("/")
    page.get_by_role("link", name="New report").click()
    look_at(page, "desk-report", pictures)
    page.get_by_role("button", name="Send and show the number").click()
    expect(page.get_by_role("alert")).to_contain_text("Say how it reached you.")
    look_at(page, "desk-report-wrong", pictures)

    page.get_by_label("How did it reach you?").focus()
    keys = page.keyboard
    keys.type("By ph")
    keys.press("Tab")  # the language stays as it is
    keys.press("Tab")
    keys.press("Space")  # agreed
    page.get_by_label("Are you safe now?").focus()
    keys.type("No, I")
    page.get_by_label("Who is this about?").focus()
    keys.type("Me")
    page.get_by_label("What happened?").focus()
    keys.type("A man in a game asks her for pictures every day.")
    page.get_by_label("Facts of the call or visit").fill("14:05, eleven minutes, line two")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="It is sent. Read the number to the caller")).to_be_visible()
    expect(page.get_by_role("heading", name="A child is in danger now: call")).to_be_visible()
    look_at(page, "desk-number", pictures)
    number = re.search(r"(\d{4} ){3}\d{4}", page.content())
    assert number
    assert number[0].replace(" ", "") not in page.url
    page.reload()  # sends the same form again
    expect(page.get_by_text(number[0], exact=True).first).to_be_visible()
    assert Submission.objects.count() == 1


def test_the_same_in_swahili_with_scripts_off(
    world: World, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    page = seat(chromium, live_server, world, "neema", java_script_enabled=False, locale="sw")
    page.goto("/reports/new/")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=pictures / f"desk-report-sw-{width}.png", full_page=True)
    page.get_by_label("Ilikufikiaje?").select_option("Alikuja mwenyewe")
    page.get_by_label("Amekubali").check()
    page.get_by_label("Nini kilitokea?").fill("Mtu anamwomba picha kila siku kwenye mchezo.")
    page.get_by_role("button", name="Tuma na uonyeshe nambari").click()
    expect(page.get_by_role("heading", name="Imetumwa. Msomee aliyepiga nambari")).to_be_visible()
    page.screenshot(path=pictures / "desk-number-sw.png", full_page=True)
    assert Submission.objects.count() == 1


def test_silent_calls_are_counted_and_a_slip_is_taken_back(
    world: World, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    page = seat(chromium, live_server, world, "neema")
    page.goto("/contacts/")
    expect(page.get_by_text("Nothing was counted in these days.")).to_be_visible()
    look_at(page, "desk-contacts-empty", pictures)
    page.get_by_role("button", name="Silent", exact=True).dblclick()
    expect(page.get_by_text("Today: 1")).to_be_visible()
    page.get_by_role("button", name="Wrong number", exact=True).click()
    look_at(page, "desk-contacts", pictures)
    page.get_by_role("button", name="Take one back: Silent").click()
    expect(page.get_by_text("Taken back: Silent")).to_be_visible()
    expect(page.get_by_text("Today: 1")).to_have_count(1)
    expect(page.get_by_role("button", name="Take one back: Wrong number")).to_be_visible()
