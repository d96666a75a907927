"""How well `kinga.namematch` finds persons in a register, on invented persons of seeds that nobody tuned on.

    python -m bench.register [--size 100000] [--queries 20000] [--seeds 101,102,103] [--json]

Half of the questions concern somebody in the register, half nobody in it: strangers, namesakes, near
namesakes, relatives. An answer is its first hit; every threshold on its probability is tried.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.machine import ROOT, this_machine
from bench.persons import Question, World
from kinga.namematch import Culture, Index, Person, Screener, reliability

_PRECISE = 0.99


@dataclass(frozen=True)
class Found:
    """What one seed gave. Times in milliseconds, shares from 0 to 1.

    Args:
        alarms_apart: the share of questions about nobody that were answered at the best threshold, in the
            community where it is highest, over that where it is lowest.
        off: by how much the mean probability of a band of 400 answers misses what came true, at most.
    """

    best_f1: float
    recall_at_10: float
    recall_when_precise: float
    off: float
    alarms_apart: float
    p50: float
    p99: float
    build: float


def measure(seed: int, size: int, count: int, culture: Culture, console: Console) -> Found:
    """Make the register and the questions of a seed and ask all of them."""
    world = World(seed, "reporting")
    register = world.register(size)
    asked = world.questions(register, count)
    begin = time.perf_counter()
    people = [(entry["id"], Person.from_record(entry)) for entry, _ in register]
    screener = Screener(Index.build(people, culture))
    build = time.perf_counter() - begin
    told, right, among, times = [], [], 0, []
    for question in track(asked, f"seed {seed}", console=console, transient=True):
        person = Person.from_record(question.record)
        begin = time.perf_counter()
        answer = screener.screen(person)
        times.append(1000 * (time.perf_counter() - begin))
        first = answer.hits[0] if answer.hits else None
        told.append(first.probability if first else 0.0)
        right.append(first is not None and first.id == question.truth)
        among += question.truth in [hit.id for hit in answer.hits] if question.truth else 0
    members = sum(question.truth is not None for question in asked)
    threshold, best, precise = _thresholds(np.array(told), np.array(right), members)
    bands = reliability(told, right)
    return Found(
        best_f1=best,
        recall_at_10=among / members,
        recall_when_precise=precise,
        off=max(abs(band.predicted - band.observed) for band in bands),
        alarms_apart=_apart(asked, told, threshold),
        p50=float(np.percentile(times, 50)),
        p99=float(np.percentile(times, 99)),
        build=build,
    )


def _thresholds(
    told: NDArray[np.float64], right: NDArray[np.bool_], members: int
) -> tuple[float, float, float]:
    """The threshold of the best F1, that F1, and the highest recall at which 99 of 100 answers are right."""
    order = np.argsort(-told, kind="stable")
    hits = np.cumsum(right[order])
    given = np.arange(1, len(told) + 1)
    precision, recall = hits / given, hits / members
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    at = int(f1.argmax())
    exact = recall[precision >= _PRECISE]
    return float(told[order][at]), float(f1[at]), float(exact.max()) if len(exact) else 0.0


def _apart(asked: Sequence[Question], told: Sequence[float], threshold: float) -> float:
    rates: dict[str, list[bool]] = {}
    for question, probability in zip(asked, told, strict=True):
        if question.truth is None:
            rates.setdefault(question.community, []).append(probability >= threshold)
    shares = [mean(alarms) for alarms in rates.values()]
    return max(shares) / min(shares) if min(shares) else float("inf")


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.register")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seeds", default="101,102,103")
    parser.add_argument("--culture", type=Path, default=ROOT / "packs" / "ke" / "names")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    console = Console(stderr=True)
    culture = Culture.read(arguments.culture)
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    found = [measure(seed, arguments.size, arguments.queries, culture, console) for seed in seeds]
    means = {name: mean(asdict(one)[name] for one in found) for name in asdict(found[0])}
    means["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if arguments.json:
        print(json.dumps({"seeds": [asdict(one) for one in found], "mean": means}))
        return 0
    out = Console()
    for line in this_machine().as_lines():
        out.print(f"- {line}")
    table = Table("figure", f"mean of seeds {arguments.seeds}, register of {arguments.size:,}")
    for name, value in means.items():
        table.add_row(name, f"{value:.4f}")
    out.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
