"""In a real browser: two cases become one and part again; help is found near; an entry is kept true."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework import reads
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.casework.tests.test_desk_browser import press, write
from mlinzi.casework.tests.test_helpers import tell
from mlinzi.casework.tests.test_likeness import two
from tests.browsing import look_at
from tests.people import AMINA, WANJIKU

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_cases_become_one_and_part_again(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case, other = two(live_desk)
    live_desk.refer(case)
    amina = seat(chromium, live_server, live_desk)
    amina.goto(f"/cases/{case.number}/")
    press(amina, f"Decide ({other.number})", "link")
    look_at(amina, "joining-same", pictures)
    amina.get_by_label("Yes, join them. It is the same event").press("Space")
    press(amina, "Keep the decision")
    expect(amina.get_by_text("Its reports lie here.")).to_be_visible()
    look_at(amina, "joining-case", pictures)
    press(amina, "Timeline", "link")
    expect(amina.get_by_text("Joined with another case")).to_be_visible()
    expect(amina.get_by_text("An answer is due:")).to_be_visible()
    look_at(amina, "joining-timeline", pictures)
    amina.goto(f"/cases/{other.number}/")
    press(amina, f"Take them apart ({case.number})", "link")
    look_at(amina, "joining-disjoin", pictures)
    amina.get_by_label("It is another child").press("Space")
    press(amina, "Take them apart")
    expect(amina.get_by_text("Not the same.")).to_be_visible()
    assert reads.similar(case, by=live_desk.officer(AMINA)) == []


def test_help_is_found_near_and_an_entry_is_kept_true(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    tell(live_desk, "kisumu_childrens_office")
    wanjiku = seat(chromium, live_server, live_desk, WANJIKU)
    wanjiku.goto("/help/")
    wanjiku.get_by_label("Which help?").select_option("case_management")
    wanjiku.get_by_label("Near").select_option("kwale")
    wanjiku.get_by_role("button", name="Show").click()
    expect(wanjiku.get_by_text("km away").first).to_be_visible()
    look_at(wanjiku, "help-list", pictures)
    wanjiku.goto(f"/help/{live_desk.house('national_desk')}/")
    press(wanjiku, "Change it", "link")
    write(wanjiku, "contact", "Analyst on duty")
    write(wanjiku, "phone", "000 000 001")
    wanjiku.get_by_label("Only a little").press("Space")
    for field, time in (("monday_from", "08:00"), ("monday_to", "17:00")):
        wanjiku.locator(f"main [name={field}]").fill(time)
    look_at(wanjiku, "help-edit", pictures)
    press(wanjiku, "Save")
    expect(wanjiku.get_by_text("Only a little")).to_be_visible()
    look_at(wanjiku, "help-entry", pictures)
    press(wanjiku, "All of it is still right")
    expect(wanjiku.get_by_text("Thank you.")).to_be_visible()
    wanjiku.goto("/duty/")
    look_at(wanjiku, "help-duty", pictures)
