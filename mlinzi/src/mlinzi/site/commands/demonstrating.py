"""`mlinzi demo …`: only for a database that was made as a demonstration."""

import argparse

from rich.console import Console
from rich.table import Table

from mlinzi.kernel.errors import Refused
from mlinzi.site.environment import state_folder
from mlinzi.site.installing import owner_connection


def code(arguments: argparse.Namespace, console: Console) -> int:
    """Print the current second-factor code of an invented person."""
    with owner_connection(state_folder()):
        from mlinzi.access import reads
        from mlinzi.site.demo.cast import person_called

        console.print(reads.current_code(person_called(arguments.name)))
    return 0


def people(_arguments: argparse.Namespace, console: Console) -> int:
    """List the invented people with their roles."""
    with owner_connection(state_folder()):
        from mlinzi.directory import reads as directory
        from mlinzi.site.demo.cast import PASSWORD, cast_list

        if not directory.is_demonstration():
            raise Refused(["This is not a demonstration; its people are real and sign in by themselves."])
        table = Table("name", "e-mail", "role", "organisation", "area")
        for row in cast_list():
            table.add_row(*row)
        console.print(table)
        console.print(f"Password of all: {PASSWORD}   Second factor: mlinzi demo code NAME")
    return 0
