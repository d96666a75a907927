"""In a real browser: Zuhura reports for her company; Salim sees how companies meet the duty."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.industry.models import Order
from mlinzi.industry.tests.conftest import Companies
from mlinzi.industry.tests.test_ready import CONTACTS, program, try_all
from mlinzi.kernel.clock import now
from tests.browsing import look_at
from tests.people import BRIAN, SALIM, ZUHURA
from tests.tables import ProviderReport

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def settled(settings: Settings, tmp_path: Path) -> Settings:
    settings.DOOR = tmp_path / "door"
    settings.DOOR.mkdir()
    return settings


def test_a_company_reports_by_hand(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path, settled: Settings
) -> None:
    page = seat(chromium, live_server, live_desk, ZUHURA)
    page.goto("/company/reports/")
    expect(page.get_by_text("Your company has sent nothing yet.")).to_be_visible()
    page.get_by_role("link", name="Write a report").click()
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a real report or a test.")
    look_at(page, "company-report-wrong", pictures)
    page.get_by_label("A real report").check()
    page.get_by_label("What kind of incident?").select_option("enticement")
    page.get_by_label("When did it happen?").fill("2026-05-17T20:00")
    page.get_by_label("When did you become aware of it?").fill("2026-05-17T21:00")
    page.get_by_label("Name of the account").fill("invented_coach")
    page.get_by_label("What happened?").fill("The account asks children for pictures.")
    page.get_by_role("button", name="Send the report").click()
    number = str(ProviderReport.objects.get().pk)
    expect(page.get_by_text(number)).to_be_visible()
    look_at(page, "company-taken", pictures)
    page.goto("/company/reports/hand-in/")
    page.get_by_label("A real report").check()
    broken = b"incident,happened,words\ntrouble,yesterday,\nenticement,2026-05-17T20:00,Seen\n"
    page.get_by_label("File").set_input_files(
        {"name": "reports.csv", "mimeType": "text/csv", "buffer": broken}
    )
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2: incident: This kind of incident is not known.")
    look_at(page, "company-table-wrong", pictures)
    page.goto("/company/reports/")
    expect(page.get_by_text(number)).to_be_visible()
    look_at(page, "company-reports", pictures)


def test_a_company_gets_ready_and_its_regulator_sees_it(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path, settled: Settings
) -> None:
    companies = Companies(live_desk.world)
    page = seat(chromium, live_server, live_desk, ZUHURA)
    page.goto("/company/")
    page.get_by_role("link", name="Change this").click()
    page.get_by_label("Who answers for reports?").fill(CONTACTS.focal_name)
    page.get_by_label("E-mail address").fill(CONTACTS.focal_email)
    page.get_by_label("Where do orders reach you?").fill(CONTACTS.legal_contact)
    look_at(page, "company-contacts", pictures)
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Look at our tests now").click()
    expect(page.get_by_text("What is left stands below.")).to_be_visible()
    expect(page.get_by_text("Left", exact=True)).to_have_count(3)
    look_at(page, "company-left", pictures)
    try_all(program(companies), settled)
    page.get_by_role("button", name="Look at our tests now").click()
    expect(page.get_by_text("All is passed.")).to_be_visible()
    look_at(page, "company-ready", pictures)
    watcher = seat(chromium, live_server, live_desk, SALIM)
    watcher.goto("/companies/")
    expect(watcher.get_by_text("A proposal, no law")).to_be_visible()
    expect(watcher.get_by_role("cell", name="Ready", exact=True)).to_be_visible()
    look_at(watcher, "companies", pictures)


def test_an_order_goes_to_a_company_and_comes_back(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path, settled: Settings
) -> None:
    referral = live_desk.refer(live_desk.taken(), to="mtoni_police_desk", service="investigation")
    brian = seat(chromium, live_server, live_desk, BRIAN)
    brian.goto("/orders/new/")
    brian.get_by_role("button", name="Ask a second person").click()
    expect(brian.get_by_role("alert")).to_contain_text("Choose the company that it goes to.")
    look_at(brian, "order-wrong", pictures)
    brian.get_by_label("Number of the case or referral").fill(referral.number)
    brian.get_by_label("Company").select_option(label="Safiri Demonstration Internet")
    brian.get_by_label("Keep data").check()
    brian.get_by_label("Provision of law").select_option(index=1)
    brian.get_by_label("Number of the order").fill("MISC 7/2026")
    brian.get_by_label("What is to be kept or handed over?").fill("All sign-ins of invented_coach in May.")
    brian.get_by_label("Last day on which it holds").fill(f"{now() + timedelta(days=30):%Y-%m-%d}")
    brian.get_by_role("button", name="Ask a second person").click()
    expect(brian.get_by_text("Waits for a second person")).to_be_visible()
    look_at(brian, "order-draft", pictures)
    path = f"/orders/{Order.objects.get().number}/"
    mutiso = seat(chromium, live_server, live_desk, "mutiso")
    mutiso.goto(path)
    mutiso.get_by_role("button", name="Open what it says").click()
    expect(mutiso.get_by_text("All sign-ins of invented_coach in May.")).to_be_visible()
    look_at(mutiso, "order-second", pictures)
    mutiso.get_by_role("button", name="Send it to the company").click()
    zuhura = seat(chromium, live_server, live_desk, ZUHURA)
    zuhura.goto("/orders/")
    look_at(zuhura, "orders", pictures)
    zuhura.get_by_role("link", name=Order.objects.get().number).click()
    zuhura.get_by_role("button", name="Acknowledge").click()
    zuhura.get_by_label("In your words").fill("All is kept since today.")
    zuhura.get_by_label("File").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": b"a,b"}
    )
    look_at(zuhura, "order-answer", pictures)
    zuhura.get_by_role("button", name="Send the answer").click()
    expect(zuhura.get_by_text("Your answer is with those who asked.")).to_be_visible()
    brian.goto(path)
    brian.get_by_role("button", name="Open what it says").click()
    expect(brian.get_by_text("All is kept since today.")).to_be_visible()
    with brian.expect_download() as download:
        brian.get_by_role("button", name="File of 3 bytes").click()
    assert download.value.suggested_filename == "list.csv"
    look_at(brian, "order-answered", pictures)
