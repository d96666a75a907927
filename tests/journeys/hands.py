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
    """A child tells what happened, one question a page and without scripts, and writes the number down.

    Args:
        words: answers by the name of their field; a page that none of them answers is passed over.
    """
    page.goto(f"{here.public}/{language}/")
    page.locator("main button[name=safe][value=yes]").click()
    while "/check/" not in page.url:
        _answer(page, words)
    page.locator("main form button").last.click()
    numbers = re.findall(r"\b\d{4} \d{4} \d{4} \d{4}\b", page.locator("main").inner_text())
    assert numbers, page.locator("main").inner_text()
    return str(numbers[0])


def _answer(page: Page, words: dict[str, str]) -> None:
    """Answer the page that is there: with one touch, or field by field and on."""
    for name, text in words.items():
        tap = page.locator(f"main button[name={name}][value='{text}']")
        if tap.count():
            return tap.click()
    taps = page.locator("main .taps button[value=unknown]")
    if taps.count():
        return taps.click()
    filled = [_fill(page, name, text) for name, text in words.items()]
    skip = page.locator("main button[name=skip]")
    return (
        skip.click() if skip.count() and not any(filled) else page.locator("main form button").first.click()
    )


def _fill(page: Page, name: str, text: str) -> bool:
    radio = page.locator(f"main input[type=radio][name={name}][value='{text}']")
    typed = page.locator(f"main textarea[name={name}], main input:not([type=radio])[name={name}]")
    place = page.locator(f"main select[name={name}]")
    if radio.count():
        radio.check()
    elif typed.count():
        typed.fill(text)
    elif place.count():
        place.select_option(text)
    else:
        return False
    return True


def confirm(page: Page, number: str) -> None:
    """Show that the number was written down; nothing is kept on the phone from then on."""
    page.locator("input[name=number_end]").fill(number[-4:])
    page.locator("main form button").first.click()
    assert page.url.endswith("/done/"), page.locator("main").inner_text()


def come_back(page: Page, here: Installation, language: str, number: str) -> str:
    """A child comes back with the number and reads what the page says."""
    page.goto(f"{here.public}/{language}/back/")
    page.locator("input[name=number]").fill(number)
    page.locator("main form button").first.click()
    return str(page.locator("main").inner_text())


def write_back(page: Page, text: str) -> None:
    """A child who has come back writes to the desk."""
    page.locator("main textarea[name=text]").fill(text)
    page.locator("main form button").first.click()
    assert text in page.locator("main").inner_text()


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
