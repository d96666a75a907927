"""The six import contracts hold, and each one catches what it is there for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# (file, a line that must not stand there, the contract that catches it)
OFFENCES = [
    ("mlinzi/intake/acts/words.py", "from mlinzi.casework import rules as stolen", "The staircase"),
    ("mlinzi/kernel/ids.py", "from mlinzi.access import rules as stolen", "The staircase"),
    ("mlinzi/deadlines/rules.py", "from mlinzi.messaging import rules as stolen", "The staircase"),
    ("mlinzi/basement/__init__.py", '"""A room that has no place on the staircase."""', "The staircase"),
    ("mlinzi/access/reads.py", "from mlinzi.access import acts as stolen", "Inside a room"),
    ("mlinzi/intake/acts/words.py", "from mlinzi.vault import models as stolen", "The doors"),
    ("mlinzi/casework/rules/work.py", "import django as stolen", "Rules are plain"),
    ("kinga/envelope/keys.py", "import django as stolen", "The cores are free"),
    ("kinga/envelope/keys.py", "import kinga.auditlog as stolen", "The cores stand alone"),
]


def house(folder: Path) -> Path:
    """A copy of the house that may be spoiled."""
    for source in ("kinga/src/kinga", "mlinzi/src/mlinzi"):
        ignored = shutil.ignore_patterns("__pycache__", "templates", "static", "locale", "*.mo")
        shutil.copytree(ROOT / source, folder / Path(source).name, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return house(tmp_path_factory.mktemp("house"))


def test_the_house_keeps_all_of_them(copied: Path) -> None:
    code, said = lint(copied)
    assert code == 0, said
    assert "7 kept, 0 broken" in said


@pytest.mark.parametrize(("file", "line", "contract"), OFFENCES)
def test_each_offence_is_caught(copied: Path, file: str, line: str, contract: str) -> None:
    target = copied / file
    before = target.read_text() if target.exists() else None
    target.parent.mkdir(exist_ok=True)
    target.write_text(f"{before or ''}\n{line}\n")
    try:
        code, said = lint(copied)
    finally:
        if before is None:
            shutil.rmtree(target.parent)
        else:
            target.write_text(before)
    assert code != 0
    broken = [row for row in said.splitlines() if row.rstrip().endswith("BROKEN")]
    assert [contract in row for row in broken] == [True], said
