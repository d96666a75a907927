"""How many of the fullest CyberTipline reports kinga.cybertip reads and writes in a second of a core, beside
the client of the field, `ncmec-cybertip`.

    python -m bench.industry [--seconds 2] [--rounds 3] [--no-peer] [--json]

The report holds every element once, of alternatives the first. Both read and write the same bytes, each in a
process of its own, in turn. A rate counts seconds of the processor, so that other programs blur it less; each
is the best of the rounds. The peer is fetched into a temporary folder for the bench alone. Exit code 1: fewer
read and written again than wanted.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.machine import this_machine
from kinga.cybertip import Report, build, parse
from kinga.cybertip.describe import Kind, Slot, shape_of

WANTED_A_SECOND = 1500
TEXTS = {"ip_address": "41.90.0.7", "country_calling_code": "+254", "extension": "12", "state": "AK"}
VALUES: dict[Kind, Any] = {
    Kind.BOOLEAN: True,
    Kind.FLAG: True,
    Kind.INTEGER: 12,
    Kind.NUMBER: -1.25,
    Kind.MOMENT: datetime(2026, 1, 31, 20, 59, 59, tzinfo=UTC),
    Kind.DAY: date(2001, 2, 3),
}


@dataclass(frozen=True)
class Rates:
    """Documents in a second of the processor, and how large one is."""

    read: float
    written: float
    read_and_written: float
    size: int
    elements: int


def fullest_report() -> Report:
    """A report with everything that may stand in one."""
    report: Report = _fullest(Report)
    return replace(report, batched_report=None)


def _fullest(python: type[Any]) -> Any:
    values: dict[str, Any] = {}
    taken: set[str | None] = set()
    for slot in shape_of(python).slots:
        if slot.either is not None and slot.either in taken:
            continue
        taken.add(slot.either)
        if slot.field != "approximate_age":
            value = _fullest(slot.python) if slot.nested else _value(slot)
            values[slot.field] = (value,) if slot.repeats else value
    return python(**values)


def _value(slot: Slot) -> Any:
    if slot.kind is Kind.WORD:
        return next(iter(slot.python.__members__.values()))
    if slot.kind is Kind.TEXT:
        return TEXTS.get(slot.field, "KE" if slot.limits.choices else "Habari & karibu")
    return VALUES[slot.kind]


def _rate(act: Callable[[], object], seconds: float, rounds: int) -> float:
    best = 0.0
    for _ in range(rounds):
        done, began = 0, time.process_time()
        while (spent := time.process_time() - began) < seconds:
            act()
            done += 1
        best = max(best, done / spent)
    return best


PEER = ("ncmec-cybertip==0.1.1", "pydantic-xml==2.21.0")
_PEERS_RATE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ncmec_cybertip import Report
data, seconds, rounds = sys.stdin.buffer.read(), float(sys.argv[2]), int(sys.argv[3])
written = len(Report.from_xml(data).to_xml())
best = 0.0
for _ in range(rounds):
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        Report.from_xml(data).to_xml()
        done += 1
    best = max(best, done / spent)
print(best, written)
"""


@dataclass(frozen=True)
class PeerRate:
    """What the peer reads and writes in a second, and how many bytes it writes of what it has read."""

    read_and_written: float
    written_size: int


def fetch_peer(folder: Path) -> str:
    """Lay the peer into a folder, with the one line changed that a Python before 3.12 cannot read. Returns
    why it could not be fetched; "" where it was.
    """
    uv = Path(sys.prefix) / "bin" / "uv"
    order = [uv, "pip", "install", "-q", "--no-deps", "--python-version", "3.13", "--target", folder, *PEER]
    done = subprocess.run([str(word) for word in order], check=False, capture_output=True, timeout=120)
    if done.returncode:
        return done.stderr.decode(errors="replace") or "no reason was given"
    module = folder / "ncmec_cybertip" / "client.py"
    # A generic written in the way of Python 3.12; without its bound it means the same to a running program.
    text = re.sub(r"_parse\[T: [^\]]*\]\(", "_parse(", module.read_text())
    module.write_text(text.replace("type[T]", "type").replace("-> T:", "-> object:"))
    return ""


def peers_rate(folder: Path, data: bytes, seconds: float, rounds: int) -> PeerRate:
    """Let the peer read and write a document for a while."""
    order = [sys.executable, "-c", _PEERS_RATE, str(folder), str(seconds), str(rounds)]
    said = subprocess.run(order, input=data, capture_output=True, check=True).stdout.split()
    return PeerRate(float(said[0]), int(said[1]))


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    machine = this_machine()
    report = fullest_report()
    data = build(report)
    rates = Rates(
        read=_rate(lambda: parse(data, Report), asked.seconds, asked.rounds),
        written=_rate(lambda: build(report), asked.seconds, asked.rounds),
        read_and_written=_rate(lambda: build(parse(data, Report).document), asked.seconds, asked.rounds),
        size=len(data),
        elements=data.count(b"</"),
    )
    peer = None
    with TemporaryDirectory() as name:
        if not asked.no_peer and not fetch_peer(Path(name)):
            peer = peers_rate(Path(name), data, asked.seconds, asked.rounds)
    if asked.json:
        told = {"machine": machine.as_json(), **asdict(rates), "peer": asdict(peer) if peer else None}
        print(json.dumps(told))
    else:
        print("\n".join(machine.as_lines()))
        print_rates(rates, peer)
    return 0 if rates.read_and_written >= WANTED_A_SECOND else 1


def print_rates(rates: Rates, peer: PeerRate | None) -> None:
    """For people."""
    print(f"- {rates.elements} elements, {rates.size} bytes; wanted: {WANTED_A_SECOND} read and written /s")
    print(f"- read {rates.read:.0f}, written {rates.written:.0f}, both {rates.read_and_written:.0f} /s")
    if peer is None:
        print("- the peer was not asked, or could not be fetched")
        return
    ratio = rates.read_and_written / peer.read_and_written
    print(
        f"- ncmec-cybertip: both {peer.read_and_written:.0f} /s; it writes {peer.written_size} bytes of what "
        f"it read. Ours is {ratio:.2f} times as fast"
    )


if __name__ == "__main__":
    sys.exit(main())
