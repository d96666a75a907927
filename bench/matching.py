"""How fast kinga.hashmatch finds PDQ hashes, beside its peers, each in a process of its own.

    python -m bench.matching [--entries 100000 1000000] [--rounds 3] [--queries 1000] [--json]

The peers (faiss-cpu, python-threatexchange, numpy) are installed into a temporary environment for the bench
alone. All answer the same queries, 31 bits; a figure is the median of the rounds. The recall of each is
counted against a full scan by numpy. Ratios are to the fastest peer of the run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.machine import this_machine

WORKER = Path(__file__).with_name("matching_worker.py")
PEERS = ["faiss flat", "faiss multi-hash", "threatexchange PDQIndex"]
NEEDED = ["faiss-cpu==1.15.1", "threatexchange==1.2.17", "numpy"]
FLOORS = {100_000: 2, 1_000_000: 15, 10_000_000: 12}


def peers_environment(folder: Path) -> Path:
    """Make an environment with the peers; return its Python."""
    python = folder / "peers" / "bin" / "python"
    subprocess.run(["uv", "venv", "-q", "-p", sys.executable, folder / "peers"], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "-p", python, *NEEDED], check=True)
    return python


def run(python: Path | str, name: str, entries: int, queries: int) -> dict[str, Any]:
    """What one index measured of itself."""
    words = [str(python), str(WORKER), name, str(entries), str(queries)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def measure(python: Path, entries: int, rounds: int, queries: int) -> list[dict[str, Any]]:
    """Every index, round after round; the medians, ours first."""
    asked = 200 if entries >= 10_000_000 else queries
    truth = run(sys.executable, "numpy", entries, min(asked, 200))["answers"]
    names = ["kinga", "kinga compact", *PEERS] if entries < 3_000_000 else ["kinga", "kinga swift", *PEERS]
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found = run(sys.executable if name.startswith("kinga") else python, name, entries, asked)
            wanted = sum(map(len, truth))
            same = sum(
                len(set(left) & set(right)) for left, right in zip(truth, found["answers"], strict=False)
            )
            results[name].append({**found, "recall": same / wanted if wanted else 1.0, "answers": None})
    numbers = ("build_s", "p50_us", "recall", "growth_bytes", "load", "bytes_a_hash", "batch_per_s")
    return [
        {"name": name, "entries": entries, "layout": runs[0].get("layout")}
        | {key: median(run_[key] for run_ in runs) for key in numbers if key in runs[0]}
        for name, runs in results.items()
    ]


def with_ratios(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to ours how they stand beside the fastest peer."""
    peers = [one for one in results if one["name"] in PEERS]
    fastest = min(one["p50_us"] for one in peers)
    built = next(one["build_s"] for one in peers if one["name"] == PEERS[-1])
    for one in results:
        if one["name"] not in PEERS:
            one["single_x"] = fastest / one["p50_us"]
            one["batch_x"] = one["batch_per_s"] / (1e6 / fastest)
            one["build_x"] = built / one["build_s"]
    return results


def show(results: list[dict[str, Any]], console: Console) -> None:
    """Print a table for people."""
    keys = [
        "name", "layout", "p50_us", "single_x", "batch_per_s", "batch_x",
        "bytes_a_hash", "build_s", "build_x", "recall", "load",
    ]  # fmt: skip
    table = Table(*keys, title=f"{results[0]['entries']:,} entries")
    for one in results:
        told = [one.get(key) for key in keys]
        table.add_row(*(f"{x:,.1f}" if isinstance(x, float) else str(x or "") for x in told))
    console.print(table)


def main() -> int:
    """Return 0 when ours misses nothing and reaches the floor of each size, else 1."""
    parser = argparse.ArgumentParser(description="How fast kinga.hashmatch is beside its peers.")
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args()
    console, good = Console(width=150), True
    machine = this_machine()
    with tempfile.TemporaryDirectory() as name:
        python = peers_environment(Path(name))
        for entries in options.entries:
            results = with_ratios(measure(python, entries, options.rounds, options.queries))
            if options.json:
                print(json.dumps({"machine": machine.as_json(), "results": results}), flush=True)
            else:
                show(results, console)
            ours = results[0]
            good &= ours["recall"] == 1.0 and ours["single_x"] >= FLOORS.get(entries, 1)
    if not options.json:
        console.print("\n".join(machine.as_lines()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
