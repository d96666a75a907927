"""An installation of our own, made for a measurement and thrown away: founded, run, looked at, ended."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from bench.machine import ROOT

PACK = ROOT / "packs" / "xx"
_START_LIMIT = 120.0
_END_LIMIT = 30.0


class Trouble(Exception):
    """The harness itself could not do its work; nothing was measured."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class Installation:
    """A state folder with everything in it, and the `mlinzi run` that keeps it running."""

    def __init__(self, folder: Path, pack: Path = PACK) -> None:
        self.pack = pack
        self.state = folder / "state"
        self.log = folder / "log"
        self.public_port, self.staff_port = free_port(), free_port()
        self.provider_port = free_port()
        self.owner_url = ""
        self._run: subprocess.Popen[bytes] | None = None

    # -- making and running --------------------------------------------------------------------------------

    def found(self, *, reports: int = 0) -> list[str]:
        """Make it, with the pack's invented organisations and people and so many invented reports.

        Returns first names: the people who refer, then those who receive.
        """
        os.environ["MLINZI_STATE"] = str(self.state)
        os.environ["DJANGO_SETTINGS_MODULE"] = "mlinzi.site.settings"
        from mlinzi.site.installing import OWNER, migrate, owner_connection

        self.state.mkdir(mode=0o711)
        with owner_connection(self.state) as self.owner_url:
            from mlinzi.directory.acts import create_deployment
            from mlinzi.kernel.clock import now
            from mlinzi.site.demo.cast import load_cast
            from mlinzi.site.demo.nation import load_nation
            from mlinzi.site.packs.loading import load_pack
            from mlinzi.site.packs.reading import read_pack

            migrate(self.state, self.owner_url, lambda _: None)
            pack = read_pack(self.pack)
            load_pack(pack, by=OWNER, now=now())
            create_deployment(pack.manifest.id, demonstration=True, by=OWNER, now=now())
            if reports:
                load_nation(pack, say=lambda _: None, reports=reports)
            else:
                load_cast(pack, now=now())
        people = [(p.role, p.name.split()[0]) for p in pack.demo.people]
        return [name for role in ("listener", "warden", "healer") for who, name in people if who == role]

    def start(self) -> None:
        """Start everything with `mlinzi run` and wait until both sites answer. Raises `Trouble`."""
        ports = (
            "--public-port",
            str(self.public_port),
            "--staff-port",
            str(self.staff_port),
            "--provider-port",
            str(self.provider_port),
        )
        with self.log.open("ab") as log:
            self._run = subprocess.Popen(
                self._command("run", "--empty", "--pack", str(self.pack), *ports),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_LIMIT
        while not all(self.answers(site) for site in ("public", "staff", "provider")):
            if self._run.poll() is not None or time.monotonic() > deadline:
                raise Trouble(f"`mlinzi run` did not come up. {self.last_words()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._run is None or self._run.poll() is not None:
            return
        self._run.send_signal(signal.SIGINT)
        try:
            self._run.wait(_END_LIMIT)
        except subprocess.TimeoutExpired:
            self._run.kill()
            self._run.wait()

    def running(self) -> bool:
        """Whether the supervisor lives."""
        return self._run is not None and self._run.poll() is None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Call one of the house's own commands on this installation."""
        return subprocess.run(self._command(*words), capture_output=True, text=True, check=False)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mlinzi.site.cli", *words]

    def last_words(self, lines: int = 12) -> str:
        """The end of what the supervisor said."""
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(said.splitlines()[-lines:])

    # -- who is who ----------------------------------------------------------------------------------------

    def process(self, name: str) -> int | None:
        """The process that `mlinzi run` started under this name; None while there is none."""
        return next(iter(_children(self._run.pid, name)), None) if self._run else None

    def answering(self, name: str) -> int | None:
        """The process that a site's server has forked and that answers; None while there is none."""
        main = self.process(name)
        return next(iter(_children(main, name)), None) if main else None

    def serving(self, name: str) -> list[int]:
        """All processes that a site's server has forked and that answer."""
        main = self.process(name)
        return list(_children(main, name)) if main else []

    def postgres(self) -> list[int]:
        """The database's processes, its main process first."""
        from mlinzi.site import pg_remains

        data = self.state / "postgres" / "data"
        main = pg_remains.postmaster(data)
        return [main, *(pid for pid in pg_remains.orphans(data) if pid != main)] if main else []

    def processor_seconds(self) -> dict[str, float]:
        """Seconds of a processor that each process has used so far; 0 for one that is not there. Ended
        backends of the database are not counted."""
        everybody: dict[str, list[int | None]] = {"postgresql": list(self.postgres())}
        everybody |= {site: [self.process(site), *self.serving(site)] for site in ("public", "staff")}
        everybody |= {name: [self.process(name)] for name in ("worker", "sequencer")}
        return {name: sum(_used(pid) for pid in pids if pid) for name, pids in everybody.items()}

    # -- how it is -----------------------------------------------------------------------------------------

    def answers(self, site: str) -> bool:
        """Whether a site answers its health page, which asks the database, within a second."""
        from bench.browser import Browser, NoAnswer

        places = {
            "staff": ("localhost", self.staff_port),
            "public": ("127.0.0.1", self.public_port),
            "provider": ("127.0.0.1", self.provider_port),
        }
        host, port = places[site]
        try:
            return Browser(host, port, timeout=1.0).ask("GET", "/health").status == 200
        except NoAnswer:
            return False

    def one(self, query: str, *values: object) -> object:
        """The first value that the database gives to a question of its owner; None while it is away."""
        try:
            with psycopg.connect(self.owner_url, connect_timeout=2, autocommit=True) as connection:
                row = connection.execute(query.encode(), values).fetchone()
        except psycopg.Error:
            return None
        return row[0] if row else None


def _children(parent: int, process: str) -> Iterator[int]:
    """The child processes of `parent` that work as `process`. Linux only."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent_of(entry) == parent:
            pid = int(entry.name)
            if _environment(pid).get("MLINZI_PROCESS") == process:
                yield pid


def _parent_of(entry: Path) -> int:
    try:
        said = (entry / "stat").read_text()
    except OSError:
        return 0
    # The name of the program stands in brackets and may hold blanks and brackets itself.
    state, parent = said.rpartition(")")[2].split()[:2]
    return 0 if state == "Z" else int(parent)


def _used(pid: int) -> float:
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = said.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _environment(pid: int) -> Mapping[str, str]:
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(part.split("=", 1) for part in raw.split("\0") if "=" in part)


@contextlib.contextmanager
def installation(pack: Path = PACK) -> Iterator[Installation]:
    """An installation in a temporary folder; ended and removed afterwards, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="mlinzi-bench-"))
    folder.chmod(0o711)  # accounts of the processes pass through here when root measures
    made = Installation(folder, pack)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
