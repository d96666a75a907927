"""One journey through the public form, page by page, in a browser of its own that keeps nothing afterwards.

What a page asks is read out of the page; whatever page comes next is answered. Only two addresses are known:
of the page where everything is checked and sent, and of the one that shows the number.
"""

import random
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.browser import Answer, Browser
from bench.markup import PageForm, number_on, the_form

MARK = re.compile(r"mark-[a-p]{16}")
CHECK, NUMBER, DONE = "/r/check/", "/r/number/", "/done/"
_MOST_PAGES = 30
_WITHOUT_ADDRESS = frozenset({"", "box", "never", "unknown", "unsaid"})
_TEXT = """somebody writes plays asks evening game group school friend brother teacher message answer stop
phone story morning player team invented weekend bus laugh secret photo cat guitar homework window garden
market river football song letter cousin street library picture bread rain kite holiday drum"""
_WORDS = _TEXT.split()


class Strayed(Exception):
    """The door answered in a way that no journey should meet."""

    def __init__(self, where: str, status: int) -> None:
        super().__init__(f"{where} {status}")
        self.where, self.status = where, status


def fresh_mark() -> str:
    """What makes the words of a journey its own."""
    return "mark-" + "".join(chr(ord("a") + n % 16) for n in secrets.token_bytes(16))


def told_in_words(mark: str, chance: random.Random) -> str:
    """Words that nobody else has written; the mark stands in them."""
    return f"{' '.join(chance.choices(_WORDS, k=chance.randint(8, 60))).capitalize()}. {mark}"


def fill_in(
    form: PageForm, story: str, chance: random.Random, preferred: Mapping[str, str]
) -> dict[str, str]:
    """Fill in a form, by chance where nothing is preferred."""
    fields = dict(form.hidden)
    chosen = {name: values for name, values in form.buttons.items() if name != "skip"}
    for name, values in {**form.choices, **chosen}.items():
        wanted = preferred.get(name, "")
        fields[name] = wanted if wanted in values else chance.choice(values)
    for name in form.lines:
        fields[name] = (
            story if name == "story" else chance.choice(["", f"{chance.choice(_WORDS)} {_a_number(chance)}"])
        )
    if fields.get("channel", "") not in _WITHOUT_ADDRESS:
        fields["address"] = f"{chance.choice(_WORDS)}.{_a_number(chance)}@example.invalid"
    return fields


def _a_number(chance: random.Random) -> int:
    return chance.randrange(10_000)


@dataclass
class Journey:
    """Somebody at the door.

    Args:
        until: when it is too late to send anything once more. None: nothing is ever sent twice.
        preferred: answers by field; all else is answered by chance.
        asked: everything that was asked, with its answer, in order. tries: of the longest wait.
    """

    door: Browser
    language: str
    mark: str
    chance: random.Random
    until: threading.Event | None = None
    preferred: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, Answer]] = field(default_factory=list)
    tries: int = 1
    check: tuple[str, dict[str, str]] = ("", {})
    number_at: str = ""

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page or send one; where that is wanted, the very same again until an answer comes."""
        if self.until is None:
            answer = self.door.ask(method, path, dict(fields or {}))
        else:
            answer, tries = self.door.insist(method, path, dict(fields or {}), until=self.until)
            self.tries = max(self.tries, tries)
        self.asked.append((method, path, answer))
        return answer

    def to_the_check(self) -> None:
        """From the first page of the language to the page that shows everything once more."""
        story, path = told_in_words(self.mark, self.chance), f"/{self.language}/"
        for _ in range(_MOST_PAGES):
            page = self.ask("GET", path)
            form = the_form(page.text)
            if page.status != 200 or form is None:
                raise Strayed(path, page.status)
            if path.endswith(CHECK):
                self.check = (path, dict(form.hidden))
                return
            answer = self.ask("POST", path, fill_in(form, story, self.chance, self.preferred))
            path = self._on(path, answer)
        raise Strayed(path, 0)

    def _on(self, path: str, answer: Answer) -> str:
        if answer.status != 303 or answer.location == path:
            raise Strayed(path, answer.status)
        return answer.location

    def send(self) -> Answer:
        """Send what was checked. May be done twice: the second time changes nothing."""
        path, fields = self.check
        answer = self.ask("POST", path, fields)
        self.number_at = self._on(path, answer)
        return answer

    def number(self) -> str:
        """The number, on the page that shows it."""
        page = self.ask("GET", self.number_at)
        shown = number_on(page.text) if page.status == 200 else ""
        if not shown:
            raise Strayed(self.number_at, page.status)
        return shown

    def confirm(self, number: str) -> None:
        """Say that the number was written down. Said again it finds nothing any more, as it should be."""
        before, self.tries = self.tries, 1
        answer = self.ask("POST", self.number_at, {"mark": self.check[1]["mark"], "number_end": number[-4:]})
        again, self.tries = self.tries > 1, max(before, self.tries)
        if answer.status == 303 and answer.location.endswith(DONE):
            self.ask("GET", answer.location)
        elif not again or answer.status != 200:
            raise Strayed(self.number_at, answer.status)
