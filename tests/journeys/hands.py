"""What people do in the browser, in their own words. The public pages are used with scripts off."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from mlinzi.site.demo.cast import PASSWORD
from mlinzi.site.testing import browser as chromium
from tests.journeys.installation import Installation

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@contextmanager
def a_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(chromium()), args=QUIET)
        yield found
        found.close()


class Looking:
    """Checks each page with axe and takes pictures of it on a phone and on a desk."""

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self.seen: list[str] = []

    def at(self, page: Page, name: str, *, scripts: bool = True) -> None:
        """Look at a page: no accessibility violation, nothing wider than a phone, two pictures.

        axe needs scripts; for pages without any, their HTML is looked at in a page beside it that has them.
        """
        before = page.viewport_size
        for label, size in (("360", PHONE), ("1280", DESK)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.screenshot(path=self._pictures / f"{name}-{label}.png", full_page=True)
        if scripts:
            found = Axe().run(page)
            assert not found.response["violations"], f"{name}: {found.generate_report()}"
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, (
                f"{name} is wider than a phone"
            )
        if before:
            page.set_viewport_size(before)
        self.seen.append(name)


def tell(page: Page, here: Installation, language: str, words: dict[str, str]) -> str:
    """A child tells what happened, without scripts, and writes the number down."""
    page.goto(f"{here.public}/{language}/")
    page.locator("main a.button").first.click()
    page.locator("textarea[name=narrative]").fill(words["narrative"])
    if words.get("category"):
        page.locator(f"input[name=category][value={words['category']}]").check()
    page.locator("[name=where_online]").fill(words.get("where_online", ""))
    if words.get("area"):
        page.locator("select[name=area]").select_option(words["area"])
    page.locator(f"input[name=in_danger][value={words.get('in_danger', 'no')}]").check()
    page.locator("main input[type=submit]").click()
    numbers = re.findall(r"\b\d{4} \d{4} \d{4} \d{4}\b", page.locator("main").inner_text())
    assert numbers, page.locator("main").inner_text()
    return str(numbers[0])


def come_back(page: Page, here: Installation, language: str, number: str) -> str:
    """A child comes back with the number and reads what the page says."""
    page.goto(f"{here.public}/{language}/back/")
    page.locator("input[name=number]").fill(number)
    page.locator("main input[type=submit]").click()
    return str(page.locator("main").inner_text())


def sign_in(browser: Browser, here: Installation, who: str) -> Page:
    """An officer signs in with password and code, at a desk."""
    page = browser.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    page.goto(f"{here.staff}/")
    page.locator("input[type=email]").fill(f"{who}@demo.invalid")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button.button").first.click()
    page.locator("input[name=code]").fill(here.mlinzi("demo", "code", f"{who}@demo.invalid"))
    page.locator("main form button.button").first.click()
    page.wait_for_url(f"{here.staff}/")
    return page
