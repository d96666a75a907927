"""In a real browser: the pages of what did not arrive elsewhere and of summaries on paper, looked at with a
tool for accessibility at two widths.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.rules import Part
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.casework.tests.standin import stand_in
from mlinzi.casework.tests.test_exchange import CHOSEN, dead, somebody
from mlinzi.casework.tests.test_paper import plan, summarise
from tests.browsing import look_at
from tests.people import WANJIKU

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_of_the_exchange(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path, settings: Any
) -> None:
    settings.CPIMS_URL = "https://cpims.invalid"
    case = live_desk.taken(category="asked_for_pictures")
    somebody(live_desk, case, Part.CHILD, "Zuri Mfano")
    summarise(live_desk, case, plan(live_desk, case))
    referral = live_desk.refer(case, shared=CHOSEN)
    with stand_in() as there:
        row = dead(live_desk, there)
    page = seat(chromium, live_server, live_desk)
    for name, path in (
        ("papers", f"/cases/{case.number}/paper/"),
        ("paper", f"/cases/{case.number}/paper/new/"),
        ("export", f"/referrals/{referral.number}/send/"),
    ):
        page.goto(path)
        look_at(page, f"exchange-{name}", pictures)
    page = seat(chromium, live_server, live_desk, WANJIKU)
    for name, path in (
        ("stuck", "/sending/"),
        ("one", f"/sending/{row.id}/"),
        ("give-up", f"/sending/{row.id}/give-up/"),
        ("check", "/paper/"),
    ):
        page.goto(path)
        look_at(page, f"exchange-{name}", pictures)
