"""The load: a process of its own that reports and refers over HTTP and keeps the ledger.

    python -m bench.generator PLAN

PLAN is a JSON file: ports, ledger, cookies of the signed-in people, how many reporters and referrers, seed.
SIGTERM ends it in good order: nothing new is begun, what was begun is sent until it is answered.
"""

import json
import random
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from bench.browser import Browser
from bench.ledger import Ledger
from bench.officers import Officer, Receiver, Referrer
from bench.reporters import Reporter

END_LIMIT = 60.0
"""Seconds in which forms that were begun are brought to their end after the signal to stop."""


@dataclass(frozen=True)
class Plan:
    """What the generator does. `cookies`: of the referrer first, then of the receivers, by first name."""

    public_port: int
    staff_port: int
    ledger: str
    cookies: dict[str, dict[str, str]]
    reporters: int
    referrers: int
    seed: int
    pause: float

    def write(self, path: Path) -> None:
        """Write it for the process that is to be started; the cookies are as good as a password."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))


def workers(
    plan: Plan, ledger: Ledger, stop: threading.Event, end: threading.Event
) -> list[Reporter | Officer]:
    """Everybody who works, each with a chance of their own drawn from the plan's seed."""
    seeds = random.Random(plan.seed)
    made: list[Reporter | Officer] = [
        Reporter("127.0.0.1", plan.public_port, ledger, stop, end, random.Random(seeds.random()), plan.pause)
        for _ in range(plan.reporters)
    ]
    sites = [Browser("localhost", plan.staff_port, cookies) for cookies in plan.cookies.values()]
    claimed: set[str] = set()
    for _ in range(plan.referrers):
        referrer = Referrer(sites[0], ledger, stop, end, random.Random(seeds.random()), claimed)
        made.append(referrer)
    made += [Receiver(site, ledger, stop, end, random.Random(seeds.random())) for site in sites[1:]]
    return made


def main() -> int:
    """Work until SIGTERM. Code 1: somebody fell over, so the load was not what the plan says."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    stop, end = threading.Event(), threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    ledger = Ledger(Path(plan.ledger))
    threads = [threading.Thread(target=who.work) for who in workers(plan, ledger, stop, end)]
    for thread in threads:
        thread.start()
    failed = False
    while not stop.wait(0.5):
        if not all(thread.is_alive() for thread in threads):
            failed = True  # its traceback has been printed
            stop.set()
    timer = threading.Timer(END_LIMIT, end.set)
    timer.start()
    for thread in threads:
        thread.join()
    timer.cancel()
    ledger.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
