"""Our own supervisor of one PostgreSQL: made, started, adopted, recovered and stopped here.

    with Cluster(state / "postgres").running() as cluster:
        psycopg.connect(cluster.owner_url)

What holds:
- the server listens on a private socket only, never on TCP, and everybody needs the password (scram);
- a server that already runs is used as it is; one whose supervisor was killed is found again;
- a server that was killed is started again, whatever its left-over files claim;
- several programs may use one cluster at a time: the last to leave stops it.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from mlinzi.site import pg_places, pg_remains
from mlinzi.site.accounts import DATABASE, GROUP, Account, StartError, ensure_account, is_root, owner_of
from mlinzi.site.pg_binaries import SHELTER, Binaries, find_binaries, reachable
from mlinzi.site.spawn import clean_environment, spawn

DATABASE_NAME = "mlinzi"
MAX_CONNECTIONS = 100
"""Two sites (pools of 8), worker, sequencer and commands need about 40; the rest is for tests in parallel."""

START_LIMIT = 600.0
"""Seconds. Recovery after a crash may be long; giving up early would turn a slow start into a failure."""
STOP_LIMIT = 6.0
"""Seconds for an orderly stop; after that the server stops at once and recovers at its next start."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0770",
    "max_connections": str(MAX_CONNECTIONS),
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Neither statements nor the values in an error's detail go into the log: they may be somebody's name.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_LOG_LIMIT = 10 * 1024 * 1024


class ClusterError(StartError):
    """The database could not be started."""


class StillStarting(ClusterError):
    """The database is still starting, perhaps recovering after a crash; it goes on. Try again soon."""


class ForeignServer(ClusterError):
    """Another PostgreSQL answers in this database's place and does not know our password.
    Stop that server, or choose another state folder with MLINZI_STATE."""


class NotOurs(ClusterError):
    """The data folder belongs to another account. Start as that account or as root, or choose another state
    folder with MLINZI_STATE."""


class Answer(Enum):
    """What came back when we knocked at the socket."""

    READY = "ready"
    BUSY = "starting or stopping"
    FOREIGN = "does not know us"
    SILENT = "nobody"


class Cluster:
    """One PostgreSQL with its data in `folder`/data and its socket in the folder beside it called run.

    `durable` False gives a throw-away for tests: fast, unsafe in a power cut, and gone with the process that
    started it. `binaries` and `shelter` default to what this machine has.
    """

    def __init__(
        self, folder: Path, *, durable: bool = True, binaries: Binaries | None = None, shelter: Path = SHELTER
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.durable = durable
        self.log = self.folder / "log"
        self._binaries = binaries
        self._shelter = shelter
        self._child: subprocess.Popen[bytes] | None = None
        self._use: int | None = None
        self._sockets: Path | None = None
        self._made_here = False

    # -- the outside ---------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Start or adopt the server; on leaving, stop it unless another program uses it too."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self, limit: float = START_LIMIT) -> bool:
        """Make sure that the server runs and knows our database. Return True if it had to be started.

        1. Nobody else starts or stops it meanwhile (a lock), and we are counted as a user.
        2. A server that answers is adopted; one that is starting or stopping is waited for.
        3. What a killed one left is put out of the way; a missing data folder is made.
        4. The server is started and waited for, as long as it is alive.

        Raises StillStarting after `limit` seconds, and the server goes on; or another StartError whose
        sentence says what to do. Safe to repeat.
        """
        self._open_folder()
        with self._alone():
            already_in_use = self._use is not None
            self._share()
            try:
                started = self._adopt_or_start(time.monotonic() + limit)
                self._ensure_database()
            except StillStarting:
                raise
            except BaseException:
                if self._child is not None:  # begun a moment ago, so nobody else uses it
                    self._halt()
                if not already_in_use:
                    self._tidy()
                    self._leave()
                raise
        return started

    def stop(self) -> bool:
        """Stop using the server; return True if we were the last user and it was stopped."""
        if self._use is None:
            return False
        with self._alone():
            try:
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                self._halt()
                self._tidy()
                return True
            finally:
                self._leave()

    def alive(self) -> bool:
        """Tell, cheaply, whether the server's main process lives."""
        return self.pid is not None

    def healthy(self) -> bool:
        """Tell whether the server answers a query."""
        return self._sockets is not None and self._knock() is Answer.READY

    @property
    def pid(self) -> int | None:
        """The number of the live server's main process, else None."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None  # reaped: a dead child that nobody waits for looks alive to others
        return pg_remains.postmaster(self.data)

    @property
    def binaries(self) -> Binaries:
        """The programs in use, for callers that need `pg_dump` and its kin."""
        return reachable(self._binaries or find_binaries(), self._account(), self._shelter)

    @property
    def owner_url(self) -> str:
        """Connection address of the owner, password inside: for a file of mode 0600, never for a log."""
        return self._url(DATABASE_NAME)

    def _url(self, database: str) -> str:
        if self._sockets is None:
            raise ClusterError("Start it before asking for its address.")
        password = quote(pg_places.owner_password(self.folder), safe="")
        return (
            f"postgresql://{pg_places.OWNER}:{password}@/{database}?host={quote(str(self._sockets), safe='')}"
        )

    # -- locks ---------------------------------------------------------------------------------------------

    def _open_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.folder.stat().st_uid == os.geteuid():
                self.folder.chmod(0o711 if is_root() else 0o700)
            if self.data.is_symlink() and not self.data.exists():
                raise ClusterError(
                    f"{self.data} leads to {self.data.readlink()}, which is gone; put it back."
                )
            if self.data.exists():
                os.stat(self.data / "PG_VERSION")
        except PermissionError as error:
            raise NotOurs(str(self.folder)) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        fd = self._lock_file("start.lock")
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _lock_file(self, name: str) -> int:
        try:
            return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise NotOurs(str(self.folder)) from error

    def _share(self) -> None:
        if self._use is None:
            self._use = self._lock_file("users.lock")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _leave(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.returncode = 0  # it goes on without us, as is meant: no warning of a forgotten child
        self._child = None
        if self._use is not None:
            os.close(self._use)
            self._use = None

    # -- starting ------------------------------------------------------------------------------------------

    def _account(self) -> Account | None:
        """Whoever owns the data runs the server; PostgreSQL refuses root and a folder of somebody else's."""
        if not is_root():
            return None
        if self.data.exists() and self.data.stat().st_uid != 0:
            return owner_of(self.data)
        return ensure_account(DATABASE)

    def _adopt_or_start(self, deadline: float) -> bool:
        account = self._account()
        self._sockets = pg_places.socket_folder(self.folder.parent / "run", account)
        while (answer := self._knock()) is not Answer.SILENT or self.alive():
            if answer is Answer.READY:
                return False
            if answer is Answer.FOREIGN:
                raise ForeignServer(f"The socket is in {self._sockets}.")
            if time.monotonic() > deadline:
                raise StillStarting(f"Its log is {self.log}.")
            time.sleep(0.05)
        pg_remains.clear(self.data, self._sockets)
        binaries = self.binaries
        if not self.data.exists():
            pg_places.create(self.data, binaries, account, shelter=self._shelter, durable=self.durable)
            self._made_here = True
        pg_places.check_version(self.data, binaries)
        self._launch(binaries, account)
        self._wait(deadline)
        return True

    def _knock(self) -> Answer:
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError as error:
            said = str(error)
            if "authentication failed" in said or ("role" in said and "does not exist" in said):
                return Answer.FOREIGN
            return Answer.BUSY if "the database system is" in said else Answer.SILENT
        ours = row is not None and Path(row[0]).resolve() == self.data.resolve()
        return Answer.READY if ours else Answer.FOREIGN

    def _launch(self, binaries: Binaries, account: Account | None) -> None:
        settings = {**_SETTINGS, "unix_socket_directories": str(self._sockets)}
        if account is not None:
            settings["unix_socket_group"] = GROUP
        if not self.durable:
            settings |= _NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_name("log.1"))
        with open(self.log, "ab", opener=pg_places.private) as log:
            self._child = spawn(
                [binaries.program("postgres"), "-D", self.data.resolve(), *options],
                account=account,
                env=clean_environment({"LC_ALL": "C"}),
                output=log,
                dies_with_us=None if self.durable else signal.SIGQUIT,
            )

    def _wait(self, deadline: float) -> None:
        while self._knock() is not Answer.READY:
            if self._child is None or self._child.poll() is not None:
                raise ClusterError(f"It ended at once and said: {self._last_words()}")
            if time.monotonic() > deadline:
                raise StillStarting(f"Its log is {self.log}.")
            time.sleep(0.02)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        telling = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "ERROR" in line]
        return " / ".join((telling or lines)[-2:]) or "nothing"

    def _ensure_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,)
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))

    # -- stopping ------------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Take away what stands outside the state folder and nobody needs: sockets, a throw-away's data."""
        if not self.durable and self._made_here and self.data.is_symlink():
            shutil.rmtree(self.data.resolve(), ignore_errors=True)
            self.data.unlink()
        if self._sockets is not None and self._sockets != self.folder.parent / "run":
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def _halt(self) -> None:
        """Ask for an orderly stop; insist when it takes too long. Nothing acknowledged is lost either way."""
        for sig, limit in ((signal.SIGINT, STOP_LIMIT), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
            pid = self.pid
            if pid is None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sig)
            deadline = time.monotonic() + limit
            while time.monotonic() < deadline and (self.alive() or self._child is not None):
                time.sleep(0.01)
