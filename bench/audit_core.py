"""How fast kinga.auditlog appends and verifies, with no database: the ceiling for the audit room.

    python bench/audit_core.py [--entries 1000000] [--step 1000] [--json]

Both rates contain the making of each entry's canonical bytes and hash.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from kinga.auditlog import (
    Break,
    Checkpoint,
    Ed25519Signer,
    Entry,
    Frontier,
    Verified,
    canonical,
    leaf_hash,
    sign_checkpoint,
    verify,
)

WANTED_SECONDS_FOR_A_MILLION = 30
ALLOWED_GROWTH_MEBIBYTES = 8


@dataclass(frozen=True)
class Result:
    """What was measured. ``break_named`` is the entry that verify named after one was changed on purpose."""

    entries: int
    checkpoints: int
    append_per_second: int
    verify_per_second: int
    verify_seconds: float
    peak_growth_mebibytes: float
    changed: int
    break_named: int | None

    @property
    def as_wanted(self) -> bool:
        """Whether a million is verified in seconds and flat memory, and the change was found at its place."""
        fast = self.verify_seconds * 1e6 / self.entries <= WANTED_SECONDS_FOR_A_MILLION
        return (
            fast
            and self.peak_growth_mebibytes < ALLOWED_GROWTH_MEBIBYTES
            and self.break_named == self.changed
        )


def entries(count: int, changed: int | None = None) -> Iterator[Entry]:
    """A log of ``count`` entries, made as it is read; the hash of ``changed`` does not fit its data."""
    for number in range(count):
        data = canonical({"act": "case.opened", "by": "analyst", "number": number})
        leaf = leaf_hash(data)
        yield Entry(number, data + b" " if number == changed else data, leaf)


def appended(log: Iterator[Entry], step: int, signer: Ed25519Signer) -> list[str]:
    """The checkpoints that a sequencer would sign, one every ``step`` entries."""
    frontier, notes = Frontier(), []
    for entry in log:
        frontier.append(entry.leaf)
        if frontier.size % step == 0:
            notes.append(sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), signer))
    return notes


def peak() -> float:
    """The process's peak memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(count: int, step: int) -> Result:
    """Append, verify, then verify once more with one entry changed."""
    signer = Ed25519Signer.generate("bench")
    started = time.perf_counter()
    notes = appended(entries(count), step, signer)
    appending = time.perf_counter() - started
    before, started = peak(), time.perf_counter()
    found = verify(entries(count), notes, signer.verifier)
    verifying = time.perf_counter() - started
    growth = round(peak() - before, 1)
    if not isinstance(found, Verified) or found.size != count:
        raise SystemExit(f"The log does not verify: {found}")
    changed = count * 9 // 10
    second = verify(entries(count, changed), notes, signer.verifier)
    named = second.index if isinstance(second, Break) else None
    rates = round(count / appending), round(count / verifying)
    return Result(count, len(notes), *rates, round(verifying, 2), growth, changed, named)


def show(result: Result, console: Console) -> None:
    """Print a table for people."""
    table = Table(
        "entries", "checkpoints", "append /s", "verify /s", "verify s", "peak memory", "change, found"
    )
    table.add_row(
        f"{result.entries:,}",
        f"{result.checkpoints:,}",
        f"{result.append_per_second:,}",
        f"{result.verify_per_second:,}",
        str(result.verify_seconds),
        f"{result.peak_growth_mebibytes:+} MiB",
        f"{result.changed:,}, {result.break_named:,}" if result.break_named is not None else "not found",
    )
    console.print(table)
    console.print("[green]as wanted" if result.as_wanted else "[red]not as wanted")


def main() -> int:
    """Return 0 when it is as wanted, else 1."""
    parser = argparse.ArgumentParser(description="How fast kinga.auditlog appends and verifies.")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--step", type=int, default=1000, help="entries per checkpoint")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args()
    result = measure(options.entries, options.step)
    if options.json:
        print(json.dumps(asdict(result) | {"as_wanted": result.as_wanted}, indent=1))
    else:
        show(result, Console())
    return 0 if result.as_wanted else 1


if __name__ == "__main__":
    sys.exit(main())
