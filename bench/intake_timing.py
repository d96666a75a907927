"""Whether the time of an answer tells what a number is: right, wrong, or expired."""

import math
import os
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta

import psycopg

from bench.browser import Browser
from bench.installation import Installation, Trouble

LIMIT = 4.5
TRIMMED = 0.05
KINDS = ("right", "wrong", "expired")
PAIRS = (("wrong", "expired"), ("right", "wrong"), ("right", "expired"))
AT_ONCE = 4
_NUMBERS = 100
Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Compared:
    """Medians in milliseconds by kind, and Welch's t of each pair."""

    samples: int
    medians: Mapping[str, float]
    t: Mapping[str, float]

    def alike(self, *pairs: str) -> bool:
        """Whether these pairs cannot be told apart."""
        return all(abs(self.t[pair]) < LIMIT for pair in pairs)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def trimmed(values: Sequence[float]) -> list[float]:
    """Without the twentieth part at each end: what the machine did meanwhile is no property of the number."""
    cut = int(len(values) * TRIMMED)
    return sorted(values)[cut : len(values) - cut]


def welch(one: Sequence[float], other: Sequence[float]) -> float:
    """Welch's t of two samples."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    difference = statistics.fmean(one) - statistics.fmean(other)
    if not spread:
        return 0.0 if not difference else math.copysign(math.inf, difference)
    return difference / math.sqrt(spread)


def compared(times: Times) -> Compared:
    """Hold the kinds against each other."""
    kept = {kind: trimmed(times[kind]) for kind in KINDS}
    return Compared(
        samples=min(len(times[kind]) for kind in KINDS),
        medians={kind: round(1000 * statistics.median(times[kind]), 3) for kind in KINDS},
        t={f"{a}/{b}": round(welch(kept[a], kept[b]), 2) for a, b in PAIRS},
    )


def numbers(house: Installation) -> dict[str, list[str]]:
    """Mailboxes that are open and mailboxes that have ended, made by the act that staff use."""
    from mlinzi.intake import acts
    from mlinzi.intake.rules import Danger, Door, Submitted, mailbox_keys
    from mlinzi.kernel.actors import Actor
    from mlinzi.kernel.clock import now
    from mlinzi.kernel.keyring import keyring

    keys = keyring()
    if keys.receipt_secret is None:
        raise Trouble("There is no secret that numbers are derived with.")
    made: dict[str, list[str]] = {"right": [], "expired": []}
    for kind, several in made.items():
        for at in range(_NUMBERS):
            told = Submitted(f"Somebody writes every evening. {kind} {at}", "", "", "", Danger.NO, "en")
            receipt = acts.receive(
                told, token=os.urandom(16), door=Door.WEB, by=Actor.reporter(), now=now(), keys=keys
            )
            several.append(receipt.digits)
    with psycopg.connect(house.owner_url, autocommit=True) as connection:
        for digits in made["expired"]:
            look_up = mailbox_keys(type(receipt)(digits), keys.receipt_secret).look_up
            connection.execute(
                "UPDATE intake_mailbox SET expires_at = now() - interval '1 day' WHERE look_up = %s",
                [look_up],
            )
    return made


def order(samples: int, made: Mapping[str, Sequence[str]], chance: random.Random) -> list[tuple[str, str]]:
    """So many of each kind in an order of chance, with the number to ask for."""
    wrong = [f"{chance.randrange(10**16):016d}" for _ in range(samples)]
    asked = [("wrong", digits) for digits in wrong]
    for kind, several in made.items():
        asked += [(kind, several[at % len(several)]) for at in range(samples)]
    chance.shuffle(asked)
    return asked


def of_the_act(samples: int, made: Mapping[str, Sequence[str]], chance: random.Random) -> Compared:
    """The act alone, in this process, on the installation's database: without what holds the answer back."""
    from mlinzi.intake import acts
    from mlinzi.intake.rules import Receipt
    from mlinzi.kernel.clock import now
    from mlinzi.kernel.errors import NotFound
    from mlinzi.kernel.keyring import keyring

    keys, times = keyring(), {kind: [0.0][:0] for kind in KINDS}
    for kind, digits in order(samples, made, chance):
        receipt, moment = Receipt(digits), now()
        began = time.perf_counter()
        try:
            acts.come_back(receipt, "en", now=moment, keys=keys)
            found = True
        except NotFound:
            found = False
        times[kind].append(time.perf_counter() - began)
        if found != (kind == "right"):
            raise Trouble(f"A number that is {kind} was answered as if it were not.")
    return compared(times)


def guesses_beforehand(samples: int, lasts: Callable[[int], timedelta]) -> int:
    """How many wrong numbers have to be tried first, so that all that is measured falls within one step of
    the slowness that grows with wrong ones."""
    ahead = 2 * samples + 2 * AT_ONCE
    return next(n for n in range(100_000) if lasts(n) == lasts(n + ahead))


def over_http(
    house: Installation,
    samples: int,
    made: Mapping[str, Sequence[str]],
    chance: random.Random,
    watch: Callable[[str], None],
) -> Compared:
    """At the door as deployed: four at once, which is as many as it looks up at the same time."""
    from mlinzi.intake.rules import look_up_lasts

    before = guesses_beforehand(samples, look_up_lasts)
    watch(f"trying {before} wrong numbers first")
    _ask_all(house.public_port, [("wrong", f"{chance.randrange(10**16):016d}") for _ in range(before)])
    watch("looking numbers up over HTTP")
    return compared(_ask_all(house.public_port, order(samples, made, chance)))


def _ask_all(port: int, asked: Sequence[tuple[str, str]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def some(share: Sequence[tuple[str, str]]) -> None:
        door = Browser("127.0.0.1", port, keeps_line=True)
        for kind, digits in share:
            answer = door.ask("POST", "/en/back/", {"number": digits})
            if answer.status != (303 if kind == "right" else 404):
                raise Trouble(f"A number that is {kind} was answered with status {answer.status}.")
            times[kind].append(answer.seconds)
            door.cookies.clear()

    with ThreadPoolExecutor(AT_ONCE) as several:
        list(several.map(some, [asked[at::AT_ONCE] for at in range(AT_ONCE)]))
    return times
