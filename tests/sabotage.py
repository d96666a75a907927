"""Take each control away in turn and see that a test turns red: `.venv/bin/python -m tests.sabotage [name
…]`.

A control whose loss no test notices is a wish. Each sabotage is a small replacement in a copy of the
sources; the
named tests run against the copy and must fail. A replacement that no longer fits is an error too: then the
code
has moved and the sabotage has to move with it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
COPIED = (
    "kinga",
    "mlinzi",
    "packs",
    "tests",
    "docs",
    "conftest.py",
    "pyproject.toml",
    ".importlinter",
    "bench",
)


@dataclass(frozen=True)
class Sabotage:
    """What is taken away: in `file`, `control` is replaced by `instead`; `tests` must then fail."""

    name: str
    file: str
    control: str
    instead: str
    tests: str


@dataclass(frozen=True)
class Seen:
    """What happened: `red` when the tests noticed, else why not."""

    sabotage: Sabotage
    red: bool
    why: str


def run(sabotage: Sabotage, folder: Path, database_url: str) -> Seen:
    """Apply one sabotage to a fresh copy and run its tests against a database of their own."""
    house = folder / sabotage.name
    house.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, house / name, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache")
            )
        elif source.exists():
            shutil.copy(source, house / name)
    target = house / sabotage.file
    text = target.read_text()
    if text.count(sabotage.control) != 1:
        return Seen(
            sabotage, False, f"the control stands {text.count(sabotage.control)} times in {sabotage.file}"
        )
    target.write_text(text.replace(sabotage.control, sabotage.instead))
    # The editable installation points at the checkout; the copy must come first.
    path = os.pathsep.join([str(house), str(house / "kinga" / "src"), str(house / "mlinzi" / "src")])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *sabotage.tests.split()],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "DATABASE_URL": database_url,
            "MLINZI_STATE": str(house / "state"),
        },
    )
    shutil.rmtree(house, ignore_errors=True)
    if done.returncode == 1 and "failed" in done.stdout:
        return Seen(sabotage, True, "")
    return Seen(
        sabotage, False, (done.stdout + done.stderr).strip().splitlines()[-1] if done.stdout else "no output"
    )


def main(names: list[str]) -> int:
    """Run the sabotages named, or all; a table at the end; exit code 1 when one went unseen."""
    from mlinzi.site.postgres import Cluster
    from tests.sabotages import SABOTAGES

    console = Console()
    chosen = [s for s in SABOTAGES if not names or s.name in names]
    with (
        tempfile.TemporaryDirectory(prefix="mlinzi-sabotage-") as place,
        Cluster(Path(place) / "postgres", durable=False).running() as cluster,
        ThreadPoolExecutor(2) as pool,
    ):
        urls = [cluster.owner_url.replace("/mlinzi?", f"/sabotage{at}?") for at in range(len(chosen))]
        _make_databases(cluster.owner_url, len(chosen))
        seen = list(pool.map(lambda pair: run(pair[0], Path(place), pair[1]), zip(chosen, urls, strict=True)))
    table = Table("control taken away", "seen", "why not")
    for one in seen:
        table.add_row(one.sabotage.name, "[green]red[/]" if one.red else "[bold red]UNSEEN[/]", one.why)
    console.print(table)
    unseen = sum(not one.red for one in seen)
    console.print(f"{len(seen) - unseen} of {len(seen)} sabotages were noticed.")
    return 1 if unseen else 0


def _make_databases(owner_url: str, count: int) -> None:
    import psycopg

    with psycopg.connect(owner_url, autocommit=True) as connection:
        for at in range(count):
            connection.execute(f"CREATE DATABASE sabotage{at}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
