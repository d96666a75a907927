"""Stories of people at the door, in a real browser, with scripts and without, in both languages."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Route

from mlinzi.intake import acts
from mlinzi.intake.models import Attachment, Draft, Report, Submission
from mlinzi.intake.rules import Status
from mlinzi.intake.tests.test_acts import open_all
from mlinzi.intake.tests.walking import NEUTRAL, Walk
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.browsing import started_browser
from tests.world import WORKER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "Mtu kwenye mchezo ananiomba picha. / Somebody in a game asks me for pictures."
ANSWER = "Asante kwa kutuambia.\nThank you for telling us."


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go; MLINZI_PICTURES names a folder that outlives the test."""
    folder = Path(os.environ.get("MLINZI_PICTURES", tmp_path))
    folder.mkdir(exist_ok=True)
    return folder


@dataclass(frozen=True)
class Story:
    """Who tells what, on which phone."""

    name: str
    language: str
    width: int
    dark: bool
    scripts: bool
    answers: dict[str, str]
    asked: int
    safe: str = "yes"


CHILD = {
    "about": "me", "category": "asked_for_pictures", "story": WORDS, "service": "Kijani Chat",
    "account": "@mgeni_17", "since": "still", "age": "from_10", "area": "nairobi", "channel": "box",
}  # fmt: skip
FRIEND = {
    **CHILD, "about": "child", "danger": "no", "channel": "sms", "address": "0700 000 001",
    "hours": "evening", "say": "homework",
}  # fmt: skip
ONLINE = {"about": "online", "danger": "unknown", "story": WORDS, "link": "https://example.org/room?x=1"}
STORIES = [
    Story("child", "sw", 320, False, False, CHILD, 7),
    Story("child", "en", 1280, True, True, CHILD, 7),
    Story("friend", "en", 360, True, True, FRIEND, 8),
    Story("online", "sw", 320, True, True, ONLINE, 8),
    Story("danger", "sw", 360, False, False, CHILD, 8, safe="no"),
    Story("own-thoughts", "sw", 320, True, False, {"about": "own_thoughts", "story": WORDS}, 4),
    Story(
        "professional", "en", 320, False, False, {**FRIEND, "about": "professional", "position": "Nurse"}, 9
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda s: f"{s.name}-{s.language}-{s.width}")
def test_somebody_tells(public_site: str, chromium: Browser, pictures: Path, story: Story) -> None:
    walk = Walk(
        chromium, public_site, pictures,
        language=story.language, width=story.width, dark=story.dark, scripts=story.scripts,
    )  # fmt: skip
    page = walk.page
    page.goto(f"{public_site}/")
    walk.check("choose")
    page.click(f"main a[href='/{story.language}/']")
    walk.check("start")
    assert page.context.cookies() == []
    page.click(f"main button[name=safe][value={story.safe}]")
    assert len(walk.to_check(story.answers, story.name)) == story.asked
    number = walk.send(story.name)
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", number)
    assert (page.locator("#call").count() == 1) == (story.safe == "no")
    page.reload()
    assert page.locator(".receipt span").first.inner_text() == number
    page.fill("#id_number_end", "12")
    page.locator("main form button.button-big").click()
    walk.check(f"{story.name}-number-wrong")
    walk.confirm(number, story.name)
    assert page.context.cookies() == []
    assert Submission.objects.count() == 1
    open_all()
    assert Report.objects.get().about == story.answers["about"]
    assert number.replace(" ", "") not in page.url


def test_nothing_written_yet_is_said_and_leads_to_the_field(
    public_site: str, chromium: Browser, pictures: Path
) -> None:
    walk = Walk(chromium, public_site, pictures, language="sw", width=320)
    walk.begin()
    walk.answer({"about": "me"})
    walk.answer({})
    walk.answer({"story": ""})
    assert walk.page.locator(".errors a").get_attribute("href") == "#id_story"
    walk.check("story-wrong")
    walk.answer({"story": WORDS})
    walk.go("r/contact/")
    walk.answer({"channel": "call"})
    assert walk.page.locator(".errors a").get_attribute("href") == "#id_address"
    walk.check("contact-wrong")
    walk.page.go_back()  # Back never asks whether a form may be sent again
    assert "/r/" in walk.page.url


def test_back_and_change_lead_where_they_say(public_site: str, chromium: Browser, pictures: Path) -> None:
    walk = Walk(chromium, public_site, pictures, language="en", width=360)
    walk.begin()
    walk.to_check(CHILD, "change")
    walk.page.click("main a[href='/en/r/about/']")
    assert walk.page.locator("button[aria-pressed=true]").get_attribute("value") == "me"
    walk.answer({"about": "child"})
    assert walk.page.url.endswith("/r/danger/")
    walk.page.click(".way a")
    assert walk.page.url.endswith("/r/about/")
    walk.page.go_back()
    walk.page.go_back()
    walk.go("r/danger/")
    walk.to_check({"danger": "no", **CHILD}, "changed")
    walk.send("changed")
    open_all()
    assert Report.objects.get().about == "child"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_quick_exit_in_the_middle_leaves_nothing(
    public_site: str, chromium: Browser, pictures: Path, scripts: bool
) -> None:
    walk = Walk(chromium, public_site, pictures, language="sw", width=320, scripts=scripts)
    walk.begin()
    walk.answer({"about": "me"})
    walk.answer({})
    walk.answer({"story": WORDS})
    assert Draft.objects.count() == 1
    if scripts:
        for _ in range(60):  # until the script is there
            for _ in range(3):
                walk.page.keyboard.press("Shift")
            walk.page.wait_for_timeout(300)
            if walk.page.url.startswith(NEUTRAL):
                break
        assert walk.page.url.startswith(NEUTRAL)
    else:
        with suppress(Error):  # a redirect to a page that this machine cannot reach
            walk.page.click("#exit button")
        walk.page.wait_for_timeout(2_000)  # until the browser has given it up
        assert not walk.page.url.startswith(walk.address)
    for _ in range(50):
        if not Draft.objects.exists():
            break
        walk.page.wait_for_timeout(100)
    assert not Draft.objects.exists()
    assert walk.page.context.cookies(walk.address) == []
    walk.go("r/story/")
    assert WORDS[:20] not in walk.page.content()
    assert walk.page.url == f"{public_site}/sw/"


def test_a_phone_lost_at_the_last_page_loses_neither_report_nor_number(
    public_site: str, chromium: Browser, pictures: Path
) -> None:
    walk = Walk(chromium, public_site, pictures, language="sw", width=320)
    walk.begin()
    walk.to_check(CHILD, "lost")
    walk.page.route("**/r/check/", _answer_thrown_away)
    walk.page.locator("main form button.button-big").click(no_wait_after=True)
    for _ in range(100):
        if Submission.objects.exists():
            break
        walk.page.wait_for_timeout(100)
    assert Submission.objects.count() == 1
    walk.page = walk.page.context.new_page()
    walk.go()
    walk.check("lost-start")
    walk.page.click("main .notice a")
    number = walk.page.locator(".receipt span").first.inner_text()
    walk.confirm(number, "lost")
    walk.come_back(number)
    assert walk.page.url.endswith("/sw/box/")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(("language", "scripts"), [("sw", False), ("en", True)])
def test_somebody_comes_back_reads_replies_and_adds_a_file(
    public_site: str, chromium: Browser, pictures: Path, language: str, scripts: bool
) -> None:
    walk = Walk(chromium, public_site, pictures, language=language, width=320, scripts=scripts)
    page = walk.page
    walk.begin()
    walk.to_check(FRIEND, "back")
    walk.confirm(number := walk.send("back"), "back")
    _the_desk_answers()
    walk.go("back/")
    walk.check("back")
    walk.come_back("0000 0000 0000 0000")
    walk.check("back-wrong")
    walk.come_back(number)
    walk.check("box-first")
    assert page.locator(".receipt span").first.inner_text() == number
    assert page.locator(".letter").first.inner_text() == ANSWER
    page.reload()
    assert page.locator(".receipt").count() == 0
    page.fill("#id_text", WORDS)
    page.locator("main form button.button-big").click()
    assert WORDS in page.locator("main").inner_text()
    for link, name in (
        ("files", "box-files"),
        ("contact", "box-contact"),
        ("code", "box-code"),
        ("stop", "box-stop"),
        ("paper", "box-paper"),
    ):
        page.click(f"main a[href='/{language}/box/{link}/']")
        walk.check(name)
        page.click(".way a")
    page.click(f"main a[href='/{language}/box/files/']")
    page.set_input_files("#file", {"name": "chat.png", "mimeType": "image/png", "buffer": b"x" * 2_000})
    page.locator("main form button").first.click()
    assert "chat.png" in page.locator("main").inner_text()
    walk.check("box-more")
    assert Attachment.objects.count() == 1
    page.locator("main button[name=to]").click()
    assert page.url == f"{public_site}/{language}/"
    assert page.context.cookies() == []


def test_the_pages_beside_the_way(public_site: str, chromium: Browser, pictures: Path) -> None:
    for language, dark in (("sw", False), ("en", True)):
        walk = Walk(chromium, public_site, pictures, language=language, width=320, dark=dark)
        for rest in ("traces/", "paper/", "done/", "r/check/", "r/number/", "nothing/"):
            walk.go(rest)
            walk.check(rest.replace("/", "-").strip("-"))
        walk.begin()
        walk.go("r/files/")
        walk.check("files")


def _answer_thrown_away(route: Route) -> None:
    """The form reaches us, and the answer never reaches the phone."""
    route.fetch(max_redirects=0)
    route.abort()


def _the_desk_answers() -> None:
    open_all()
    report = Report.objects.get()
    acts.tell(report.id, ANSWER, by=WORKER, now=now(), keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
