"""Officers at the staff site: one takes cases and refers them, others accept and say that help was given."""

import random
import re
import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field

from bench.browser import Answer, Browser, GaveUp
from bench.ledger import Ledger

AGAIN = 0.15
"""How often a referral that was sent is sent once more, by somebody who goes back and clicks again."""
_SERVICES = ("protection", "talking", "a_bed")
_CASE = re.compile(r'href="/cases/([0-9A-Z-]+)/"')
_REFERRAL = re.compile(r'href="/referrals/([0-9A-Z-]+)/"')
_REST = 0.5

Fields = dict[str, str | list[str]]


def sign_in(site: Browser, email: str, password: str, code: str) -> None:
    """Sign in with both factors. Raises `ValueError` when the site does not let us in."""
    site.insist("GET", "/sign-in/")
    site.insist("POST", "/sign-in/", {"login": email, "password": password})
    answer, _ = site.insist("POST", "/sign-in/second-factor/", {"code": code})
    if answer.status != 302 or "sign-in" in answer.location:
        raise ValueError(f"{email} could not sign in: status {answer.status} {answer.location}")


@dataclass
class Officer(ABC):
    """Somebody signed in, with the ledger and the moments to stop and to end."""

    site: Browser
    ledger: Ledger
    stop: threading.Event
    end: threading.Event
    chance: random.Random

    def work(self) -> None:
        """Work until it is time to stop; a form that was begun is brought to its end."""
        while not self.stop.is_set():
            try:
                if not self.one_thing():
                    self.stop.wait(_REST)
            except GaveUp:
                return

    @abstractmethod
    def one_thing(self) -> bool:
        """Do one thing; False where there was nothing to do."""

    def refused(self, where: str, answer: Answer) -> None:
        """Note an answer that no officer should have got."""
        self.ledger.note("refused", where=where, status=answer.status, to=answer.location.split("/")[1:2])


@dataclass
class Referrer(Officer):
    """Takes a case that waits and asks an organisation for help; each case once, from a form of its own."""

    claimed: set[str] = field(default_factory=set)
    before: deque[tuple[str, Fields]] = field(default_factory=lambda: deque(maxlen=50))

    def one_thing(self) -> bool:
        """Take a case and refer it."""
        number = self._choose()
        if not number:
            return False
        taken, _ = self.site.insist("POST", f"/cases/{number}/take/", {}, until=self.stop)
        if taken.location != f"/cases/{number}/":
            self.refused("take", taken)
            return True
        self._refer(number, self.chance.choice(_SERVICES))
        if self.chance.random() < AGAIN:
            # What was sent a while ago: it may have been accepted and done since.
            path, fields = self.chance.choice(self.before)
            again, _ = self.site.insist("POST", path, fields, until=self.end)
            self.ledger.note("referred-again", status=again.status)
        return True

    def _choose(self) -> str:
        queue, _ = self.site.insist("GET", "/queue/", until=self.stop)
        if queue.status != 200:
            self.refused("queue", queue)
        waiting = [
            number for number in dict.fromkeys(_CASE.findall(queue.text)) if number not in self.claimed
        ]
        if not waiting:
            return ""
        number: str = self.chance.choice(waiting)
        self.claimed.add(number)
        return number

    def _refer(self, number: str, service: str) -> None:
        path = f"/cases/{number}/refer/?service={service}"
        page, _ = self.site.insist("GET", path, until=self.stop)
        if page.status != 200 or not page.form.get("to"):
            self.refused("refer-form", page)
            return
        fields: Fields = {
            "form_key": page.form["form_key"][0],
            "to": self.chance.choice(page.form["to"]),
            "shared": ["what_happened", "category", "area", "received"],
            "note": "Please help with this.",
            "basis": "best_interest",
        }
        self.ledger.note("referring", case=number)
        answer, tries = self.site.insist("POST", path, fields, until=self.end)
        if answer.status != 302 or answer.location != f"/cases/{number}/":
            self.refused("refer", answer)
            return
        self.ledger.note("referred", case=number, tries=tries, seconds=round(answer.seconds, 4))
        self.before.append((path, fields))


@dataclass
class Receiver(Officer):
    """Accepts what the organisation is asked, and says of every second referral that it is done."""

    def one_thing(self) -> bool:
        """Accept one referral, and perhaps say that it is done."""
        sent, _ = self.site.insist("GET", "/referrals/?state=sent", until=self.stop)
        if sent.status != 200:
            self.refused("referrals", sent)
        numbers = list(dict.fromkeys(_REFERRAL.findall(sent.text)))
        if not numbers:
            return False
        number = self.chance.choice(numbers)
        self.site.insist("POST", f"/referrals/{number}/accept/", {}, until=self.end)
        # The same address answers a refusal too; what the page offers now tells the two apart.
        page, _ = self.site.insist("GET", f"/referrals/{number}/", until=self.end)
        if f"/referrals/{number}/done/" not in page.text:
            self.refused("accept", page)
            return True
        self.ledger.note("accepted", referral=number)
        if self.chance.random() < 0.5:
            self._done(number)
        return True

    def _done(self, number: str) -> None:
        said = {"text": "Spoke with the child and the family."}
        answer, _ = self.site.insist("POST", f"/referrals/{number}/done/", said, until=self.end)
        if answer.status == 302:
            self.ledger.note("done", referral=number)
        else:
            self.refused("done", answer)
