"""A child tells, an analyst reads and refers, an officer helps, the child reads the answer. In two
countries."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.hands import PHONE, Looking, a_browser, come_back, confirm, sign_in, tell, write_back
from tests.journeys.installation import Installation, running

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Story:
    """Who does what in which country."""

    pack: str
    language: str
    words: dict[str, str]
    analyst: str
    service: str
    receiver: str
    officer: str
    answer: str
    reply: str


KENYA = Story(
    "ke", "sw",
    {"about": "me", "category": "asked_for_pictures",
     "story": "Mtu kwenye mchezo ananiomba picha na anasema ataambia shule.",
     "service": "Kijani Chat", "account": "@mgeni_17", "since": "still", "age": "from_10", "area": "nairobi",
     "channel": "box"},
    "amina", "case_management", "Nairobi Demonstration Children's Office", "achieng",
    "Tumezungumza na mwalimu wako. Uko salama.", "Asante. Nimeelewa.",
)  # fmt: skip
TARROWMERE = Story(
    "xx", "en",
    {"about": "child", "story": "Somebody on the ferry page keeps asking my brother to meet.",
     "area": "east-shore"},
    "mirren", "protection", "East Wardens", "tavi", "A warden walks with your brother now.",
    "Thank you, I will tell him.",
)  # fmt: skip


@pytest.fixture(scope="module", params=[KENYA, TARROWMERE], ids=lambda story: story.pack)
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.param
    return found


@pytest.fixture(scope="module")
def here(story: Story) -> Iterator[Installation]:
    with running(story.pack) as installation:
        yield installation


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


def wait_for(page: Page, address: str, selector: str) -> None:
    """Reload until the worker has brought it: a report needs a moment to become a case."""
    for _ in range(60):
        page.goto(address)
        if page.locator(selector).count():
            return
        time.sleep(0.5)
    raise AssertionError(f"{selector} never came: {page.locator('main').inner_text()}")


def test_a_report_travels_to_help_and_back(
    story: Story, here: Installation, browser: Browser, tmp_path: Path
) -> None:
    look = Looking(tmp_path)
    phone = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()  # type: ignore[arg-type]
    number = tell(phone, here, story.language, story.words)
    look.at(phone, "receipt", scripts=False)
    assert [cookie["name"] for cookie in phone.context.cookies()] == ["k"]
    confirm(phone, number)
    assert phone.context.cookies() == []

    analyst = sign_in(browser, here, story.analyst)
    look.at(analyst, "my-work")
    wait_for(analyst, f"{here.staff}/queue/", "form[action$='/take/']")
    look.at(analyst, "queue")
    analyst.locator("form[action$='/take/'] button").first.click()
    case = _read_the_report(analyst, story, look)
    _refer(analyst, here, case, story, look)
    assert story.answer not in come_back(phone, here, story.language, number)

    officer = sign_in(browser, here, story.officer)
    _help(officer, here, story, look)
    _answer(analyst, here, case, story, look)
    read = come_back(phone, here, story.language, number.replace(" ", "-"))
    assert story.answer in read
    write_back(phone, story.reply)
    look.at(phone, "answer-read", scripts=False)
    _read_the_reply(analyst, here, case, story)
    assert len(look.seen) >= 10
    assert "is whole" in here.mlinzi("audit", "verify")


def _read_the_report(analyst: Page, story: Story, look: Looking) -> str:
    if "/cases/" not in analyst.url:
        analyst.locator("main a[href^='/cases/']").first.click()
    look.at(analyst, "case-shut")
    assert story.words["story"] not in analyst.content()
    analyst.locator("form[action$='/open/'] [name=purpose]").select_option("triage")
    analyst.locator("form[action$='/open/'] button").click()
    assert story.words["story"] in analyst.locator("main").inner_text()
    look.at(analyst, "case-open")
    return analyst.url.rstrip("/").rsplit("/", 1)[-1]


def _refer(analyst: Page, here: Installation, case: str, story: Story, look: Looking) -> None:
    analyst.goto(f"{here.staff}/cases/{case}/refer/")
    look.at(analyst, "refer-service")
    analyst.locator("select[name=service]").select_option(story.service)
    analyst.locator("main form button").first.click()
    analyst.get_by_label(story.receiver).check()
    analyst.locator("input[name=shared][value^=what_happened]").check()
    analyst.locator("[name=note]").fill("Please visit the family this week.")
    analyst.locator("input[name=basis][value=law]").check()
    analyst.locator("select[name=provision]").select_option(index=1)
    look.at(analyst, "refer")
    analyst.locator("button[name=preview]").click()
    look.at(analyst, "refer-preview")
    analyst.locator("button[name=send]").click()
    assert story.receiver in analyst.locator("main").inner_text()


def _help(officer: Page, here: Installation, story: Story, look: Looking) -> None:
    officer.goto(f"{here.staff}/referrals/")
    look.at(officer, "referrals")
    officer.locator("main a[href^='/referrals/']").first.click()
    look.at(officer, "referral-shut")
    assert story.words["story"] not in officer.content()
    officer.locator("form[action$='/open/'] [name=purpose]").select_option("referral")
    officer.locator("form[action$='/open/'] button").click()
    assert story.words["story"] in officer.locator("main").inner_text()
    officer.locator("form[action$='/accept/'] button").click()
    officer.locator("a[href$='/done/']").click()
    officer.locator("input[name=outcome]").first.check()
    officer.locator("textarea[name=text]").fill("Met the child; counselling starts on Monday.")
    look.at(officer, "referral-done")
    officer.locator("main form button.button").click()


def _answer(analyst: Page, here: Installation, case: str, story: Story, look: Looking) -> None:
    analyst.goto(f"{here.staff}/cases/{case}/answer/")
    analyst.locator("textarea[name=own]").fill(story.answer)
    look.at(analyst, "answer")
    analyst.locator("button[name=preview]").click()
    assert story.answer in analyst.locator("main").inner_text()
    analyst.locator("button[name=send]").click()


def _read_the_reply(analyst: Page, here: Installation, case: str, story: Story) -> None:
    """What the child wrote back reaches the analyst, who has the case open."""
    wait_for(analyst, f"{here.staff}/cases/{case}/", f"text={story.reply}")


def test_a_wrong_number_and_an_officers_address_tell_nothing(
    story: Story, here: Installation, browser: Browser
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    said = come_back(page, here, story.language, "1234 5678 9012 3456")
    assert said
    assert page.goto(f"{here.public}/queue/").status == 404  # type: ignore[union-attr]
    assert page.goto(f"{here.staff}/queue/").url.startswith(f"{here.staff}/sign-in/")  # type: ignore[union-attr]
