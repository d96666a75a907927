"""How fast the audit log takes entries, numbers them and verifies, on real rows through the real programs.

    python -m bench.audit [--entries 1000000] [--seconds 10] [--writers 8] [--json]

1. several processes with the staff site's role write entries, one transaction each, nobody numbering;
2. the same while the sequencer numbers: what it keeps up with, and how long an entry waits for its number;
3. the same entries as a plain hash chain, whose last row everybody must lock: the peer;
4. the log is filled up to so many entries, the sequencer numbers them, and the whole log is verified.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from rich.console import Console

from bench.installation import Installation, Trouble, installation
from bench.machine import ROOT, Machine, this_machine

WANTED_LAG = 1.0
ALLOWED_GROWTH = 16.0
"""MiB by which the verifier's peak may grow from a tenth of the log to the whole of it."""
_LOOK_EVERY = 0.2
_FILL = """INSERT INTO audit_entry
               (id, at, actor_kind, actor_id, organisation, action, object_type, object_id, purpose, details)
           SELECT gen_random_uuid(), clock_timestamp(), 'process', 'owner', '', 'casework.case.see',
                  'casework.case', gen_random_uuid()::text, 'triage', '{"fields": 2}'
           FROM generate_series(1, %s)"""
_FILL_AT_ONCE = 50_000
_CHAIN = (
    "CREATE TABLE bench_chain_head (one boolean PRIMARY KEY, hash bytea NOT NULL)",
    "INSERT INTO bench_chain_head VALUES (true, '')",
    "CREATE TABLE bench_chain (LIKE audit_entry INCLUDING ALL, hash bytea NOT NULL UNIQUE)",
)


@dataclass(frozen=True)
class Written:
    """What the writers did together: entries a second, and milliseconds of one transaction."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Lag:
    """How long the oldest entry without a number had waited, looked at five times a second."""

    numbered_per_second: float
    median_seconds: float
    longest_seconds: float


@dataclass(frozen=True)
class Checked:
    """One check of the whole log."""

    size: int
    seconds: float
    peak_mebibytes: float
    whole: bool


@dataclass(frozen=True)
class Result:
    """Everything measured: of the rounds of writing the middle ones, of the waits the longest, and `rates` of
    every round. `numbering_peak`: MiB of the sequencer after numbering the whole log."""

    writers: int
    alone: Written
    numbered: Written
    lag: Lag
    chain: Written
    numbering_per_second: float
    numbering_peak: float
    small: Checked
    whole: Checked
    rates: dict[str, list[float]]

    @property
    def as_wanted(self) -> bool:
        """Whether entries get their numbers within a second, the log verifies, and memory stays flat."""
        flat = self.whole.peak_mebibytes - self.small.peak_mebibytes <= ALLOWED_GROWTH
        return (
            self.lag.longest_seconds <= WANTED_LAG
            and self.numbered.per_second > self.chain.per_second
            and self.small.whole
            and self.whole.whole
            and flat
        )


class House:
    """An installation of which only the database runs, and the processes that work on it."""

    def __init__(self, made: Installation) -> None:
        self.made = made

    def one(self, query: str) -> float:
        """A number from the database."""
        with psycopg.connect(self.made.owner_url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return float(row[0]) if row and row[0] is not None else 0.0

    def do(self, query: str, *values: object) -> None:
        """Change something as the owner."""
        with psycopg.connect(self.made.owner_url, autocommit=True) as connection:
            connection.execute(query.encode(), values or None)

    def process(self, role: str, *words: str) -> "subprocess.Popen[str]":
        """Start a process with a role of the house and nothing of the owner's."""
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        env |= {"MLINZI_PROCESS": role, "MLINZI_STATE": str(self.made.state)}
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def sequencer(self) -> Iterator["subprocess.Popen[str]"]:
        """The real sequencer, at work inside."""
        working = self.process("sequencer", "mlinzi.site.cli", "sequencer")
        try:
            yield working
        finally:
            working.send_signal(signal.SIGTERM)
            working.wait()


def answer_of(process: "subprocess.Popen[str]") -> dict[str, float]:
    """What a process printed. Raises `Trouble` when it failed."""
    said, _ = process.communicate()
    if process.returncode:
        raise Trouble("A process of the measurement failed.")
    answer: dict[str, float] = json.loads(said)
    return answer


def write(
    house: House, what: str, writers: int, seconds: float, meanwhile: Callable[[], None] = lambda: None
) -> Written:
    """Let several processes write at the same time; `meanwhile` is called again and again."""
    several = [house.process("staff", "bench.audit_work", what, str(seconds)) for _ in range(writers)]
    for one in several:
        if one.stdout is None or one.stdout.readline() != "ready\n":
            raise Trouble("A writer did not get ready.")
    for one in several:
        if one.stdin:
            one.stdin.write("go\n")
            one.stdin.flush()
    while any(one.poll() is None for one in several):
        meanwhile()
        time.sleep(_LOOK_EVERY)
    answers = [answer_of(one) for one in several]
    return Written(
        per_second=round(sum(one["count"] for one in answers) / seconds, 1),
        p50_ms=round(1000 * sorted(one["p50"] for one in answers)[writers // 2], 2),
        p99_ms=round(1000 * max(one["p99"] for one in answers), 2),
    )


_AGE = """SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)
          FROM (SELECT entry_id FROM audit_waiting ORDER BY arrival LIMIT 1) w
          JOIN audit_entry e ON e.id = w.entry_id"""
_NUMBERED = "SELECT coalesce(max(index) + 1, 0) FROM audit_numbered"
_WAITING = "SELECT count(*) FROM audit_waiting"


def write_while_numbering(house: House, writers: int, seconds: float) -> tuple[Written, Lag]:
    """Write while the sequencer works, and look how long entries wait."""
    seen: list[tuple[float, float, float]] = []

    def look() -> None:
        seen.append((time.monotonic(), house.one(_NUMBERED), house.one(_AGE)))

    with house.sequencer() as working:
        until_numbered(house, working)
        written = write(house, "write", writers, seconds, look)
        until_numbered(house, working)
    (began, before, _), (ended, after, _) = seen[0], seen[-1]
    ages = sorted(age for _, _, age in seen)
    rate = (after - before) / (ended - began)
    return written, Lag(round(rate, 1), round(ages[len(ages) // 2], 3), round(ages[-1], 3))


def until_numbered(
    house: House, working: "subprocess.Popen[str]", watch: Callable[[str], None] = lambda _: None
) -> None:
    """Wait until nothing waits for a number. Raises `Trouble` when the sequencer has ended."""
    while left := house.one(_WAITING):
        if working.poll() is not None:
            raise Trouble("The sequencer has ended.")
        watch(f"numbering, {left:,.0f} left")
        time.sleep(_LOOK_EVERY)


def fill(house: House, entries: int, watch: Callable[[str], None]) -> None:
    """Add entries until the log will hold so many. The trigger lets each of them wait for its number."""
    there = int(house.one("SELECT count(*) FROM audit_entry"))
    for at in range(there, entries, _FILL_AT_ONCE):
        watch(f"adding entries, {at:,}")
        house.do(_FILL, min(_FILL_AT_ONCE, entries - at))


def number_all(house: House, watch: Callable[[str], None]) -> tuple[float, float]:
    """Let the sequencer number what waits; entries a second after its first ones, and its peak in MiB."""
    with house.sequencer() as working:
        before = house.one(_NUMBERED)
        while (first := house.one(_NUMBERED)) == before and working.poll() is None:
            time.sleep(0.02)
        began = time.monotonic()
        until_numbered(house, working, watch)
        rate = (house.one(_NUMBERED) - first) / (time.monotonic() - began)
        status = Path(f"/proc/{working.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return round(rate, 1), round(int(peak) / 1024, 1)


def check(house: House) -> Checked:
    """Verify the whole log in a process of its own, as the worker does every night."""
    found = answer_of(house.process("worker", "bench.audit_work", "verify"))
    return Checked(
        int(found["size"]), round(found["seconds"], 2), round(found["peak"], 1), bool(found["whole"])
    )


def measure(options: argparse.Namespace, console: Console) -> Result:
    """Measure everything, in an installation that is thrown away."""
    from mlinzi.site.installing import owner_connection

    with installation() as made, console.status("founding an installation") as status:
        made.found()
        watch = status.update
        with owner_connection(made.state):
            house = House(made)
            prepare_chain(house)
            alone, numbered, chain, lags = [], [], [], []
            for turn in range(options.rounds):  # in turns: what else the machine does meets all three alike
                watch(f"writing, round {turn + 1}")
                alone.append(write(house, "write", options.writers, options.seconds))
                written, lag = write_while_numbering(house, options.writers, options.seconds)
                numbered.append(written)
                lags.append(lag)
                chain.append(write(house, "chain", options.writers, options.seconds))
            fill(house, options.entries // 10, watch)
            number_all(house, watch)
            small = check(house)
            fill(house, options.entries, watch)
            rate, peak = number_all(house, watch)
            watch("verifying")
            whole = check(house)
    longest = max(lags, key=lambda lag: lag.longest_seconds)
    rates = {
        name: [one.per_second for one in each]
        for name, each in (("alone", alone), ("numbered", numbered), ("chain", chain))
    }
    return Result(
        options.writers,
        middle(alone),
        middle(numbered),
        longest,
        middle(chain),
        rate,
        peak,
        small,
        whole,
        rates,
    )


def middle(rounds: list[Written]) -> Written:
    """The round of the middle rate."""
    return sorted(rounds, key=lambda one: one.per_second)[len(rounds) // 2]


def prepare_chain(house: House) -> None:
    """Make the peer's two tables and let the writers at them."""
    role = "mlinzi_staff"
    for statement in _CHAIN:
        house.do(statement)
    house.do(f"GRANT SELECT, INSERT ON bench_chain TO {role}")
    house.do(f"GRANT SELECT, UPDATE ON bench_chain_head TO {role}")


def as_markdown(result: Result, machine: Machine) -> str:
    """The report for `docs/measurements.md`."""
    ratio = result.numbered.per_second / result.chain.per_second
    rows = [
        (f"{result.writers} writers, nobody numbers", result.alone),
        (f"{result.writers} writers, the sequencer numbers", result.numbered),
        (f"{result.writers} writers, plain hash chain (peer)", result.chain),
    ]
    table = ["| writing | entries/s | p50 ms | p99 ms |", "|---|---|---|---|"]
    table += [f"| {name} | {one.per_second:,} | {one.p50_ms} | {one.p99_ms} |" for name, one in rows]
    facts = [
        ("ours to the peer, both with 8 writers", f"{ratio:.2f}"),
        ("numbered meanwhile", f"{result.lag.numbered_per_second:,} entries/s"),
        ("waiting for a number, median", f"{result.lag.median_seconds} s"),
        ("waiting for a number, longest (goal ≤ 1 s)", f"{result.lag.longest_seconds} s"),
        ("numbering a backlog", f"{result.numbering_per_second:,} entries/s"),
        ("the sequencer's peak memory after it", f"{result.numbering_peak} MiB"),
        (f"verifying {result.small.size:,} entries", _told(result.small)),
        (f"verifying {result.whole.size:,} entries", _told(result.whole)),
    ]
    found = ["| numbering and verifying | found |", "|---|---|", *(f"| {a} | {b} |" for a, b in facts)]
    return "\n".join([*machine.as_lines(), "", *table, "", *found])


def _told(checked: Checked) -> str:
    whole = "whole" if checked.whole else "BROKEN"
    return f"{checked.seconds} s, peak {checked.peak_mebibytes} MiB, {whole}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when it is as wanted, 1 when not, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of writing, each way")
    parser.add_argument("--rounds", type=int, default=3, help="of writing; the middle one counts")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options, console, machine = parser.parse_args(arguments), Console(stderr=True), this_machine()
    try:
        result = measure(options, console)
    except Trouble as trouble:
        console.print(f"[red]{trouble}")
        return 2
    if options.json:
        facts = asdict(result) | {"as_wanted": result.as_wanted}
        print(json.dumps({"machine": machine.as_json(), **facts}, indent=1))
    else:
        print(as_markdown(result, machine))
        console.print("[green]as wanted" if result.as_wanted else "[red]not as wanted")
    return 0 if result.as_wanted else 1


if __name__ == "__main__":
    sys.exit(main())
