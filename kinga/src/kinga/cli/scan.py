"""`kinga scan`: look for known files below a folder."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import MofNCompleteColumn

from kinga import files
from kinga.cli import Fault, bar, say
from kinga.cli.lists import entries
from kinga.hashlists import HashListError, Kind, Remark, format_of
from kinga.hashmatch import Algorithm, BadEntry, Digest, Entry, ListInfo, MatchIndex
from kinga.hashmatch.pictures import Mode
from kinga.scan import (
    AnotherScan,
    CannotStart,
    Journal,
    Known,
    Limits,
    lines_of,
    look_at,
    page,
    settings_of,
    tally_of,
    walk,
)

HELP = "Look for known files below a folder. Exit code 1: some are in a list; 2: some could not be read."
_AT_ONCE = 50_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="a folder, or one file")
    add("--list", type=Path, action="append", required=True, metavar="LIST", dest="lists",
        help="a list of hashes, see `kinga lists`; may be given again")  # fmt: skip
    add("--kind", choices=[kind for kind in Kind if kind is not Kind.PHOTODNA],
        help="of digests that stand alone in plain text")  # fmt: skip
    add(
        "--out",
        type=Path,
        default=Path("scan"),
        metavar="FOLDER",
        help="results; the same scan goes on there",
    )
    add("--radius", type=int, default=31, help="bits in which two pictures may differ, 0 to 63 (31)")
    add("--mode", choices=list(Mode), default=Mode.SCREENING, help="screening (default) is faster")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes that look at files")
    add("--seconds", type=float, default=60.0, help="for one file (60)")
    add("--report-to", metavar="URL", help="after a person has confirmed it, report what was found there")
    add("--reporter", metavar="EMAIL", help="of whoever answers for the report")
    add("--incident", metavar="TYPE", default="child_pornography",
        help="the report's type, by the format's own name (child_pornography)")  # fmt: skip
    add("--credentials", type=Path, metavar="PATH", help="see `kinga report`")
    add("--memory", type=int, default=4096, metavar="MIB", help="of each of these processes (4096)")


def run(arguments: argparse.Namespace) -> int:
    """Read the lists, look at every file, write journal and page; see HELP. Raises Fault."""
    if not arguments.path.exists():
        raise Fault(f"{arguments.path} is not there.")
    if not 0 <= arguments.radius <= 63 or arguments.workers < 1 or arguments.seconds <= 0:
        raise Fault("A radius is 0 to 63, there is at least one worker, and a file has more than no time.")
    if arguments.report_to and not arguments.reporter:
        raise Fault("Give --reporter EMAIL: somebody has to answer for the report.")
    arguments.out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="kinga-scan-"))
    try:
        index = _index(arguments, folder)
        _scan(arguments, index)
    except (AnotherScan, CannotStart) as fault:
        raise Fault(str(fault)) from None
    except OSError as fault:
        raise Fault(f"{fault.filename}: {fault.strerror}.") from None
    finally:
        shutil.rmtree(folder)
    code = _told(arguments)
    if arguments.report_to and code == 1:
        _report(arguments)
    return code


def _report(arguments: argparse.Namespace) -> None:
    """Ask a person, then send what was found. What is sent already is not sent again."""
    # Only here, since it needs an extra that a scan alone does without.
    from kinga.cli.report import credentials_of, send_and_say
    from kinga.cybertip import IncidentType
    from kinga.scan.reporting import prepared

    kept = arguments.out / "report.xml"
    made = prepared(
        lines_of(arguments.out / "results.jsonl"),
        email=arguments.reporter,
        incident=IncidentType[arguments.incident.upper()],
        now=datetime.now(UTC),
    )
    if not kept.exists():
        files.write_whole(kept, made.document, mode=0o600)
    number = len(made.attachments)
    if not sys.stdin.isatty():
        raise Fault("A person at a terminal confirms a report. Run this there; nothing is scanned twice.")
    asked = f"{number} files would go with a report to {arguments.report_to}. Type {number} to send them: "
    if input(asked).strip() != str(number):
        say("Nothing was sent.")
        return
    send_and_say(
        arguments.report_to,
        credentials_of(arguments.credentials),
        kept.read_bytes(),
        made.attachments,
        arguments.out / "report.state.json",
    )


def _index(arguments: argparse.Namespace, folder: Path) -> MatchIndex:
    """All lists in one index, which lies in a folder for the time of the scan."""
    index = MatchIndex(folder)
    kind = Kind(arguments.kind) if arguments.kind else None
    names: set[str] = set()
    for path in arguments.lists:
        if path.name in names:
            raise Fault(f"Two lists are called {path.name}; give them different names.")
        names.add(path.name)
        index.declare(ListInfo(path.name, owner=path.name, radius=arguments.radius))
        remarks: list[Remark] = []
        held: list[Entry] = []
        try:
            for number, listed in enumerate(entries(path, format_of(path), remarks.append, kind), 1):
                name = listed.id or str(number)
                said = f"{listed.classification} ({listed.scheme})" if listed.classification else ""
                held += [
                    Entry(path.name, name, Digest(Algorithm(mark.kind.value), mark.value), said)
                    for mark in listed.marks
                    if not listed.gone and mark.kind is not Kind.PHOTODNA
                ]
                if len(held) >= _AT_ONCE:
                    index.add(held)
                    held = []
            index.add(held)
        except (HashListError, BadEntry) as fault:
            raise Fault(f"{path}: {fault}") from None
        if remarks:
            say(f"{path}: {len(remarks)} remarks; see `kinga lists check`.")
    index.merge()
    if not len(index):
        raise Fault("The lists hold no digest that can be compared here (PDQ, MD5, SHA-1, SHA-256).")
    return index


def _scan(arguments: argparse.Namespace, index: MatchIndex) -> None:
    chosen = {"radius": arguments.radius, "mode": str(arguments.mode), "kind": arguments.kind}
    settings = settings_of(arguments.path, arguments.lists, **chosen)
    journal = Journal(arguments.out / "results.jsonl", settings)
    try:
        known: dict[str, Known] = {}
        total = sum(1 for _ in walk(str(arguments.path)))

        def waiting() -> Iterator[str]:
            for found in walk(str(arguments.path)):
                if not isinstance(found, Known):
                    one = Known(found.path, 0, 0)
                    if one not in journal.done:
                        journal.add(one, {"unread": found.why})
                    shown.advance(task)
                elif found in journal.done:
                    shown.advance(task)
                else:
                    known[found.path] = found
                    yield found.path

        with bar(MofNCompleteColumn()) as shown:
            task = shown.add_task("Looking", total=total)
            limits = Limits(arguments.memory << 20, arguments.seconds)
            for path, found in look_at(
                waiting(), workers=arguments.workers, limits=limits, mode=str(arguments.mode)
            ):
                journal.add(known.pop(path), _matched(index, found))
                shown.advance(task)
    finally:
        journal.close()


def _matched(index: MatchIndex, found: dict[str, Any]) -> dict[str, Any]:
    """What is kept about a file: its exact digests, and its hits with their reasons."""
    if "unread" in found:
        return {"unread": found["unread"]}
    digests = [Digest.from_hex(Algorithm(name), text) for name, text in found["digests"]]
    hits = [
        {
            "list": hit.list,
            "entry": hit.entry,
            "distance": hit.distance,
            "rotation": hit.rotation,
            "provenance": hit.provenance,
            "reason": hit.reason,
        }
        for hit in index.look_up(digests)
    ]
    first = dict(reversed(found["digests"]))
    return {**first, "quality": found["quality"], "refusal": found["refusal"], "hits": hits}


def _told(arguments: argparse.Namespace) -> int:
    tally = tally_of(lines_of(arguments.out / "results.jsonl"))
    shown = page(tally, str(arguments.path), [path.name for path in arguments.lists])
    target = arguments.out / "summary.html"
    files.write_whole(target, shown.encode(), mode=0o600, replace=True)
    unread = sum(tally.unread.values())
    print(  # noqa: T201 - a command speaks to its terminal
        f"{tally.files} files, {tally.matched} in a list, {unread} not looked at. See {target}."
    )
    return 1 if tally.matched else 2 if unread else 0
