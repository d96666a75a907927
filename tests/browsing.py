"""A real browser for the tests of rooms, and what must hold on every page that it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from mlinzi.site.testing import browser as path_of_browser

WIDTHS = (360, 1280)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Debian's Chromium. Connections to the database are closed at the end, or they would keep it in use."""
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        # Playwright's own loop runs in this thread; what a test does with the database is not asynchronous.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path_of_browser(), args=list(FLAGS))
        yield browser
        connections.close_all()
        browser.close()


def look_at(page: Page, name: str, pictures: Path) -> None:
    """Take a picture at both widths, and check: no fault that axe finds, nothing wider than the screen."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px wider than a screen of {width} px"
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
