"""`mlinzi pack check|load`."""

import argparse

from rich.console import Console
from rich.table import Table

from mlinzi.site.environment import state_folder
from mlinzi.site.packs.checks import check_pack
from mlinzi.site.packs.reading import read_pack


def check(arguments: argparse.Namespace, console: Console) -> int:
    """Check a pack and list every problem with its place and what to do."""
    import django

    django.setup()
    from mlinzi.site.actions import all_actions

    problems = check_pack(arguments.folder, actions=all_actions())
    if not problems:
        console.print(f"The pack {arguments.folder.name} is in order.")
        return 0
    table = Table("file", "place", "what is wrong", "what to do", title=f"{len(problems)} problems")
    for problem in problems:
        table.add_row(problem.file, problem.place, problem.wrong, problem.to_do)
    console.print(table)
    return 1


def load(arguments: argparse.Namespace, console: Console) -> int:
    """Load a pack that passes the check; say what was added, changed, and kept because a person had edited
    it."""
    from mlinzi.site.installing import OWNER, owner_connection

    if check(arguments, console):
        return 1
    with owner_connection(state_folder()):
        from mlinzi.kernel.clock import now
        from mlinzi.site.packs.loading import load_pack

        loaded = load_pack(read_pack(arguments.folder), by=OWNER, now=now())
    table = Table("kind", "added", "changed", "unchanged", "kept")
    for kind, rows in loaded.kinds.items():
        table.add_row(
            kind, *(str(n) for n in (len(rows.added), len(rows.changed), rows.unchanged, len(rows.kept)))
        )
    console.print(table)
    for pack_id in loaded.total.kept:
        console.print(f"Kept as a person had edited it: {pack_id}")
    return 0
