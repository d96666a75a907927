"""The load of `bench.intake`: a process of its own that walks the public form and keeps the ledger.

    python -m bench.intake_load PLAN

PLAN is a JSON file. What was measured is printed as JSON; what was promised stands in the ledger.
"""

import json
import random
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.browser import Browser, NoAnswer
from bench.journey import Journey, Strayed, fresh_mark
from bench.ledger import Ledger

PREFERRED = {"safe": "yes", "about": "me"}
"""A child who tells of herself: the way with the fewest turns. All else is answered by chance."""
TWICE = 0.1
"""How many of a burst are sent by somebody who clicks twice: both at once."""
_SENDERS = 200
_LOOK = re.compile(r'href="(/look/[0-9a-f]+\.css)"')
_SCRIPT = re.compile(r'src="(/static/[^"]+)"')


@dataclass(frozen=True)
class LoadPlan:
    """What is to be done. `rate`: journeys or submissions a second; `walkers`: how many people at the same
    time walk through pages."""

    kind: str
    port: int
    language: str
    ledger: str
    rate: float
    seconds: float
    walkers: int
    seed: int

    def write(self, path: Path) -> None:
        """Write it for the process that is to be started."""
        path.write_text(json.dumps(asdict(self)))


@dataclass
class Times:
    """How long answers took, by page."""

    by_page: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, page: str, seconds: float) -> None:
        """One more."""
        with self.lock:
            self.by_page.setdefault(page, []).append(seconds)

    def add_all(self, journey: Journey) -> None:
        """Everything that a journey asked for."""
        for method, path, answer in journey.asked:
            self.add(f"{method} {short(path)}", answer.seconds)

    def as_json(self) -> dict[str, object]:
        """Middle and 99th percentile of everything together and of each page, in milliseconds."""
        every = [seconds for page in self.by_page.values() for seconds in page]
        pages = {page: _figures(seconds) for page, seconds in sorted(self.by_page.items())}
        return {"requests": len(every), **_figures(every), "pages": pages}


def short(path: str) -> str:
    """A page's name without language and digests."""
    if path.endswith(".css") or path.startswith("/static/"):
        return "style" if path.endswith(".css") else "script"
    parts = [part for part in path.split("/") if part and part != "r"]
    return parts[-1] if len(parts) > 1 else ("start" if parts else "first")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed: the nearest rank, never something in between."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    figures = {
        "p50": percentile(seconds, 0.5),
        "p99": percentile(seconds, 0.99),
        "worst": max(seconds, default=0),
    }
    return {name: round(1000 * value, 1) for name, value in figures.items()}


@dataclass
class Pacer:
    """Gives the moments at which somebody comes: never more than `rate` a second, until `ends`.

    Whoever is late makes all later ones late: the rate that was reached is told, not one that was planned.
    """

    rate: float
    ends: float
    at: float
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, now: float) -> float | None:
        """The next moment; None when the time is over."""
        with self.lock:
            moment = max(self.at, now)
            if moment >= self.ends:
                return None
            self.at = moment + 1 / self.rate
            return moment


class Load:
    """A plan at work."""

    def __init__(self, plan: LoadPlan, ledger: Ledger) -> None:
        self.plan, self.ledger = plan, ledger
        self.times, self.errors = Times(), 0
        self.chance = random.Random(plan.seed)
        self.lock = threading.Lock()
        first = Browser("127.0.0.1", plan.port)
        page = first.ask("GET", f"/{plan.language}/").text
        self.assets = [*_LOOK.findall(page), *_SCRIPT.findall(page)]

    def journey(self) -> Journey:
        """Somebody new at the door."""
        with self.lock:
            chance = random.Random(self.chance.random())
        door = Browser("127.0.0.1", self.plan.port, keeps_line=True)
        made = Journey(door, self.plan.language, fresh_mark(), chance, preferred=PREFERRED)
        self.ledger.note("begun", mark=made.mark)
        return made

    def arrive(self, journey: Journey) -> None:
        """The first page with the choice of language, the style and the script; then up to the check page."""
        for path in ("/", *self.assets):
            journey.ask("GET", path)
        journey.to_the_check()

    def guarded(self, work: Callable[[], None]) -> bool:
        """Do it; what should not have been answered so, or was not answered at all, is noted."""
        try:
            work()
        except Strayed as strayed:
            self.ledger.note("refused", where=strayed.where, status=strayed.status)
        except NoAnswer as error:
            self.ledger.note("refused", where="no answer", status=str(error))
        else:
            return True
        with self.lock:
            self.errors += 1
        return False

    def received(self, journey: Journey) -> None:
        """Look at the number, note it, say that it was written down."""
        receipt = journey.number()
        self.ledger.note("received", mark=journey.mark, receipt=receipt, tries=1)
        journey.confirm(receipt)
        journey.door.hang_up()

    # -- whole journeys --------------------------------------------------------------------------------

    def journeys(self) -> dict[str, object]:
        """Whole journeys, each page as soon as the last one was answered, for so many seconds."""
        began = time.monotonic()
        pacer = Pacer(self.plan.rate, began + self.plan.seconds, began)
        done: list[Journey] = []

        def whole(journey: Journey) -> None:
            self.arrive(journey)
            journey.send()
            self.received(journey)
            done.append(journey)

        def walk() -> None:
            while (moment := pacer.next(time.monotonic())) is not None:
                time.sleep(max(0.0, moment - time.monotonic()))
                journey = self.journey()
                self.guarded(lambda journey=journey: whole(journey))  # type: ignore[misc]
                self.times.add_all(journey)

        everybody = [threading.Thread(target=walk) for _ in range(self.plan.walkers)]
        for thread in everybody:
            thread.start()
        for thread in everybody:
            thread.join()
        took = time.monotonic() - began
        before = [
            sum(1 for _ in journey.asked) - 4 for journey in done
        ]  # the sending, and three pages after it
        return {
            "done": len(done),
            "seconds": round(took, 1),
            # Those that came within the time, all of which were brought to their end.
            "per_second": round(len(done) / self.plan.seconds, 2),
            "requests_before_sending": max(before, default=0),
            "requests_of_a_journey": max(before, default=0) + 4,
            "errors": self.errors,
            **self.times.as_json(),
        }

    # -- a burst ---------------------------------------------------------------------------------------

    def burst(self) -> dict[str, object]:
        """Drafts up to the check page, untimed; then the sending alone, at moments fixed beforehand."""
        ready = self._prepared(round(self.plan.rate * self.plan.seconds))
        sent, twice, took = self._fire(ready)
        with ThreadPoolExecutor(self.plan.walkers) as several:
            shown = list(several.map(lambda one: self.guarded(lambda: self.received(one)), ready))
        return {
            "done": sum(shown),
            "sent": sent,
            "sent_twice_at_once": twice,
            "seconds": round(took, 1),
            "per_second": round(len(ready) / took, 1),
            "errors": self.errors,
            **self.times.as_json(),
        }

    def _prepared(self, wanted: int) -> list[Journey]:
        ready: list[Journey] = []

        def prepare(_: int) -> None:
            journey = self.journey()
            if self.guarded(journey.to_the_check):
                journey.door.hang_up()
                # Whoever sends in the burst comes over a line of their own, and some come twice.
                journey.door = Browser("127.0.0.1", self.plan.port, journey.door.cookies)
                ready.append(journey)

        with ThreadPoolExecutor(self.plan.walkers) as several:
            list(several.map(prepare, range(wanted)))
        return ready

    def _fire(self, ready: Iterable[Journey]) -> tuple[int, int, float]:
        """Send them all. A time counts from the moment that was planned, so that nobody who has to wait for a
        free sender is left out of it. Returns how many were sent, how many of them twice, and the seconds
        until the last answer."""
        waiting: list[Future[None]] = []
        twice = 0
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(time.sleep, [0.05] * _SENDERS))  # their threads are there beforehand
            began = time.monotonic() + 0.5
            for at, journey in enumerate(ready):
                moment = began + at / self.plan.rate
                time.sleep(max(0.0, moment - time.monotonic()))
                again = self.chance.random() < TWICE
                twice += again
                waiting += [senders.submit(self._send, journey, moment) for _ in range(1 + again)]
        for one in waiting:
            one.result()
        return len(waiting), twice, time.monotonic() - began

    def _send(self, journey: Journey, moment: float) -> None:
        if self.guarded(lambda: _only_send(journey)):
            self.times.add("POST check", time.monotonic() - moment)


def _only_send(journey: Journey) -> None:
    journey.send()


def main() -> int:
    """Do what the plan says and print what was measured."""
    plan = LoadPlan(**json.loads(Path(sys.argv[1]).read_text()))
    ledger = Ledger(Path(plan.ledger))
    load = Load(plan, ledger)
    found = load.burst() if plan.kind == "burst" else load.journeys()
    print(json.dumps({**found, "processor_seconds": round(time.process_time(), 1)}))
    ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
