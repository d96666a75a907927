"""How many reports a second become cases: in batches, beside the same act one report at a time.

    python -m bench.triage [--reports 3000] [--rounds 3] [--json]

Real reports through the door and the worker's opening, in an installation of its own; the two ways take
turns, so that what else the machine does meets both alike.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich.console import Console

from bench.installation import Trouble, installation
from bench.machine import ROOT, Machine, this_machine

PACK = ROOT / "packs" / "ke"
WANTED = 200.0
"""Reports a second."""
_WORDS = [
    "a",
    "man",
    "writes",
    "to",
    "me",
    "at",
    "night",
    "in",
    "the",
    "game",
    "and",
    "asks",
    "for",
    "things",
    "that",
    "I",
    "do",
    "not",
    "want",
    "to",
    "send",
    "him",
    "ever",
]


@dataclass(frozen=True)
class Result:
    """Reports a second, of every round, and the middle ones."""

    batch: list[float]
    one_by_one: list[float]

    @property
    def per_second(self) -> float:
        return median(self.batch)

    @property
    def ratio(self) -> float:
        return round(median(self.batch) / median(self.one_by_one), 1)


def receive(count: int, chance: random.Random) -> None:
    """Bring reports in and open them, so that they wait for a case. No two say nearly the same; one in ten
    names an account that others name too.
    """
    from mlinzi.intake import acts as intake
    from mlinzi.intake.rules import Danger, Door, Submitted
    from mlinzi.kernel.actors import Actor
    from mlinzi.kernel.clock import now
    from mlinzi.kernel.keyring import keyring

    worker, reporter = Actor.process("worker"), Actor.reporter()
    for _ in range(count):
        words = [f"{word}{chance.randrange(10**6)}" for word in chance.choices(_WORDS, k=30)]
        where = f"@invented_{chance.randrange(50)}" if chance.random() < 0.1 else ""
        category = chance.choice(["asked_for_pictures", "bullied_online", "wants_to_meet", ""])
        told = Submitted(" ".join(words), where, category, "nairobi", Danger.UNKNOWN, "en")
        intake.receive(told, token=os.urandom(16), door=Door.WEB, by=reporter, now=now(), keys=keyring())
    while intake.open_submissions(by=worker, now=now(), keys=keyring(), country_prefix="254", limit=500):
        pass


def sort_all(limit: int) -> float:
    """Triage everything that waits in batches of `limit`; reports a second."""
    from mlinzi.casework import acts
    from mlinzi.kernel.actors import Actor
    from mlinzi.kernel.clock import now

    worker, began, done = Actor.process("worker"), time.monotonic(), 0
    while some := acts.triage_waiting(by=worker, now=now(), limit=limit):
        done += some
    return round(done / (time.monotonic() - began), 1)


def measure(options: argparse.Namespace, watch: Callable[[str], None]) -> Result:
    """Rounds in turn: reports in batches, then as many one by one."""
    batch: list[float] = []
    single: list[float] = []
    chance = random.Random(options.seed)
    with installation(PACK) as made:
        watch("founding an installation")
        made.found()
        from mlinzi.site.installing import owner_connection

        with owner_connection(made.state):
            for turn in range(options.rounds):
                for rates, limit in ((batch, 200), (single, 1)):
                    count = options.reports if limit > 1 else max(options.reports // 10, 50)
                    watch(f"round {turn + 1}: bringing in {count} reports")
                    receive(count, chance)
                    watch(f"round {turn + 1}: sorting, {limit} at once")
                    rates.append(sort_all(limit))
    return Result(batch, single)


def print_result(console: Console, machine: Machine, result: Result) -> None:
    """Lines for people."""
    for line in machine.as_lines():
        console.print(line)
    console.print(f"in batches: {result.per_second} reports a second, of {result.batch}")
    console.print(f"one by one: {median(result.one_by_one)} a second, of {result.one_by_one}")
    console.print(f"ratio: {result.ratio}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0: as wanted, 1: not as wanted, 2: nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.triage", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--reports", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    console, machine = Console(stderr=options.json), this_machine()
    try:
        with console.status("beginning") as status:
            result = measure(options, status.update)
    except Trouble as trouble:
        console.print(f"[red]{trouble}[/]")
        return 2
    if options.json:
        print(json.dumps({"machine": machine.as_json(), **asdict(result), "ratio": result.ratio}))
    else:
        print_result(console, machine, result)
    return 0 if result.per_second >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
