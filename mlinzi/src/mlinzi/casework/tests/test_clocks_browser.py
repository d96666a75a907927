"""In a real browser: an officer who promised help says until when it goes on, and the asker reads it."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.kernel.clock import now
from tests.browsing import look_at
from tests.people import ACHIENG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_help_goes_on(live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path) -> None:
    case = live_desk.taken()
    referral = live_desk.accepted(case)
    office = seat(chromium, live_server, live_desk, ACHIENG)
    office.goto(f"/referrals/{referral.number}/")
    office.get_by_role("link", name="It goes on").click()
    look_at(office, "help-goes-on", pictures)
    office.get_by_label("Until when?").fill((now() + timedelta(days=20)).date().isoformat())
    office.get_by_label("Help of this kind takes long").check()
    office.get_by_role("button", name="Keep it").click()
    expect(office.get_by_text("Goes on until")).to_be_visible()
    look_at(office, "referral-goes-on", pictures)
    asker = seat(chromium, live_server, live_desk)
    asker.goto(f"/cases/{case.number}/")
    expect(asker.get_by_text("Help of this kind takes long")).to_be_visible()
    look_at(asker, "case-help-goes-on", pictures)
