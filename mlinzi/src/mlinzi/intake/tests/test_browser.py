"""The whole way in a real browser without scripts: tell, get a number, come back, read the answer."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

from mlinzi.intake import acts
from mlinzi.intake.models import Report, Submission
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.browsing import started_browser
from tests.world import WORKER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CANARY = "Mtu kwenye mchezo ananiomba picha. / Somebody in a game asks me for pictures."
ANSWER = "Asante kwa kutuambia.\nThank you for telling us."


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


class Walk:
    """One person on the public site, without scripts. Every page is checked for what holds on all of them."""

    def __init__(self, browser: Browser, address: str, *, width: int, dark: bool, pictures: Path) -> None:
        screen: Any = {
            "viewport": {"width": width, "height": 800},
            "color_scheme": "dark" if dark else "light",
        }
        self.page: Page = browser.new_context(java_script_enabled=False, **screen).new_page()
        # axe is itself a script: it looks at the same document in a window of its own.
        self.looking_glass: Page = browser.new_context(bypass_csp=True, **screen).new_page()
        self.address, self.width, self.pictures, self.dark = address, width, pictures, dark
        self.strangers: list[str] = []
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def check(self, name: str) -> None:
        """No fault that axe finds, nothing wider than the screen, nothing kept, nobody else asked."""
        scheme = "dark" if self.dark else "light"
        self.page.mouse.wheel(0, -10_000)
        self.page.screenshot(path=self.pictures / f"{name}-{self.width}-{scheme}.png", full_page=True)
        assert self.page.context.cookies() == []
        assert self.strangers == []
        html = self.page.content()
        self.looking_glass.route(
            self.page.url, lambda route: route.fulfill(body=html, content_type="text/html")
        )
        self.looking_glass.goto(self.page.url)
        assert self.looking_glass.evaluate("document.documentElement.scrollWidth") <= self.width, name
        found = Axe().run(self.looking_glass)
        assert found.violations_count == 0, found.generate_report()
        self.looking_glass.unroute(self.page.url)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go; MLINZI_PICTURES names a folder that outlives the test."""
    folder = Path(os.environ.get("MLINZI_PICTURES", tmp_path))
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("sw", 360, False), ("en", 360, True), ("sw", 1280, True), ("en", 1280, False)],
)
def test_somebody_tells_and_comes_back(
    public_site: str, chromium: Browser, pictures: Path, language: str, width: int, dark: bool
) -> None:
    walk = Walk(chromium, public_site, width=width, dark=dark, pictures=pictures)
    page = walk.page
    walk.go("/")
    walk.check("choose")
    page.click(f"a[href='/{language}/']")
    walk.check(f"start-{language}")
    page.click(f"a[href='/{language}/tell/'].button")

    page.click("[type=submit]")  # nothing written yet
    assert page.locator(".errors a").get_attribute("href") == "#id_narrative"
    walk.check(f"tell-{language}-wrong")
    page.fill("textarea", CANARY)
    page.check("input[name=category][value=asked_for_pictures]")
    page.check("input[name=in_danger][value=yes]")
    page.select_option("select[name=area]", "nairobi")
    walk.check(f"tell-{language}")
    page.click("[type=submit]")
    shown = page.locator(".receipt").inner_text()
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", shown)
    assert page.locator("h2").first.bounding_box()["y"] < page.locator("h1").bounding_box()["y"]  # type: ignore[index]
    walk.check(f"receipt-{language}")
    page.reload()
    assert page.locator(".receipt").inner_text() == shown
    assert Submission.objects.count() == 1

    _the_desk_answers()
    page.click(f"a[href='/{language}/back/']")
    walk.check(f"back-{language}")
    page.fill("#id_number", "0000 0000 0000 0000")
    page.click("[type=submit]")
    walk.check(f"back-{language}-wrong")
    page.fill("#id_number", shown)
    page.click("[type=submit]")
    assert page.locator(".letter").inner_text() == ANSWER
    assert shown.replace(" ", "") not in page.url
    walk.check(f"answer-{language}")

    walk.go(f"/{language}/nothing/")
    walk.check(f"not-found-{language}")


def _the_desk_answers() -> None:
    acts.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
    report = Report.objects.get()
    acts.tell(report.id, ANSWER, by=WORKER, now=now(), keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
