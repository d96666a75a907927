"""`kinga names`: look for people in a register under the names people really write."""

import argparse
import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track

from kinga import files
from kinga.cli import Fault, say
from kinga.namematch import (
    PURPOSES,
    Answer,
    BadIndex,
    Culture,
    Index,
    NameMatchError,
    Person,
    Screener,
    Weights,
    explain,
    read_lines,
)

HELP = "Look for people in a register; answer with probabilities."
DONE = 0
T = TypeVar("T")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the one word that may follow, and its arguments."""
    below = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    screen = below.add_parser("screen", help="Answer each question of a file from a register.")
    screen.add_argument(
        "--register", type=Path, required=True, metavar="REGISTER.jsonl", help="one entry a line"
    )
    screen.add_argument(
        "--queries", type=Path, required=True, metavar="QUERIES.jsonl", help="one question a line"
    )
    screen.add_argument(
        "--out", type=Path, required=True, metavar="RESULTS.jsonl", help="replaced when all is done"
    )
    screen.add_argument("--purpose", choices=PURPOSES, default="report",
                        help="vetting: hardly anybody asked about is listed; report (default): as likely as "
                        "not")  # fmt: skip
    screen.add_argument("--explain", action="store_true", help="add the waterfall of every hit")
    screen.add_argument("--culture", type=Path, metavar="FOLDER", help="what a country knows about its names")
    screen.add_argument(
        "--index", type=Path, metavar="FILE", help="open the index there, or build it and keep it there"
    )
    screen.add_argument("--weights", type=Path, metavar="FILE", help="weights of your own, in JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read all, ask all, and only then give the results their name.

    Raises:
        Fault: something given cannot be used.
    """
    try:
        culture = Culture.read(arguments.culture) if arguments.culture else Culture.plain()
        weights = Weights.read(arguments.weights) if arguments.weights else Weights.standard()
        if arguments.culture is None:
            say("No --culture was given: names are compared by rules that belong to no country.")
        questions = list(read_lines(arguments.queries, "qid", culture, say))
        screener = Screener(_index(arguments.register, arguments.index, culture), weights)
        with files.appearing(arguments.out, mode=0o600, replace=True) as file:
            for qid, person in _watched(questions, "Asking", len(questions)):
                file.write(_line(qid, person, screener, arguments))
    except NameMatchError as fault:
        raise Fault(str(fault)) from None
    except OSError as fault:
        raise Fault(f"{fault.filename}: {fault.strerror}. Name a file that can be used.") from None
    return DONE


def _line(qid: str, person: Person, screener: Screener, arguments: argparse.Namespace) -> bytes:
    begun = time.perf_counter()
    answer = screener.screen(person, arguments.purpose)
    took = (time.perf_counter() - begun) * 1000
    found: dict[str, Any] = {"qid": qid, "ms": round(took, 3)}
    found["hits"] = [[hit.id, round(hit.probability, 9)] for hit in answer.hits]
    if arguments.explain:
        found |= {
            "nobody": round(answer.nobody, 9),
            "band": answer.band,
            "waterfalls": _waterfalls(answer, screener),
        }
    return json.dumps(found, ensure_ascii=False).encode() + b"\n"


def _waterfalls(answer: Answer, screener: Screener) -> list[dict[str, Any]]:
    return [
        {
            "id": fall.id,
            "log_odds": fall.log_odds,
            "lines": [
                {"field": line.field, "level": line.level, "bits": line.bits, "sentence": line.sentence}
                for line in fall.lines
            ],
        }
        for fall in explain(answer, screener)
    ]


def _index(register: Path, file: Path | None, culture: Culture) -> Index:
    digest = ""
    if file is not None:
        with register.open("rb") as held:
            digest = hashlib.file_digest(held, "sha256").hexdigest()
        if file.exists():
            try:
                return Index.open(file, culture, register_digest=digest)
            except BadIndex as fault:
                say(f"{fault} It is built anew now.")
    entries = read_lines(register, "id", culture, say)
    index = Index.build(_watched(entries, "Reading the register", None), culture)
    if file is not None:
        index.save(file, register_digest=digest)
    return index


def _watched(things: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    console = Console(stderr=True)
    yield from track(things, what, total, console=console, disable=not console.is_terminal, transient=True)
