"""In a real browser: record a consent, ask for help on it, look at the copy first; a guest answers by a link;
the child is told; the word is taken back; the case changes hands.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from mlinzi.casework import acts
from mlinzi.casework.models import Case, Referral, Transfer
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.casework.tests.seats import seat
from mlinzi.casework.tests.test_links import token_in_the_letter
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.browsing import look_at
from tests.people import ACHIENG, AMINA

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def record_consent(page: Page, case: Case, house: str, pictures: Path) -> None:
    page.goto(f"/cases/{case.number}/consent/")
    look_at(page, "consents-none", pictures)
    page.get_by_role("link", name="Record a consent").click()
    page.get_by_role("radio", name="The child", exact=True).check()
    page.get_by_label("Who may read it?").select_option(label=house)
    page.get_by_role("checkbox", name="What happened, in the reporter's words").check()
    page.get_by_role("checkbox", name="The area").check()
    page.get_by_role("radio", name="Said in person").check()
    given = localtime(now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("When did they agree?").fill(given)
    look_at(page, "consent", pictures)
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("The consent is recorded.")).to_be_visible()
    look_at(page, "consents", pictures)


def ask_for_help(page: Page, case: Case, house: str, pictures: Path) -> None:
    page.goto(f"/cases/{case.number}/refer/?service=case_management")
    page.get_by_role("radio", name=house).check()
    page.get_by_role("checkbox", name="What happened, in the reporter's words").check()
    page.get_by_role("radio", name="The child agreed").check()
    look_at(page, "refer-items", pictures)
    page.get_by_role("button", name="See what they will read").click()
    expect(page.get_by_text(STORY)).to_be_visible()
    look_at(page, "refer-preview", pictures)
    page.get_by_role("button", name="Send the referral").click()
    expect(page.get_by_text("The organisation was asked")).to_be_visible()


def send_a_link(page: Page, referral: Referral, pictures: Path) -> None:
    page.goto(f"/referrals/{referral.number}/link/")
    page.get_by_label("E-mail address for a link").fill("office@place.invalid")
    page.get_by_label("The same address once more").fill("office@place.invalid")
    look_at(page, "referral-link", pictures)
    page.get_by_role("button", name="Send the link").click()
    look_at(page, "referral-with-link", pictures)


def answer_by_link(page: Page, token: str, pictures: Path) -> None:
    page.goto(f"/a/{token}/")
    expect(page).to_have_url("/a/")
    look_at(page, "guest", pictures)
    page.get_by_role("button", name="Open what is shared").click()
    expect(page.get_by_text(STORY)).to_be_visible()
    look_at(page, "guest-open", pictures)
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("link", name="The help is given").click()
    page.get_by_role("radio", name="The child is in a safe place").check()
    page.get_by_label("What was done?").fill("She sleeps at her aunt's.")
    look_at(page, "guest-done", pictures)
    page.get_by_role("button", name="Mark as done").click()
    look_at(page, "guest-thanks", pictures)
    page.goto(f"/a/{token}/")
    look_at(page, "guest-gone", pictures)


def test_a_word_is_given_used_answered_by_link_told_and_taken_back(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case, house = live_desk.taken(), "Nairobi Demonstration Children's Office"
    page = seat(chromium, live_server, live_desk)
    record_consent(page, case, house, pictures)
    ask_for_help(page, case, house, pictures)
    referral = Referral.objects.get()
    send_a_link(page, referral, pictures)
    outside = chromium.new_context(base_url=live_server.url).new_page()
    answer_by_link(outside, token_in_the_letter(), pictures)

    page.goto("/")
    expect(page.get_by_role("heading", name="Tell the child what came of it")).to_be_visible()
    look_at(page, "my-work-untold", pictures)
    page.get_by_role("link", name="Tell the child").first.click()
    page.get_by_role("checkbox", name="There is a safe place for you now.").check()
    look_at(page, "tell", pictures)
    page.get_by_role("button", name="Tell, and mark it told").click()
    expect(page.get_by_text("It is noted that the child was told.")).to_be_visible()

    second = live_desk.refer(case, service="rescue", basis="consent")
    page.goto(f"/cases/{case.number}/consent/")
    page.get_by_role("link", name="It was taken back").click()
    look_at(page, "consent-withdraw", pictures)
    page.get_by_role("button", name="Yes, it was taken back").click()
    look_at(page, "consents-stranded", pictures)
    page.get_by_role("button", name="Take this referral back").click()
    second.refresh_from_db()
    assert second.state == "revoked"


def test_a_case_changes_hands(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case = live_desk.taken()
    page = seat(chromium, live_server, live_desk)
    page.goto(f"/cases/{case.number}/")
    page.get_by_role("link", name="Hand it over to another organisation").click()
    page.get_by_role("radio", name="Nairobi Demonstration Children's Office").check()
    page.get_by_role("checkbox", name="The area").check()
    page.get_by_role("radio", name="The law requires it").check()
    page.get_by_label("Which provision of law?").select_option(index=1)
    look_at(page, "transfer-offer", pictures)
    page.get_by_role("button", name="Offer the case").click()
    page.goto("/transfers/")
    look_at(page, "transfers", pictures)

    office = seat(chromium, live_server, live_desk, who=ACHIENG)
    office.goto("/")
    look_at(office, "my-work-offered", pictures)
    office.goto(f"/transfers/{Transfer.objects.get().number}/")
    office.locator("[name=purpose]").select_option("referral")
    office.get_by_role("button", name="Open what is shared").click()
    look_at(office, "transfer", pictures)
    office.get_by_role("button", name="Take the case").click()
    expect(office.get_by_text("The case is yours.")).to_be_visible()
    page.goto(f"/cases/{case.number}/")
    expect(page.get_by_text("nothing here")).to_be_visible()


def test_a_draft_waits_on_the_case(
    live_desk: Desk, chromium: Browser, live_server: LiveServer, pictures: Path
) -> None:
    case, amina = live_desk.taken(), live_desk.officer(AMINA)
    wish = live_desk.wish(basis="best_interest", reason="She cannot be reached.")
    acts.ask_to_refer(case.number, wish, form_key=b"k", by=amina, now=now(), keys=keyring())
    page = seat(chromium, live_server, live_desk)
    page.goto(f"/cases/{case.number}/")
    expect(page.get_by_text("Waits for a second person").first).to_be_visible()
    look_at(page, "case-draft", pictures)
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_text("It was dropped; nothing was sent.")).to_be_visible()
