"""One person at the real public site in a real browser, and what must hold on every page that they see."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

NEUTRAL = "https://sw.wikipedia.org/"


class Walk:
    """A browser with scripts or without. Every page is checked for what holds on all of them.

    Args:
        answers: by field; what is not in it is passed over.
    """

    def __init__(
        self, browser: Browser, address: str, pictures: Path, *,
        language: str, width: int, dark: bool = False, scripts: bool = False,
    ) -> None:  # fmt: skip
        screen: Any = {
            "viewport": {"width": width, "height": 640 if width < 400 else 800},
            "color_scheme": "dark" if dark else "light",
        }
        context = browser.new_context(java_script_enabled=scripts, **screen)
        # Nobody else is asked by these tests; the neutral page of the exit is one of ours.
        context.route(
            f"{NEUTRAL}**", lambda route: route.fulfill(body="<h1>Kenya</h1>", content_type="text/html")
        )
        self.page: Page = context.new_page()
        # axe is itself a script: it looks at the same document in a window of its own.
        self.looking_glass: Page = browser.new_context(bypass_csp=True, **screen).new_page()
        self.address, self.language, self.width, self.pictures = address, language, width, pictures
        self.way = f"{width}-{'dark' if dark else 'light'}-{'on' if scripts else 'off'}"
        self.strangers: list[str] = []
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)

    def go(self, rest: str = "") -> None:
        self.page.goto(f"{self.address}/{self.language}/{rest}")

    def check(self, name: str) -> None:
        """No fault that axe finds, nothing wider than the screen, no cookie but ours, nobody else asked."""
        picture = self.pictures / f"{name}-{self.language}-{self.way}.png"
        self.page.mouse.wheel(0, -10_000)
        self.page.screenshot(path=picture, full_page=True)
        for cookie in self.page.context.cookies():
            assert cookie["name"] in {"k", "b"}
            assert cookie["httpOnly"]
            assert cookie["sameSite"] == "Strict"
            assert cookie["expires"] == -1
        assert self.strangers == []
        html = self.page.content()
        self.looking_glass.route(
            self.page.url, lambda route: route.fulfill(body=html, content_type="text/html")
        )
        self.looking_glass.goto(self.page.url)
        assert self.looking_glass.evaluate("document.documentElement.scrollWidth") <= self.width, name
        found = Axe().run(self.looking_glass)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        self.looking_glass.unroute(self.page.url)

    def begin(self, safe: str = "yes") -> None:
        self.go()
        self.page.click(f"main button[name=safe][value={safe}]")

    def answer(self, answers: dict[str, str]) -> None:
        """Answer the page that is there: by one touch, or field by field and on."""
        taps = self.page.locator("main .taps button")
        if taps.count():
            name = taps.first.get_attribute("name") or ""
            self.page.click(f"main button[name={name}][value={answers.get(name, 'unknown')}]")
            return
        filled = [self._fill(name, text) for name, text in answers.items()]
        skip = self.page.locator("main button[name=skip]")
        if skip.count() and not any(filled):
            skip.click()
        else:
            self.page.locator("main form button.button-big").first.click()

    def _fill(self, name: str, text: str) -> bool:
        radio = self.page.locator(f"main input[type=radio][name={name}][value='{text}']")
        if radio.count():
            radio.check()
            return True
        for kind in ("textarea", "input:not([type=radio])"):
            field = self.page.locator(f"main {kind}[name={name}]")
            if field.count():
                field.fill(text)
                return True
        place = self.page.locator(f"main select[name={name}]")
        if place.count():
            place.select_option(text)
        return bool(place.count())

    def to_check(self, answers: dict[str, str], story: str) -> list[str]:
        """Walk on to "check your answers", looking at each page. Returns the pages that were asked."""
        asked = []
        while not self.page.url.endswith("/r/check/"):
            asked.append(self.page.url.rstrip("/").rsplit("/", 1)[-1])
            assert len(asked) < 12, asked
            self.check(f"{story}-{len(asked):02d}-{asked[-1]}")
            self.answer(answers)
        self.check(f"{story}-check")
        return asked

    def send(self, story: str) -> str:
        """Send, and read the number."""
        self.page.locator("main form button.button-big").click()
        self.check(f"{story}-number")
        return self.page.locator(".receipt span").first.inner_text()

    def confirm(self, number: str, story: str) -> None:
        self.page.fill("#id_number_end", number[-4:])
        self.page.locator("main form button.button-big").click()
        self.check(f"{story}-done")

    def come_back(self, number: str) -> None:
        self.go("back/")
        self.page.fill("#id_number", number)
        self.page.locator("main form button.button-big").click()
