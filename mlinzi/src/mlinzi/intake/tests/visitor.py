"""Somebody at the public door: one browser, with its cookies, one question a page."""

import html
import re
from typing import TYPE_CHECKING

from django.test import Client

from mlinzi.intake.rules import CookieSecret, Receipt, read_receipt

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

WORDS = "Somebody follows me in a game <b>&amp; knows my school."
CHILD = {"about": "me", "category": "asked_for_pictures", "story": WORDS, "area": "nairobi", "channel": "box"}


def text_of(answer: "Answer") -> str:
    return answer.content.decode()


def number_in(page: str) -> str:
    """The number that a page shows, in its four groups."""
    found = re.search(r'class="receipt"[^>]*><span[^>]*>([\d ]{19})<', page)
    assert found, page
    return found[1]


def field_in(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def names_in(page: str) -> set[str]:
    """What a page asks: the names of its fields and of the buttons that answer it."""
    form = page[page.index("<main") :]
    return set(re.findall(r'<(?:input|button|select|textarea)[^>]* ?name="(\w+)"', form))


class Visitor:
    """A person with a browser of their own. Redirects are followed only where a story says so."""

    def __init__(self, client: Client, language: str = "en") -> None:
        self.client, self.language = client, language

    def at(self, rest: str) -> str:
        return f"/{self.language}/{rest}"

    def get(self, rest: str = "") -> "Answer":
        return self.client.get(self.at(rest))

    def post(self, rest: str, fields: dict[str, str], *, cookie: str = "k") -> "Answer":
        """Send a form with the mark of this browser's draft (or of its visit: cookie "b")."""
        held = self.secret(cookie)
        return self.client.post(self.at(rest), {**({"mark": held.mark} if held else {}), **fields})

    def secret(self, cookie: str = "k") -> CookieSecret | None:
        """What the browser's cookie holds."""
        held = self.client.cookies.get(cookie)
        return CookieSecret.read(held.value) if held and held.value else None

    def begin(self, safe: str = "yes") -> "Answer":
        """Begin anew, whatever was begun before."""
        return self.post("", {"safe": safe, "which": "new"})

    def walk(self, answers: dict[str, str], *, safe: str = "yes") -> list[str]:
        """Answer whatever page comes, up to "check your answers"; pass over what the answers do not say.

        Returns the pages that were asked, in their order.
        """
        came, asked = self.begin(safe), []
        while not came.headers["Location"].endswith("/r/check/"):
            assert came.status_code == 303
            address = came.headers["Location"]
            asked.append(address.split("/")[-2])
            page = text_of(self.client.get(address))
            known = {name: answers[name] for name in names_in(page) if name in answers}
            fields = {"mark": field_in(page, "mark"), **(known or {"skip": "1"})}
            came = self.client.post(address, fields)
            assert came.status_code == 303, text_of(came)
        return asked

    def write(self, story: str = WORDS, **answers: str) -> None:
        """The shortest way to a draft that can be sent: safe, about whom, and what happened."""
        self.begin()
        for page, fields in _pages_of({"about": "me", "story": story, **answers}).items():
            assert self.post(f"r/{page}/", fields).status_code == 303

    def send(self) -> Receipt:
        """Send the draft and read the number. It is not confirmed yet."""
        assert self.post("r/check/", {}).headers["Location"] == self.at("r/number/")
        return self.shown()

    def shown(self) -> Receipt:
        receipt = read_receipt(number_in(text_of(self.get("r/number/"))))
        assert receipt
        return receipt

    def confirm(self, receipt: Receipt) -> "Answer":
        return self.post("r/number/", {"number_end": receipt.end})

    def tell(self, story: str = WORDS, **answers: str) -> Receipt:
        """A report from the first page to the confirmed number."""
        self.write(story, **answers)
        receipt = self.send()
        assert self.confirm(receipt).status_code == 303
        return receipt

    def come_back(self, receipt: Receipt) -> "Answer":
        return self.post("back/", {"number": receipt.shown})

    def box(self) -> str:
        return text_of(self.get("box/"))

    def say(self, text: str, *, once: str | None = None) -> "Answer":
        """Write into the mailbox, with what the page gives to send it with."""
        page = self.box()
        return self.post("box/", {"text": text, "once": once or field_in(page, "once")}, cookie="b")


def _pages_of(answers: dict[str, str]) -> dict[str, dict[str, str]]:
    """On which pages of Kenya's form these fields stand."""
    places = {
        "about": "about", "story": "story", "category": "what", "danger": "danger", "since": "since",
        "service": "where", "link": "where", "account": "where", "age": "you", "area": "you",
        "channel": "contact", "address": "contact", "hours": "contact", "say": "contact",
    }  # fmt: skip
    pages: dict[str, dict[str, str]] = {}
    for name, value in answers.items():
        pages.setdefault(places[name], {})[name] = value
    return pages
