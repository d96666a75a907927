"""A program for the tests: it supervises the children that a JSON file describes, until a signal comes.

    python supervised.py plan.json [database folder]

The plan: {"name": {"argv": [...], "port": number or null}}. It prints what the supervisor says.
"""

import json
import os
import sys
from pathlib import Path

from rich.console import Console

from mlinzi.site.children import Child
from mlinzi.site.postgres import Cluster
from mlinzi.site.processes import Supervisor, signals_stop


def main(plan: Path, database: Cluster | None) -> int:
    """Supervise what `plan` says; return the exit code."""
    described = json.loads(plan.read_text())
    members = [
        Child(name, tuple(child["argv"]), dict(os.environ), None, child["port"])
        for name, child in described.items()
    ]
    console = Console(width=200)
    if database is not None:
        database.start()
        console.print(f"database process {database.pid}")
    supervisor = Supervisor(members, database, lambda: console.print("ALL ANSWER"), console)
    with signals_stop(supervisor):
        code = supervisor.keep_running()
    if database is not None:
        database.stop()
    return code


if __name__ == "__main__":
    given = sys.argv[2:]
    sys.exit(main(Path(sys.argv[1]), Cluster(Path(given[0])) if given else None))
