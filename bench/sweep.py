"""How long the sweep of the clocks takes among a million open ones.

    python -m bench.sweep [--open 1000000] [--due 1000] [--rounds 3] [--json]

So many open deadlines lie in the table, and some of them are due in each round; the act is called as the
worker calls it, until nothing is due.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

import psycopg
from rich.console import Console

from bench.installation import Installation, Trouble, installation
from bench.machine import Machine, this_machine

WANTED = 5.0
"""Seconds of one sweep."""
_AT_ONCE = 50_000
_COLUMNS = (
    "id, subject_type, subject_id, kind, organisation, area, assignee, started_at, due_at, "
    "remind_before_hours, ladder, reminded, climbed, next_at, closed_at"
)
_FILL = f"""INSERT INTO deadlines_deadline ({_COLUMNS})
    SELECT gen_random_uuid(), 'casework.case', gen_random_uuid()::text, 'triage', '', '', '', now(),
           now() + interval '30 days', 0, (SELECT ladder FROM deadlines_term LIMIT 1), true, 0,
           now() + interval '30 days' + n * interval '1 second', NULL
    FROM generate_series(1, %s) AS s(n)"""  # noqa: S608 - our own words
_MAKE_DUE = """UPDATE deadlines_deadline SET due_at = now() - interval '1 minute', next_at = now(), climbed =
0
    WHERE id IN (SELECT id FROM deadlines_deadline WHERE climbed = 0 AND next_at > now() LIMIT %s)"""


@dataclass(frozen=True)
class Result:
    """Seconds of every sweep, and how many steps it took."""

    seconds: list[float]
    steps: list[int]

    @property
    def middle(self) -> float:
        return median(self.seconds)


def fill(house: Installation, count: int, watch: Callable[[str], None]) -> None:
    """Lay so many open deadlines into the table."""
    with psycopg.connect(house.owner_url, autocommit=True) as connection:
        for at in range(0, count, _AT_ONCE):
            watch(f"laying clocks, {at:,} of {count:,}")
            connection.execute(_FILL.encode(), [min(_AT_ONCE, count - at)])
        connection.execute("ANALYZE deadlines_deadline")


def sweep() -> tuple[float, int]:
    """Let everything that is due take its step; seconds and steps."""
    from mlinzi.deadlines import acts
    from mlinzi.kernel.actors import Actor
    from mlinzi.kernel.clock import now

    began, steps, at = time.monotonic(), 0, now()
    while some := acts.climb(by=Actor.process("worker"), now=at):
        steps += some
    return round(time.monotonic() - began, 2), steps


def measure(options: argparse.Namespace, watch: Callable[[str], None]) -> Result:
    """1. an installation, 2. the clocks, 3. in each round some are due, and are swept."""
    seconds, steps = [], []
    with installation() as house:
        watch("founding an installation")
        house.found()
        from mlinzi.site.installing import owner_connection

        with owner_connection(house.state) as house.owner_url:
            fill(house, options.open, watch)
            for turn in range(options.rounds):
                watch(f"sweeping, round {turn + 1}")
                with psycopg.connect(house.owner_url, autocommit=True) as connection:
                    connection.execute(_MAKE_DUE.encode(), [options.due])
                took, climbed = sweep()
                seconds.append(took)
                steps.append(climbed)
    return Result(seconds, steps)


def print_result(console: Console, machine: Machine, result: Result) -> None:
    """Lines for people."""
    for line in machine.as_lines():
        console.print(line)
    console.print(f"a sweep: {result.middle} s in the middle, of {result.seconds}; steps {result.steps}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0: as wanted, 1: not as wanted, 2: nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.sweep", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--open", type=int, default=1_000_000, help="how many clocks run")
    parser.add_argument("--due", type=int, default=1_000, help="how many of them are due in a round")
    parser.add_argument("--rounds", type=int, default=3)
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
        print(json.dumps({"machine": machine.as_json(), **asdict(result)}))
    else:
        print_result(console, machine, result)
    return 0 if max(result.seconds) <= WANTED and min(result.steps) >= options.due else 1


if __name__ == "__main__":
    sys.exit(main())
