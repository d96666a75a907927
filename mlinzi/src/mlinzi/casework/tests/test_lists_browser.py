"""In a real browser: lists change in place where scripts run, and by a new page where they do not."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from tests.browsing import look_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MARK = "document.documentElement.dataset.same"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_list_is_filtered_in_place(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path, scripts: bool
) -> None:
    taken, other = live_desk.taken(), live_desk.case()
    page = seat(chromium, live_server, live_desk, java_script_enabled=scripts)
    page.goto("/cases/")
    if scripts:
        page.evaluate(f"{MARK} = 'yes'")
    page.get_by_label("State").select_option("new")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text(other.number)).to_be_visible()
    expect(page.get_by_text(taken.number)).to_have_count(0)
    assert "state=new" in page.url
    if scripts:
        assert page.evaluate(MARK) == "yes", "the page was loaded anew"
        kept = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
        assert taken.number not in kept, "a page is kept in the browser's storage"
        assert other.number not in kept
        page.go_back()
        expect(page.get_by_text(taken.number)).to_be_visible()
        look_at(page, "cases-in-place", pictures)


def test_a_list_whose_session_has_ended_leads_to_the_sign_in(
    live_desk: Desk, chromium: Browser, live_server: LiveServer
) -> None:
    live_desk.taken()
    page = seat(chromium, live_server, live_desk)
    page.goto("/cases/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/sign-in/**")
