"""Kill the house at random moments under load, then hold what is there against what was promised.

    python -m bench.kill [--kills 25] [--seconds 1.5] [--seed 1] [--json]
    python -m bench.kill --negative [--kills 3]

With `--negative` the database is told not to wait for the disk, and loss is what is wanted: the same
generator, ledger and judge must see it.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.browser import Browser
from bench.evidence import drain, gather
from bench.generator import Plan
from bench.installation import Installation, Trouble, installation
from bench.judge import Verdict, judge
from bench.killing import VICTIMS, WANTED_SECONDS, Kill, kill, plan_kills
from bench.ledger import lines_of
from bench.machine import ROOT, Machine, this_machine
from bench.officers import sign_in

_WARM_UP = 30
"""Acknowledged reports before the first kill."""
# A commit that nobody waits for is written to the disk only now and then; here, hardly ever.
_WEAKENED = {
    "synchronous_commit": "off",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
    "wal_buffers": "64MB",
}


def people_signed_in(house: Installation, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Sign everybody in over HTTP with the password and a code of `mlinzi demo code`; their cookies."""
    from mlinzi.site.demo.cast import PASSWORD

    cookies = {}
    for name in names:
        site = Browser("localhost", house.staff_port)
        code = house.command("demo", "code", name).stdout.strip()
        sign_in(site, f"{name.lower()}@demo.invalid", PASSWORD, code)
        cookies[name] = site.cookies
    return cookies


@contextmanager
def under_load(plan: Plan, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The generator at work; at the end it is asked to stop and brings to an end what it had begun."""
    plan.write(folder / "plan")
    working = subprocess.Popen(
        [sys.executable, "-m", "bench.generator", str(folder / "plan")], cwd=ROOT, start_new_session=True
    )
    try:
        while sum(line["what"] == "received" for line in lines_of(Path(plan.ledger))) < _WARM_UP:
            if working.poll() is not None:
                raise Trouble("The generator fell over.")
            time.sleep(0.5)
        yield working
    finally:
        if working.poll() is None:
            working.send_signal(signal.SIGTERM)
        code = working.wait()
    if code:
        raise Trouble("The generator fell over, so the load was not what was planned.")


def strike_all(
    house: Installation, order: Sequence[str], seconds: float, chance: random.Random, progress: Progress
) -> list[Kill]:
    """Kill in this order, each time after up to twice `seconds` of load; end when somebody stays away."""
    kills: list[Kill] = []
    task = progress.add_task("killing", total=len(order))
    for victim in order:
        time.sleep(chance.uniform(0, 2 * seconds))
        one = kill(house, victim, chance)
        kills.append(one)
        progress.update(task, advance=1, description=f"{victim}: {_seconds(one.seconds)}")
        if one.seconds is None:
            progress.console.print(f"[red]{victim} did not come back.[/]\n{house.last_words(40)}")
            break
    return kills


def weaken(house: Installation) -> None:
    """Tell the database not to wait for the disk, and start everything anew."""
    with psycopg.connect(house.owner_url, autocommit=True) as connection:
        for name, value in _WEAKENED.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    house.stop()
    house.start()


def measure(options: argparse.Namespace, console: Console) -> tuple[list[Kill], Verdict]:
    """1. an installation, 2. load, 3. kills, 4. the load ends and the queues empty, 5. the verdict."""
    chance = random.Random(options.seed)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with installation() as house, Progress(*columns, console=console, transient=True) as progress:
        doing = progress.add_task("founding an installation", total=None)
        names = house.found()
        house.start()
        if options.negative:
            weaken(house)
        cookies = people_signed_in(house, names)
        ledger, folder = house.log.with_name("ledger"), house.log.parent
        plan = Plan(
            house.public_port,
            house.staff_port,
            str(ledger),
            cookies,
            options.reporters,
            2,
            options.seed,
            options.pause,
        )
        order = ["postgresql"] * options.kills if options.negative else plan_kills(options.kills, chance)
        progress.update(doing, description="under load")
        with under_load(plan, folder):
            kills = strike_all(house, order, options.seconds, chance, progress)
        progress.update(doing, description="letting the worker finish")
        drain(house)
        lines = list(lines_of(ledger))
        receipts = [line["receipt"] for line in lines if line["what"] == "received"]
        found = gather(house, receipts, lambda doing_now: progress.update(doing, description=doing_now))
        return kills, judge(lines, found)


def _seconds(seconds: float | None) -> str:
    return "not ready" if seconds is None else f"{seconds:.1f} s"


def ready_rows(kills: Sequence[Kill]) -> list[tuple[str, str, str, str, str]]:
    """For each victim: kills, median and longest time until ready again, and whether that is as wanted."""
    rows = []
    for victim in VICTIMS:
        took = [one.seconds for one in kills if one.victim == victim]
        ready = [seconds for seconds in took if seconds is not None]
        if took:
            longest = max(ready) if len(ready) == len(took) else None
            wanted = "yes" if longest is not None and longest <= WANTED_SECONDS else "NO"
            middle = _seconds(median(ready) if ready else None)
            rows.append((victim, str(len(took)), middle, _seconds(longest), wanted))
    return rows


def as_markdown(kills: Sequence[Kill], verdict: Verdict, machine: Machine) -> str:
    """The report for `docs/measurements.md`."""
    counts = {
        "reports acknowledged": verdict.received,
        "of them or of the referrals, sent again because no answer came": verdict.retried,
        "forms sent again after their answer": verdict.clicked_again,
        "**acknowledged reports lost**": verdict.lost,
        "**reports duplicated**": verdict.duplicated,
        "referrals acknowledged, accepted, done": f"{verdict.referred}, {verdict.accepted}, {verdict.done}",
        "**referrals or answers to them lost**": verdict.referrals_lost,
        "**referrals sent twice** (rows)": verdict.referrals_twice,
        "**letters to receivers missing**": verdict.letters_missing,
        "**letters to receivers written twice**": verdict.letters_twice,
        "letters given to the mail server twice, with the same Message-ID": verdict.handed_over_twice,
        "forms refused, things left over": f"{verdict.refused}, {verdict.left_over}",
        "audit log verifies": "yes" if verdict.log_whole else "NO",
        "fsck clean": "yes" if verdict.records_fit else "NO",
    }
    ready = ["| killed | times | median | longest | ≤ 10 s |", "|---|---|---|---|---|"]
    ready += [f"| {' | '.join(row)} |" for row in ready_rows(kills)]
    found = ["| promise | found |", "|---|---|", *(f"| {what} | {n} |" for what, n in counts.items())]
    return "\n".join([*machine.as_lines(), "", *ready, "", *found])


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, help="kills of each of the five (default 25; negative: 3)")
    parser.add_argument("--seconds", type=float, help="load before a kill, on average (1.5; negative: 6)")
    parser.add_argument("--reporters", type=int, default=4, help="people who report at the same time")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds that a reporter thinks, at most")
    parser.add_argument("--seed", type=int, default=1, help="of order, moments and manner of the kills")
    parser.add_argument("--negative", action="store_true", help="must show loss: commits wait for no disk")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args(arguments)
    options.kills = options.kills or (3 if options.negative else 25)
    options.seconds = options.seconds if options.seconds is not None else (6.0 if options.negative else 1.5)
    return options


def as_wanted(kills: Sequence[Kill], verdict: Verdict, *, negative: bool) -> bool:
    """Whether the measurement shows what it should: every promise kept in time, or, weakened, loss."""
    if negative:
        return verdict.lost > 0
    return verdict.kept and all(one.seconds is not None and one.seconds <= WANTED_SECONDS for one in kills)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when it is as wanted, 1 when not, 2 when nothing could be measured."""
    options, console, machine = options_of(arguments), Console(stderr=True), this_machine()
    try:
        kills, verdict = measure(options, console)
    except Trouble as trouble:
        console.print(f"[red]{trouble}")
        return 2
    good = as_wanted(kills, verdict, negative=options.negative)
    if options.json:
        facts = {"kills": [vars(one) for one in kills], "verdict": verdict.as_json(), "as_wanted": good}
        print(json.dumps({"machine": machine.as_json(), **facts}, indent=1))
    else:
        print(as_markdown(kills, verdict, machine))
        for sentence in verdict.broken:
            console.print(f"[{'yellow' if options.negative else 'red'}]{sentence}")
        console.print("[green]as wanted" if good else "[red]not as wanted")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
