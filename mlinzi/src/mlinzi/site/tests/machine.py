"""Running our commands as a user would, on a machine folder of their own."""

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mlinzi.site.postgres import Cluster

OURS = ("MLINZI_", "DATABASE_URL", "DJANGO_", "PYTEST_")


def kept_up(state: Path) -> AbstractContextManager[Cluster]:
    """Keep a machine's database up between commands, each of which would else start and stop it."""
    state.mkdir(exist_ok=True, mode=0o711)
    return Cluster(state / "postgres").running()


def environment(state: Path, **more: str) -> dict[str, str]:
    """The environment of a user: nothing of this test run's database and settings is in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "MLINZI_STATE": str(state), **more}


def mlinzi(state: Path, *arguments: object, **more: str) -> tuple[int, str]:
    """Run `mlinzi …`; return the exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "mlinzi.site.cli", *map(str, arguments)],
        env=environment(state, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def story(state: Path, *arguments: str, **more: str) -> dict[str, Any]:
    """Run the story (see `story.py`); return what it found."""
    done = subprocess.run(
        [sys.executable, "-m", "mlinzi.site.tests.story", *arguments],
        env=environment(state, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found
