"""A whole journey in a real browser behind a slow line: how long somebody waits, and for how many bytes."""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from playwright.sync_api import Locator, Page, sync_playwright

from bench.installation import Trouble
from bench.slowline import Counted, SlowLine

BITS_A_SECOND, ROUND_TRIP = 20_000.0, 0.4
FIRST_PAGE_LIMIT, WAITING_LIMIT, REQUESTS_LIMIT, PAGE_LIMIT = 4.0, 180.0, 20, 20_000
_WORDS = "Mtu nisiyemjua ananiandikia kila jioni kwenye mchezo. Ananiomba nisimwambie mtu yeyote."
_LONG = 120_000.0
_MOST_PAGES = 30


@dataclass(frozen=True)
class Step:
    """One page: what it was, how long from the touch until all was loaded, what went through."""

    page: str
    seconds: float
    down: int
    up: int
    requests: int


@dataclass(frozen=True)
class SlowJourney:
    """A journey over the slow line; `before_sending`: requests until everything was ready to be sent."""

    scripts: bool
    steps: tuple[Step, ...]
    before_sending: int

    @property
    def first_page(self) -> float:
        """Seconds until the first page could be used."""
        return self.steps[0].seconds

    @property
    def waiting(self) -> float:
        """Seconds of waiting in the whole journey, up to the last page."""
        return sum(step.seconds for step in self.steps)

    @property
    def heaviest(self) -> int:
        """Bytes of the heaviest page after the first, with everything that came with it."""
        return max((step.down for step in self.steps[1:]), default=0)

    @property
    def as_wanted(self) -> bool:
        """Whether it is as quick and as light as it has to be."""
        return (
            self.first_page <= FIRST_PAGE_LIMIT
            and self.waiting <= WAITING_LIMIT
            and self.before_sending <= REQUESTS_LIMIT
            and self.heaviest <= PAGE_LIMIT
        )

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "scripts": self.scripts,
            "first_page_seconds": round(self.first_page, 2),
            "waiting_seconds": round(self.waiting, 1),
            "requests_before_sending": self.before_sending,
            "bytes_down": sum(step.down for step in self.steps),
            "heaviest_page_bytes": self.heaviest,
            "as_wanted": self.as_wanted,
            "steps": [asdict(step) for step in self.steps],
        }


def journey(site_port: int, language: str, *, scripts: bool) -> SlowJourney:
    """Walk through it once, in a browser that has never been here."""
    from mlinzi.site.testing import browser as path_of_browser
    from tests.browsing import FLAGS

    path = path_of_browser()
    if path is None:
        raise Trouble("There is no Chromium on this machine.")
    with SlowLine(site_port, BITS_A_SECOND, ROUND_TRIP).open() as line, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        size = {"width": 320, "height": 640}
        context = browser.new_context(java_script_enabled=scripts, viewport=size)  # type: ignore[arg-type]
        try:
            walker = _Walker(context.new_page(), line)
            return walker.walk(language, scripts=scripts)
        finally:
            browser.close()


class _Walker:
    def __init__(self, page: Page, line: SlowLine) -> None:
        self.page, self.line = page, line
        self.steps: list[Step] = []
        page.set_default_timeout(_LONG)

    def walk(self, language: str, *, scripts: bool) -> SlowJourney:
        """1. the choice of language, 2. whatever is asked, 3. sending, 4. the number."""
        page, before = self.page, 0
        self._timed(lambda: page.goto(f"http://127.0.0.1:{self.line.port}/"))
        self._touch(page.locator(f'main a[href="/{language}/"]'))
        for _ in range(_MOST_PAGES):
            if "/done/" in page.url:
                return SlowJourney(scripts, tuple(self.steps), before)
            if "/r/check/" in page.url:
                before = self.line.now().requests
            self._touch(self._filled_in())
        raise Trouble(f"The journey does not come to an end: {page.url}")

    def _filled_in(self) -> Locator:
        """Fill in the form of this page; the button to touch."""
        form = self.page.locator("main form:not([action])")
        if form.locator("[name=number_end]").count():
            shown = re.search(
                r"\d{4} \d{4} \d{4} (\d{4})", self.page.locator(".receipt span").first.inner_text()
            )
            form.locator("[name=number_end]").fill(shown[1] if shown else "")
        for text in form.locator("textarea").all():
            text.fill(_WORDS)
        for line in form.locator("input[type=text]:not([name=number_end]):not([name=address])").all():
            line.fill("mchezo wa mpira")
        for name in dict.fromkeys(r.get_attribute("name") for r in form.locator("input[type=radio]").all()):
            form.locator(f"input[name={name}]").first.check(force=True)
        for choice in form.locator("select").all():
            choice.select_option(index=1)
        taps = form.locator("button[name]:not([name=skip])")
        return (taps if taps.count() else form.locator("button:not([name])")).first

    def _touch(self, what: Locator) -> None:
        def touch() -> None:
            with self.page.expect_navigation(wait_until="load"):
                what.click(no_wait_after=True)

        self._timed(touch)

    def _timed(self, action: Callable[[], object]) -> None:
        before: Counted = self.line.now()
        began = time.monotonic()
        action()
        took = time.monotonic() - began
        went = self.line.now().since(before)
        name = re.sub(r"^https?://[^/]+", "", self.page.url)
        self.steps.append(Step(name, round(took, 2), went.down, went.up, went.requests))
