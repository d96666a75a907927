"""`kinga lists`: look at a list of hashes, or bring it into another format."""

import argparse
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from rich.progress import DownloadColumn

from kinga import files
from kinga.cli import Fault, bar, say
from kinga.hashlists import Format, HashListError, Kind, Listed, Remark, format_of, lost, read, write

HELP = "Look at a list of hashes, or bring it into another format. Exit code 1: done, with remarks."
SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two words that may follow, and their arguments."""
    below = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    check = below.add_parser("check", help="Read a list to its end and say what is in it.")
    convert = below.add_parser(
        "convert", help="Write a list in another format; a broken list changes nothing."
    )
    for each in (check, convert):
        each.add_argument("list", type=Path, metavar="LIST")
        each.add_argument("--from", dest="form", choices=list(Format), metavar="FORMAT",
                          help=f"{', '.join(Format)}; else the name's ending tells")  # fmt: skip
        each.add_argument("--kind", choices=[kind for kind in Kind if kind is not Kind.PHOTODNA],
                          help="of digests that stand alone in plain text")  # fmt: skip
    convert.add_argument("target", type=Path, metavar="TARGET", help="must not exist yet")
    convert.add_argument(
        "--to", choices=list(Format), metavar="FORMAT", help="else the target's ending tells"
    )
    convert.add_argument("--profile", default="Default", choices=["US", "UK", "Default"],
                         help="of VICS 2.0: the country whose categories the list uses")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Read all of it; see HELP. Raises Fault."""
    remarks: list[Remark] = []
    try:
        if arguments.what == "check":
            _check(arguments, remarks)
        else:
            _convert(arguments, remarks)
    except HashListError as fault:
        raise Fault(f"{arguments.list}: {fault}") from None
    except OSError as fault:
        raise Fault(f"{fault.filename}: {fault.strerror}. Name a file that can be used.") from None
    for remark in remarks[:SHOWN]:
        say(f"{arguments.list}: {remark}")
    if len(remarks) > SHOWN:
        say(f"… and {len(remarks) - SHOWN} remarks more.")
    return 1 if remarks else 0


def entries(path: Path, form: Format, tell: Callable[[Remark], None], kind: Kind | None) -> Iterator[Listed]:
    """The entries of a file, with a bar that shows how far it is read."""
    with path.open("rb") as file, bar(DownloadColumn()) as shown:
        task = shown.add_task(path.name, total=os.fstat(file.fileno()).st_size)
        for number, entry in enumerate(read(file, form, tell, kind=kind)):
            if number % 1000 == 0:
                shown.update(task, completed=file.tell())
            yield entry


def _given(arguments: argparse.Namespace) -> tuple[Format, Kind | None]:
    form = Format(arguments.form) if arguments.form else format_of(arguments.list)
    return form, Kind(arguments.kind) if arguments.kind else None


def _check(arguments: argparse.Namespace, remarks: list[Remark]) -> None:
    form, kind = _given(arguments)
    count, marks, gone, labels = 0, Counter[str](), 0, Counter[str]()
    for entry in entries(arguments.list, form, remarks.append, kind):
        count += 1
        gone += entry.gone
        marks.update(mark.kind.value for mark in entry.marks)
        labels[f"{entry.classification} ({entry.scheme})" if entry.classification else "none"] += 1
    print(f"{count} entries, {gone} of them taken out")  # noqa: T201 - a command speaks to its terminal
    for title, counted in (("digests", marks), ("classification", labels)):
        for name, number in sorted(counted.items()):
            print(f"  {title} {name}: {number}")  # noqa: T201 - a command speaks to its terminal


def _convert(arguments: argparse.Namespace, remarks: list[Remark]) -> None:
    form, kind = _given(arguments)
    to = Format(arguments.to) if arguments.to else format_of(arguments.target)
    missing = Counter[str]()

    def watched() -> Iterator[Listed]:
        for entry in entries(arguments.list, form, remarks.append, kind):
            missing.update(lost(entry, to, profile=arguments.profile))
            yield entry

    with _appearing(arguments.target) as file:
        count = write(watched(), file, to, profile=arguments.profile)
    remarks += [
        Remark(f"{number} entries", f"{to} has no place for: {name}") for name, number in missing.items()
    ]
    print(f"{count} entries written to {arguments.target}")  # noqa: T201 - a command speaks to its terminal


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it is written, and never takes another's."""
    taken = Fault(f"{target} exists already. Take it away or name another target.")
    if target.exists():
        raise taken
    try:
        with files.appearing(target) as file:
            yield file
    except FileExistsError:
        raise taken from None
