"""In a real browser: a case of many reports is read page by page, answered, and taken apart."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework.models import Case, CaseReport
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.casework.tests.test_reporters import taken_over
from mlinzi.casework.tests.test_reports import OWN, a_row, heard
from mlinzi.intake.rules import WordKind
from tests.browsing import look_at
from tests.tables import Report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_case_of_many_reports_is_read_answered_and_taken_apart(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case, receipts = a_row(live_desk, 22)
    taken_over(receipts[21], WordKind.WORDS, "He comes tonight. I am afraid.")
    Report.objects.filter(id=case.reports.latest("report__received_at").report_id).update(channel="sms")
    page = seat(chromium, live_server, live_desk)
    page.goto(f"/cases/{case.number}/")
    page.get_by_label("Why do you open it?").select_option("To work on the case")
    page.get_by_role("button", name="Open the report").click()
    expect(page.get_by_role("heading", name="Report 22")).to_be_visible()
    expect(page.get_by_text("He comes tonight.")).to_be_visible()
    look_at(page, "reports-first", pictures)
    page.get_by_role("link", name="Next reports").click()
    expect(page.get_by_text("Reports 21 to 22 of 22.")).to_be_visible()
    look_at(page, "reports-last", pictures)

    page.get_by_role("link", name="Answer this reporter (Report 21)").click()
    expect(page.get_by_role("radio", name="Report 21")).to_be_checked()
    page.get_by_label("Your own words").fill(OWN)
    look_at(page, "answer-one", pictures)
    page.get_by_role("radio", name="All reporters of this case").check()
    page.get_by_role("button", name="See what they will read").click()
    expect(page.get_by_role("alert")).to_contain_text("choose which one")
    look_at(page, "answer-all-refused", pictures)
    page.get_by_role("radio", name="Report 21").check()
    page.get_by_role("button", name="See what they will read").click()
    expect(page.get_by_text("It goes to one mailbox: that of report 21")).to_be_visible()
    look_at(page, "answer-one-seen", pictures)
    page.get_by_role("button", name="Send").click()
    assert [len(heard(receipt)) for receipt in receipts] == [0] * 20 + [1, 0]

    page.goto(f"/cases/{case.number}/?reports=2")
    page.get_by_role("button", name="Take it out into a case of its own (Report 21)").click()
    expect(page.get_by_text("The report lies in a case of its own now")).to_be_visible()
    look_at(page, "reports-taken-out", pictures)
    assert case.reports.count() == 21
    assert CaseReport.objects.exclude(case=case).count() == Case.objects.count() - 1 == 3


def test_the_same_in_swahili(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case, _ = a_row(live_desk, 2)
    page = seat(chromium, live_server, live_desk, locale="sw")
    page.goto(f"/cases/{case.number}/answer/")
    expect(page.get_by_text("Wote walioripoti katika kesi hii, visanduku 2")).to_be_visible()
    page.get_by_role("radio", name="Wote walioripoti").check()
    page.get_by_label("Asante kwa kutuambia").or_(page.get_by_label("Thank you for telling us")).first.check()
    look_at(page, "answer-sw", pictures)
    page.locator("button[name=preview]").click()
    expect(page.get_by_text("Linaenda kwa walioripoti 2 wa kesi hii.")).to_be_visible()
    look_at(page, "answer-sw-seen", pictures)
