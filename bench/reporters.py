"""Reporters: each fills in the public form, sends it until it is answered, and notes the number."""

import base64
import random
import re
import secrets
import threading
from dataclasses import dataclass

from bench.browser import Answer, Browser, GaveUp
from bench.ledger import Ledger
from mlinzi.intake.rules import Danger, Submitted, form_key, key_digest

AGAIN = 0.1
"""How often a form that was answered is sent once more, as by somebody who clicks twice."""
MARK = re.compile(r"mark-[a-p]{16}")
_RECEIPT = re.compile(r'class="receipt"[^>]*>([0-9 ]+)<')
_TEXT = """somebody writes plays asks evening game group school friend brother teacher message answer stop
phone story morning player team invented weekend bus laugh secret photo cat guitar homework window garden
market river football song letter cousin street library picture bread rain kite holiday drum"""
_WORDS = _TEXT.split()


@dataclass(frozen=True)
class Form:
    """A filled-in form: what is sent, the mark in its words, and the digest that the house keeps of it."""

    fields: dict[str, str | list[str]]
    mark: str
    digest: str


def fill_in(page: Answer, chance: random.Random) -> Form:
    """Fill in the form on `page` with words that nobody else has written; a mark stands in them."""
    offered = page.form
    mark = "mark-" + "".join(chr(ord("a") + n % 16) for n in secrets.token_bytes(16))
    words = " ".join(chance.choices(_WORDS, k=chance.randint(8, 60)))
    fields = {
        "narrative": f"{words.capitalize()}. {mark}",
        "where_online": chance.choice(["", f"Gullpost, @{chance.choice(_WORDS)}_{chance.randrange(10_000)}"]),
        "category": chance.choice(offered["category"]),
        "area": chance.choice(offered["area"]),
        "in_danger": chance.choice(offered["in_danger"]),
        "token": offered["token"][0],
    }
    category = "" if fields["category"] in {"unknown", "unsaid"} else fields["category"]
    told = Submitted(
        fields["narrative"],
        fields["where_online"],
        category,
        fields["area"],
        Danger(fields["in_danger"]),
        "en",
    )
    raw = base64.urlsafe_b64decode(fields["token"].split(":", 1)[0])
    return Form(dict(fields), mark, key_digest(form_key(raw, told)).hex())


def receipt_on(page: Answer) -> str:
    """The number on a receipt's page; "" where there is none."""
    found = _RECEIPT.search(page.text) if page.status == 200 else None
    return found[1].replace(" ", "") if found else ""


@dataclass
class Reporter:
    """One who reports, again and again, until `stop` is set; `end` is when even unanswered forms are left.

    `pause`: seconds that they think at most before the next form.
    """

    door: Browser
    ledger: Ledger
    stop: threading.Event
    end: threading.Event
    chance: random.Random
    pause: float

    def work(self) -> None:
        """Report until it is time to stop; a form that was begun is brought to its end."""
        while not self.stop.is_set():
            try:
                self.report()
                self.stop.wait(self.chance.uniform(0, self.pause))
            except GaveUp:
                return

    def report(self) -> None:
        """One report. It counts as received only when its line is on our disk."""
        page, _ = self.door.insist("GET", "/en/tell/", until=self.stop)
        form = fill_in(page, self.chance)
        self.ledger.note("begun", form=form.digest, mark=form.mark)
        answer, tries = self.door.insist("POST", "/en/tell/", form.fields, until=self.end)
        receipt = receipt_on(answer)
        if not receipt:
            self.ledger.note("refused", where="tell", status=answer.status)
            return
        facts = {"form": form.digest, "mark": form.mark, "receipt": receipt, "tries": tries}
        self.ledger.note("received", **facts, seconds=round(answer.seconds, 4))
        if self.chance.random() < AGAIN:
            second, _ = self.door.insist("POST", "/en/tell/", form.fields, until=self.end)
            same = receipt_on(second) == receipt
            self.ledger.note("repeated" if same else "other-receipt", form=form.digest)


def opens(door: Browser, receipt: str) -> bool:
    """Whether a number leads to its mailbox at the door, asked as the reporter would ask."""
    answer, _ = door.insist("POST", "/en/back/", {"number": receipt})
    return answer.status == 200
