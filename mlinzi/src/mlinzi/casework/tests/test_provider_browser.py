"""In a real browser: an analyst reads what a company reported; a keeper of the house lets programs in."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework import acts
from mlinzi.casework.models import Case
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.intake import acts as intake
from mlinzi.intake.tests.providing import FULL, at_the_door, file_details, given
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from tests.browsing import look_at
from tests.people import AMINA, BARASA
from tests.world import WORKER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def reported(desk: Desk, settings: Settings, folder: Path) -> Case:
    """A company's report that has become a case."""
    settings.DOOR = folder / "door"
    settings.DOOR.mkdir()
    with at_the_door(settings):
        provider = given(desk.world)
        provider.client = Client()
        report = provider.submit(FULL)
        provider.post("fileinfo", file_details(report, provider.upload(report)))
        provider.finish(report)
    moment, keys = now(), keyring()
    intake.take_provider_reports(by=WORKER, now=moment, keys=keys, country_prefix="254")
    intake.adopt_files(by=WORKER, now=moment, keys=keys, door=settings.DOOR, folder=settings.VAULT)
    assert acts.triage_waiting(by=WORKER, now=moment) == 1
    return Case.objects.get()


def test_an_analyst_reads_a_companys_report(
    live_desk: Desk,
    chromium: Browser,
    live_server: LiveServer,
    pictures: Path,
    settings: Settings,
    tmp_path: Path,
) -> None:
    case = reported(live_desk, settings, tmp_path)
    assert case.urgency == "high"
    assert case.urgency_row == "provider_haste"
    desk = seat(chromium, live_server, live_desk, AMINA)
    desk.goto("/queue/")
    expect(desk.get_by_text("The company that reports asks for haste.")).to_be_visible()
    desk.goto(f"/cases/{case.number}/")
    desk.get_by_role("button", name="Take this case").click()
    desk.get_by_role("button", name="Open the report").click()
    expect(desk.get_by_text("They plan to meet on Friday.").first).to_be_visible()
    expect(desk.get_by_text("invented_coach").first).to_be_visible()
    expect(desk.get_by_text("40123")).to_be_visible()
    expect(desk.get_by_text("It has no mailbox here.")).to_be_visible()
    expect(desk.get_by_role("link", name="Answer the reporter")).to_have_count(0)
    look_at(desk, "company-report", pictures)
    with pytest.raises(Refused, match="no mailbox"):
        acts.answer(case.number, "x", form_key=b"x", by=live_desk.officer(AMINA), now=now(), keys=keyring())


def test_a_program_is_given_a_way_in(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    keeper = seat(chromium, live_server, live_desk, BARASA)
    keeper.goto("/programs/")
    look_at(keeper, "programs-none", pictures)
    keeper.get_by_role("link", name="Give a program a way in").click()
    keeper.get_by_label("For which organisation?").select_option(label="Safiri Demonstration Internet")
    keeper.get_by_label("Tests: nothing reaches an officer").check()
    look_at(keeper, "programs-give", pictures)
    keeper.get_by_role("button", name="Make login and secret").click()
    expect(keeper.get_by_text("Copy the secret now.")).to_be_visible()
    look_at(keeper, "programs-given", pictures)
    keeper.get_by_role("link", name="I have kept it").click()
    look_at(keeper, "programs", pictures)
    keeper.get_by_role("link", name="End it").click()
    keeper.get_by_role("button", name="End it").click()
    expect(keeper.get_by_text("It has ended.")).to_be_visible()
