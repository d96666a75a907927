"""The `mlinzi` command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from django.db import OperationalError
from rich.console import Console
from rich.text import Text

from mlinzi.kernel.errors import MlinziError

Command = Callable[[argparse.Namespace, Console], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
DEFAULT_PACK = Path(__file__).parents[4] / "packs" / "ke"


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line, do it, and answer with an exit code. An error of ours is one sentence, not a
    traceback."""
    console = Console(stderr=False)
    arguments = parser().parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlinzi.site.settings")
    command: Command = arguments.command
    try:
        return command(arguments, console)
    except MlinziError as error:
        # As plain text in one line: a message may hold brackets, and others read what we say line by line.
        Console(stderr=True).print(Text("Stopped. ", "bold red").append(str(error), ""), soft_wrap=True)
        return 1
    except OperationalError:
        # Its own words are left out: they name host and user.
        sentence = "The database does not answer. Start its server, or look whether DATABASE_URL is right."
        Console(stderr=True).print(Text("Stopped. ", "bold red").append(sentence, ""), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped on your word.")
        return 130


def parser() -> argparse.ArgumentParser:
    """All commands with their options. Each command's work is a function in `site.commands`, imported when
    it is called."""
    top = argparse.ArgumentParser(
        prog="mlinzi", description="The house through which a report about a child travels."
    )
    commands = top.add_subparsers(required=True, metavar="command")
    _add_running(commands)
    _add_upkeep(commands)
    _add_saving(commands)
    _add_groups(commands)
    return top


def _add_running(commands: Commands) -> None:
    run = _add(commands, "run", "start everything and keep it running", "running.run")
    run.add_argument("--public-port", type=int, default=8000)
    run.add_argument("--staff-port", type=int, default=8001)
    run.add_argument("--provider-port", type=int, default=8002)
    run.add_argument("--pack", type=Path, default=DEFAULT_PACK, help="the country's folder of facts")
    run.add_argument("--reports", type=int, default=400, help="how many invented reports a demonstration has")
    run.add_argument("--empty", action="store_true", help="make a new installation without invented data")
    _add(commands, "worker", "run the worker (started by `mlinzi run`)", "running.worker")
    _add(commands, "sequencer", "run the sequencer (started by `mlinzi run`)", "running.sequencer")


def _add_upkeep(commands: Commands) -> None:
    _add(commands, "migrate", "bring tables, keys and roles up to date", "upkeep.migrate")
    check = _add(commands, "check", "say what is unsafe about this installation", "upkeep.check")
    check.add_argument("--json", action="store_true", help="for programs that watch")
    fsck = _add(commands, "fsck", "compare records, sealed files and the log", "upkeep.fsck")
    fsck.add_argument("--sweep", action="store_true", help="take away files that nothing names")
    fsck.add_argument("--yes", action="store_true", help="sweep without asking")
    invite = "invite the first person of an installation"
    first = _add(commands, "first-administrator", invite, "upkeep.first_administrator")
    first.add_argument("--name", required=True)
    first.add_argument("--email", required=True)
    first.add_argument("--organisation", required=True, help="the organisation's id in the pack")
    first.add_argument("--role", help="the role's id in the pack, where several roles may invite")


def _add_saving(commands: Commands) -> None:
    backup = _add(commands, "backup", "write everything into one sealed file", "saving.backup")
    backup.add_argument("file", type=Path)
    text = "make an installation from a backup and two recovery shares"
    restore = _add(commands, "restore", text, "saving.restore")
    restore.add_argument("file", type=Path)
    one = "a file with one share; give two"
    restore.add_argument("--share", type=Path, action="append", required=True, help=one)


def _add_groups(commands: Commands) -> None:
    pack = _group(commands, "pack", "check or load a country pack")
    check = _add(pack, "check", "check a pack without a database", "packing.check")
    load = _add(pack, "load", "load a pack; edits by people stay", "packing.load")
    for action in (check, load):
        action.add_argument("folder", type=Path)
    audit = _group(commands, "audit", "the audit log")
    _add(audit, "verify", "check every entry and every signed head", "upkeep.audit_verify")
    keys = _group(commands, "keys", "the keys of the processes")
    text = "give a process its next key; what is sealed stays readable"
    rotate = _add(keys, "rotate", text, "upkeep.rotate")
    rotate.add_argument("kind", choices=("intake", "records", "factor"))
    demo = _group(commands, "demo", "the invented nation")
    code = _add(demo, "code", "the second-factor code of an invented person, now", "demonstrating.code")
    code.add_argument("name")
    _add(demo, "people", "the invented people and how they sign in", "demonstrating.people")


def _group(commands: Commands, name: str, text: str) -> Commands:
    return commands.add_parser(name, help=text).add_subparsers(required=True, metavar="action")


def _add(commands: Commands, name: str, text: str, where: str) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=text, description=text)

    def call(arguments: argparse.Namespace, console: Console) -> int:
        from importlib import import_module

        module, _, function = where.partition(".")
        work: Command = getattr(import_module(f"mlinzi.site.commands.{module}"), function)
        return work(arguments, console)

    added.set_defaults(command=call)
    return added


if __name__ == "__main__":
    sys.exit(main())
