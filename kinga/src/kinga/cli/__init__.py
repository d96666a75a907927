"""The `kinga` command: each module of this folder is one word after it, and only that module is loaded.

A module offers `HELP`, one line; `configure(parser)`, which adds its arguments; and `run(arguments)`, which
returns the exit code: 0 done, 1 done but not as wanted (the module's text says which), 2 the call or its
input is at fault, 3 something it needs is not installed.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

__all__ = ["Command", "Fault", "bar", "commands", "main", "say"]

FAULT = 2
NOT_INSTALLED = 3


class Fault(Exception):
    """What stops a command, in words for the person who called it: what is wrong, where, and what to do."""


class Command(Protocol):
    """What a module of this folder offers."""

    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of this command to `parser`."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit code.

        Raises:
            Fault: the call or its input is at fault; printed without a traceback.
        """


def say(what: str) -> None:
    """Say something to the person at the terminal, beside what the command answers."""
    print(f"kinga: {what}", file=sys.stderr)  # noqa: T201 - a command speaks to its terminal


def bar(amount: "ProgressColumn") -> "Progress":
    """A bar beside what the command answers: how far it is, in which `amount`; it goes away at the end."""
    # Only here: what a command needs is loaded with that command.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def commands() -> tuple[str, ...]:
    """The words that may follow `kinga`, in the order of the alphabet."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


def _command(name: str) -> Command:
    return cast("Command", importlib.import_module(f"{__name__}.{name}"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `kinga ARGV` (by default the words of the command line) and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="kinga", description="Tools that protect children online.")
    known = commands()
    below = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = [word for word in words[:1] if word in known] or known
    try:
        for name in asked:
            try:
                command = _command(name)
            except ModuleNotFoundError as missing:
                if len(asked) == 1:
                    raise
                below.add_parser(name, help=f"needs {missing.name}, which is not installed")
                continue
            command.configure(below.add_parser(name, help=command.HELP, description=command.HELP))
        arguments = parser.parse_args(words)
        return _command(arguments.command).run(arguments)
    except Fault as fault:
        say(str(fault))
        return FAULT
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] == "kinga":
            raise
        say(
            f"{missing.name} is not installed. Install kinga with the extra that this command needs; "
            "its README names them."
        )
        return NOT_INSTALLED
    except BrokenPipeError:
        return 0
