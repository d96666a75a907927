"""`kinga report`: send one report and its files to a receiver, and go on where it stopped."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import DownloadColumn

from kinga import files
from kinga.cli import Fault, bar
from kinga.cybertip import CyberTipError, FileDetails, Profile, Report, build, check, from_json, parse
from kinga.cybertip.client import Client, Credentials, Refused, Unreachable, Unreconciled, credentials_from
from kinga.cybertip.sending import Attachment, State, send

HELP = "Send a report (XML or JSON) and its files to a receiver. Exit code 1: it was not taken."
_USER, _PASSWORD = "KINGA_REPORT_USER", "KINGA_REPORT_PASSWORD"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--to", required=True, metavar="URL", help="the receiver, such as https://…/ispws")
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="PATH",
        help=f"two lines, user and password, readable by you alone; else {_USER} and {_PASSWORD} are read",
    )
    parser.add_argument("--state", type=Path, metavar="PATH", help="how far it came (REPORT.state.json)")
    parser.add_argument("report", type=Path, metavar="REPORT", help="the report, .xml or .json")
    parser.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help="uploaded, with FILE.details.xml if there is one"
    )


def run(arguments: argparse.Namespace) -> int:
    """Send; see HELP."""
    report = _report(arguments.report)
    attachments = [Attachment(path, _details(path)) for path in arguments.files]
    state_path = arguments.state or arguments.report.with_name(f"{arguments.report.name}.state.json")
    return send_and_say(arguments.to, credentials_of(arguments.credentials), report, attachments, state_path)


def send_and_say(
    to: str, credentials: Credentials, report: bytes, attachments: Sequence[Attachment], state: Path
) -> int:
    """Send, say how it went, and return the exit code. Raises Fault for what cannot be sent as it is."""
    try:
        with Client(to, credentials) as client, bar(DownloadColumn()) as shown:
            tasks = {
                one.path.name: shown.add_task(one.path.name, total=one.path.stat().st_size)
                for one in attachments
            }

            def told(name: str, done: int) -> None:
                shown.update(tasks[name], completed=done)

            sent = send(client, report, attachments, state, tell=_tell, sent=told)
    except (Refused, Unreachable, Unreconciled) as stopped:
        _say(f"Not finished: {stopped} Run the same command to go on; it repeats nothing that is done.")
        return 1
    except (CyberTipError, ValueError, OSError) as wrong:
        raise Fault(str(wrong)) from None
    _say(_told(sent))
    return 0


def _report(path: Path) -> bytes:
    try:
        if path.suffix == ".json":
            document = from_json(json.loads(path.read_bytes()), Report, profile=Profile.STRICT).document
        else:
            document = parse(path.read_bytes(), Report, profile=Profile.STRICT).document
        return build(document)
    except (OSError, ValueError) as wrong:
        raise Fault(f"{path}: {wrong}") from None


def _details(path: Path) -> FileDetails | None:
    if not path.is_file():
        raise Fault(f"{path} is no file.")
    beside = path.with_name(f"{path.name}.details.xml")
    if not beside.exists():
        return None
    try:
        details = parse(beside.read_bytes(), FileDetails, profile=Profile.STRICT).document
    except (OSError, ValueError) as wrong:
        raise Fault(f"{beside}: {wrong}") from None
    if broken := check(details):
        raise Fault(f"{beside}: {broken[0]}")
    return details


def credentials_of(path: Path | None) -> Credentials:
    """From a private file, or from the environment. Raises Fault."""
    if path is not None:
        try:
            return credentials_from(files.read_private(path).decode(), path)
        except (CyberTipError, ValueError, OSError) as wrong:
            raise Fault(str(wrong)) from None
    user, password = os.environ.get(_USER), os.environ.get(_PASSWORD)
    if not user or not password:
        raise Fault(f"No credentials. Set {_USER} and {_PASSWORD}, or give --credentials PATH.")
    return Credentials(user, password)


def _told(state: State) -> str:
    return f"Taken: report {state.report_id}, {len(state.uploaded)} files, {len(state.described)} described."


def _tell(step: str) -> None:
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command speaks to its terminal
