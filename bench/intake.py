"""The public door under load, in a burst, on a slow line, and whether its clock tells anything.

    python -m bench.intake [journeys|burst|slow|timing|all] [--json] [--seconds 60] [--samples 2000]

Each makes an installation of its own with the pack of Kenya; the load is a process of its own beside it on
the same machine.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.status import Status

from bench.evidence import drain, gather
from bench.installation import Installation, Trouble, installation
from bench.intake_load import LoadPlan
from bench.intake_timing import Compared, numbers, of_the_act, over_http
from bench.judge import Verdict, judge
from bench.ledger import lines_of
from bench.machine import ROOT, Machine, this_machine

PACK = ROOT / "packs" / "ke"
FLOOR, GOAL = 5.0, 20.0
"""Journeys a second: what has to be reached, and what we aim at."""
BURST, BURST_SECONDS = 100.0, 10.0
P99_LIMIT = 500.0
_REACHED = 0.98
"""What counts as a rate reached: the last journeys of a minute end after it."""
_WALKERS = 12
_DRAIN_LIMIT = 1_800.0
_HTTP_SHARE = 0.15
"""Of the samples, how many are taken over HTTP, where each takes seconds by design."""
PARTS = ("journeys", "burst", "slow", "timing")
Facts = dict[str, Any]
Watch = Callable[[str], None]


@dataclass
class Result:
    """What was measured; None for what was not asked for."""

    journeys: list[Facts] = field(default_factory=list)
    burst: Facts | None = None
    verdict: Verdict | None = None
    drained: float = 0.0
    slow: list[Facts] = field(default_factory=list)
    act: Compared | None = None
    http: Compared | None = None

    @property
    def broken(self) -> list[str]:
        """What is not as wanted, a sentence each."""
        said = [*self._of_the_load(), *(self.verdict.broken if self.verdict else ())]
        said += [
            f"scripts {_on(one['scripts'])}: too slow or too heavy"
            for one in self.slow
            if not one["as_wanted"]
        ]
        if self.http and not self.http.alike(*self.http.t):
            said.append("over HTTP the time tells what a number is")
        # Whoever is let in sees that anyway, and its longer way is covered by what holds the answer back.
        if self.act and not self.act.alike("wrong/expired"):
            said.append("the act takes another time for an expired number than for a wrong one")
        return said

    def _of_the_load(self) -> list[str]:
        said = []
        if self.journeys and self.journeys[0]["per_second"] < FLOOR * _REACHED:
            said.append(
                f"only {self.journeys[0]['per_second']} journeys a second, and {FLOOR:.0f} are the floor"
            )
        for one in (*self.journeys[:1], *([self.burst] if self.burst else [])):
            if one["p99"] > P99_LIMIT:
                said.append(f"p99 is {one['p99']} ms")
        for one in (*self.journeys, *([self.burst] if self.burst else [])):
            if one["errors"]:
                said.append(f"{one['errors']} journeys met an error")
        return said

    def as_json(self) -> Facts:
        """For machines."""
        return {
            "journeys": self.journeys,
            "burst": self.burst,
            "verdict": self.verdict.as_json() if self.verdict else None,
            "drained_seconds": round(self.drained, 1),
            "slow": self.slow,
            "act": self.act.as_json() if self.act else None,
            "http": self.http.as_json() if self.http else None,
            "broken": self.broken,
        }


def _on(scripts: object) -> str:
    return "on" if scripts else "off"


def load(house: Installation, kind: str, rate: float, seconds: float, seed: int) -> Facts:
    """Run the load in a process of its own; what it measured. Raises `Trouble` when it falls over."""
    folder = house.log.parent
    ledger = str(folder / "ledger")
    plan = LoadPlan(kind, house.public_port, "sw", ledger, rate, seconds, _WALKERS, seed)
    plan.write(folder / "plan")
    before = house.processor_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "bench.intake_load", str(folder / "plan")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Trouble(f"The load fell over.\n{done.stderr[-2000:]}")
    found: Facts = json.loads(done.stdout)
    used = {name: round(now - before[name], 1) for name, now in house.processor_seconds().items()}
    return {"wanted_rate": rate, **found, "processor_seconds": {**used, "load": found["processor_seconds"]}}


def held_against_the_ledger(house: Installation, watch: Watch) -> tuple[float, Verdict]:
    """Let the worker finish, then compare what was promised with what is there."""
    watch("letting the worker finish")
    drained = drain(house, _DRAIN_LIMIT)
    lines = list(lines_of(house.log.parent / "ledger"))
    receipts = [line["receipt"] for line in lines if line["what"] == "received"]
    return drained, judge(lines, gather(house, receipts, watch))


def measure(options: argparse.Namespace, watch: Watch) -> Result:
    """1. an installation, 2. the loads and their verdict, 3. the slow line, 4. the clock, which leaves the
    door slow for ten minutes and therefore comes last."""
    result, wanted = Result(), options.what
    with installation(PACK) as house:
        watch("founding an installation")
        house.found()
        house.start()
        if "journeys" in wanted:
            for rate in (FLOOR, GOAL):
                watch(f"journeys, up to {rate:.0f} a second")
                result.journeys.append(load(house, "journeys", rate, options.seconds, options.seed))
        if "burst" in wanted:
            watch("a burst")
            result.burst = load(house, "burst", options.burst, BURST_SECONDS, options.seed + 1)
        if result.journeys or result.burst:
            result.drained, result.verdict = held_against_the_ledger(house, watch)
        if "slow" in wanted:
            from bench.intake_slow import journey

            for scripts in (True, False):
                watch(f"a slow line, scripts {_on(scripts)}")
                result.slow.append(journey(house.public_port, "sw", scripts=scripts).as_json())
        if "timing" in wanted:
            chance = random.Random(options.seed)
            watch("making numbers")
            made = numbers(house)
            watch("looking numbers up by the act")
            result.act = of_the_act(options.samples, made, chance)
            result.http = over_http(house, max(20, round(options.samples * _HTTP_SHARE)), made, chance, watch)
    return result


def as_markdown(result: Result, machine: Machine) -> str:
    """The report for `docs/measurements.md`."""
    return "\n".join(
        [
            *machine.as_lines(),
            *_load_rows(result),
            *_slow_rows(result.slow),
            *_timing_rows(result),
        ]
    )


def _load_rows(result: Result) -> list[str]:
    rows = [
        f"| {one['wanted_rate']:.0f} journeys a second, {one['requests_of_a_journey']} requests each"
        f" ({one['requests_before_sending']} before the sending) | {one['per_second']} | {one['p50']:.0f} |"
        f" {one['p99']:.0f} | {one['worst']:.0f} | {one['errors']} |"
        for one in result.journeys
    ]
    if one := result.burst:
        rows.append(
            f"| {one['wanted_rate']:.0f} sendings a second, {one['sent_twice_at_once']} of them twice"
            f" at once | {one['per_second']} | {one['p50']:.0f} | {one['p99']:.0f} | {one['worst']:.0f} |"
            f" {one['errors']} |"
        )
    if not rows:
        return []
    head = [
        "",
        "| load | reached a second | p50 ms | p99 ms | worst ms | errors |",
        "|---|---|---|---|---|---|",
    ]
    rows += ["", *(_used(one) for one in result.journeys)] if result.journeys else []
    verdict = result.verdict
    if verdict is None:
        return [*head, *rows]
    counts: Mapping[str, object] = {
        "reports acknowledged": verdict.received,
        "**acknowledged reports lost**": verdict.lost,
        "**reports duplicated**": verdict.duplicated,
        "submissions from nowhere": verdict.strange,
        "pages refused, things left over": f"{verdict.refused}, {verdict.left_over}",
        "audit log verifies, fsck clean": f"{verdict.log_whole}, {verdict.records_fit}",
        "seconds until the worker had finished": f"{result.drained:.0f}",
    }
    found = ["", "| promise | found |", "|---|---|", *(f"| {what} | {n} |" for what, n in counts.items())]
    return [*head, *rows, *found]


def _used(one: Facts) -> str:
    each, journeys = one["processor_seconds"], max(1, one["done"])
    shares = ", ".join(f"{name} {1000 * seconds / journeys:.0f}" for name, seconds in each.items())
    return f"Processor milliseconds of a journey, up to {one['wanted_rate']:.0f} a second: {shares}."


def _slow_rows(journeys: Sequence[Facts]) -> list[str]:
    if not journeys:
        return []
    head = "| scripts | first page | waiting | requests before sending | heaviest later page | in all |"
    return [
        "",
        head,
        "|---|---|---|---|---|---|",
        *(
            f"| {_on(one['scripts'])} | {one['first_page_seconds']} s | {one['waiting_seconds']} s |"
            f" {one['requests_before_sending']} | {one['heaviest_page_bytes']} B | {one['bytes_down']} B |"
            for one in journeys
        ),
    ]


def _timing_rows(result: Result) -> list[str]:
    rows = []
    for where, found in (("act alone", result.act), ("over HTTP", result.http)):
        if found:
            medians = ", ".join(f"{kind} {ms}" for kind, ms in found.medians.items())
            t = ", ".join(f"{pair} {value}" for pair, value in found.t.items())
            rows.append(f"| {where} | 3 × {found.samples} | {medians} | {t} |")
    return ["", "| look-up | samples | medians, ms | Welch's t |", "|---|---|---|---|", *rows] if rows else []


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=[*PARTS, "all"])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each load of journeys")
    parser.add_argument("--burst", type=float, default=BURST, help="final submissions a second")
    parser.add_argument("--samples", type=int, default=2_000, help="look-ups of each kind, by the act")
    parser.add_argument("--seed", type=int, default=1, help="of what is answered and asked by chance")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args(arguments)
    options.what = PARTS if options.what == "all" else (options.what,)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when it is as wanted, 1 when not, 2 when nothing could be measured."""
    options, console, machine = options_of(arguments), Console(stderr=True), this_machine()
    try:
        with Status("", console=console) as status:
            result = measure(options, status.update)
    except Trouble as trouble:
        console.print(f"[red]{trouble}")
        return 2
    if options.json:
        print(json.dumps({"machine": machine.as_json(), **result.as_json()}, indent=1))
    else:
        print(as_markdown(result, machine))
        for sentence in result.broken:
            console.print(f"[red]{sentence}")
        console.print("[red]not as wanted" if result.broken else "[green]as wanted")
    return 1 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
