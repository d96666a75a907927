"""In a real browser, by the keyboard alone: one invented child from the queue to the court, and back."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework import acts
from mlinzi.casework.rules import Rank
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.intake.rules import Danger
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.browsing import look_at
from tests.people import AMINA, WANJIKU
from tests.world import open_box

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page: Page, name: str, role: str = "button") -> None:
    """Go to a control and use it with the Enter key, as somebody without a mouse does."""
    control = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    control.focus()
    with page.expect_navigation():
        control.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Fill a field of the form, by its name."""
    field = page.locator(f"main [name={name}]")
    field.focus()
    field.fill(text)


def test_one_child_from_the_queue_to_the_day_in_court(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    receipt = live_desk.report(category="wants_to_meet", danger=Danger.NO)
    acts.triage_waiting(by=live_desk.officer(AMINA), now=now())
    acts.add_shift(
        live_desk.officer(AMINA).id, Rank.FIRST, now(), now() + timedelta(hours=8),
        by=live_desk.officer(WANJIKU), now=now(),
    )  # fmt: skip
    page = seat(chromium, live_server, live_desk)
    page.goto("/queue/")
    expect(page.get_by_role("alert").filter(has_text="urgent report waits")).to_be_visible()
    look_at(page, "desk-queue", pictures)
    press(page, "Read the next one")
    case = page.url
    page.get_by_label("Why do you open it?").select_option("triage")
    press(page, "Open the report")
    press(page, "Take this case")
    _people(page, case, pictures)
    _plan(page, case, pictures)
    _court(page, case, pictures)
    _ending(page, case, live_desk, chromium, live_server, pictures)
    assert open_box(receipt).answers, "the child was told"


def _people(page: Page, case: str, pictures: Path) -> None:
    press(page, "People", "link")
    press(page, "Write somebody down", "link")
    write(page, "name", "Zawadi Invented")
    write(page, "born", "13")
    look_at(page, "desk-person", pictures)
    press(page, "Keep it, sealed")
    press(page, "A link, account or number", "link")
    page.get_by_label("What is it?").select_option("account")
    write(page, "value", "Kijani Chat: invented_coach")
    look_at(page, "desk-trace", pictures)
    press(page, "Keep it, sealed")
    expect(page.get_by_text("Child: Zawadi Invented")).to_be_visible()
    look_at(page, "desk-people", pictures)


def _plan(page: Page, case: str, pictures: Path) -> None:
    page.goto(f"{case}plan/")
    press(page, "Assess the risk", "link")
    for group in page.get_by_role("group").all():
        first = group.get_by_role("radio").first
        first.focus()
        first.press("Space")
    look_at(page, "desk-risk", pictures)
    press(page, "Keep it")
    press(page, "Set a goal", "link")
    write(page, "text", "She sleeps at her aunt's.")
    press(page, "Keep it")
    press(page, "Give a task", "link")
    write(page, "title", "Call the teacher")
    write(page, "due_on", f"{now().date() + timedelta(days=2):%Y-%m-%d}")
    look_at(page, "desk-task", pictures)
    press(page, "Keep it")
    press(page, "Write it together with the child", "link")
    write(page, "h_where_to_go", "To Aunt Neema next door.")
    press(page, "Keep it")
    expect(page.get_by_text("To Aunt Neema next door.")).to_be_visible()
    look_at(page, "desk-plan", pictures)
    press(page, "Done 1")
    press(page, "Reached 1")


def _court(page: Page, case: str, pictures: Path) -> None:
    page.goto(f"{case}court/")
    press(page, "A session in court", "link")
    page.get_by_label("What kind of session?").select_option("plea")
    write(page, "on", f"{now().date() + timedelta(days=20):%Y-%m-%d}")
    look_at(page, "desk-session", pictures)
    press(page, "Keep it")
    press(page, "Name an offence", "link")
    write(page, "on", f"{now().date() - timedelta(days=3):%Y-%m-%d}")
    write(page, "why", "By what the child told.")
    press(page, "Keep it")
    expect(page.get_by_text("By what the child told.")).to_be_visible()
    look_at(page, "desk-court", pictures)


def _ending(page: Page, case: str, desk: Desk, chromium: Browser, server: LiveServer, pictures: Path) -> None:
    page.goto(f"{case}answer/")
    page.get_by_role("checkbox").first.press("Space")
    press(page, "See what they will read")
    press(page, "Send")
    page.goto(f"{case}close/")
    look_at(page, "desk-close", pictures)
    press(page, "Ask a second person", "link")
    write(page, "words", "She is safe with her aunt, and the court has a day.")
    press(page, "Ask")
    second = seat(chromium, server, desk, WANJIKU)
    second.goto("/team/")
    look_at(second, "desk-team", pictures)
    second.goto("/second/")
    look_at(second, "desk-seconds", pictures)
    press(second, case.rstrip("/").rsplit("/", 1)[1], "link")
    second.get_by_label("I agree").press("Space")
    look_at(second, "desk-second", pictures)
    press(second, "Decide")
    for name in ("duty", "fences", "glass", "handover", "in-need"):
        second.goto(f"/{name}/")
        look_at(second, f"desk-{name}", pictures)
    page.goto(f"{case}close/")
    page.get_by_label("The child was helped").press("Space")
    press(page, "Close the case")
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    page.goto(f"{case}history/")
    for done in ("Taken", "Somebody was written down", "Risk assessed", "Session in court", "Closed"):
        expect(page.get_by_text(done, exact=True).first).to_be_visible()
    look_at(page, "desk-history", pictures)


def test_pages_of_need_and_lateness(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case = live_desk.case(category="wants_to_meet", at=now() - timedelta(hours=5))
    acts.take(case.number, by=live_desk.officer(AMINA), now=now())
    acts.hand_over(
        live_desk.officer(WANJIKU).id, [case.number], "Call at eight.", by=live_desk.officer(AMINA),
        now=now(), keys=keyring(),
    )  # fmt: skip
    amina, neema = seat(chromium, live_server, live_desk), seat(chromium, live_server, live_desk, "neema")
    amina.goto("/")
    look_at(amina, "desk-my-work", pictures)
    press(amina, "Say why it was late 1", "link")
    look_at(amina, "desk-explain", pictures)
    neema.goto("/in-need/")
    write(neema, "number", case.number)
    neema.get_by_label("The child calls now").press("Space")
    write(neema, "words", "The child calls me and is afraid.")
    look_at(neema, "desk-break", pictures)
    press(neema, "Open it now")
    expect(neema.get_by_text("Opened in need.")).to_be_visible()
    look_at(neema, "desk-in-need", pictures)
    wanjiku = seat(chromium, live_server, live_desk, WANJIKU)
    wanjiku.goto("/glass/")
    press(wanjiku, case.number, "link")
    look_at(wanjiku, "desk-review", pictures)
    wanjiku.goto(f"/cases/{case.number}/conflict/")
    look_at(wanjiku, "desk-conflict", pictures)
