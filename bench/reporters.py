"""Reporters: each walks the public form page by page, sends it until it is answered, and notes the number."""

import random
import threading
from dataclasses import dataclass

from bench.browser import Browser, GaveUp
from bench.journey import Journey, Strayed, fresh_mark
from bench.ledger import Ledger

AGAIN = 0.1
"""How often what was answered is sent once more, as by somebody who clicks twice."""


@dataclass
class Reporter:
    """One who reports, again and again, until `stop` is set; `end` is when even unanswered pages are left.

    `pause`: seconds that they think at most before the next report.
    """

    host: str
    port: int
    ledger: Ledger
    stop: threading.Event
    end: threading.Event
    chance: random.Random
    pause: float

    def work(self) -> None:
        """Report until it is time to stop; a journey that was begun is brought to its end."""
        while not self.stop.is_set():
            try:
                self.report()
                self.stop.wait(self.chance.uniform(0, self.pause))
            except Strayed as strayed:
                self.ledger.note("refused", where=strayed.where, status=strayed.status)
            except GaveUp:
                return

    def report(self) -> None:
        """One report. It counts as received only when the number was shown and its line is on our disk."""
        journey = Journey(Browser(self.host, self.port), "en", fresh_mark(), self.chance, self.end)
        self.ledger.note("begun", mark=journey.mark)
        journey.to_the_check()
        answer = journey.send()
        receipt = journey.number()
        facts = {"mark": journey.mark, "receipt": receipt, "tries": journey.tries}
        self.ledger.note("received", **facts, seconds=round(answer.seconds, 4))
        if self.chance.random() < AGAIN:
            journey.send()
            same = journey.number() == receipt
            self.ledger.note("repeated" if same else "other-receipt", mark=journey.mark)
        journey.confirm(receipt)


def opens(host: str, port: int, receipt: str) -> bool:
    """Whether a number leads to its mailbox at the door, asked as somebody who comes back would ask."""
    door = Browser(host, port)
    answer, _ = door.insist("POST", "/en/back/", {"number": receipt})
    if answer.status != 303:
        return False
    box, _ = door.insist("GET", answer.location)
    return box.status == 200
