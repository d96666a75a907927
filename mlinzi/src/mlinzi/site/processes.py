"""`mlinzi run`: PostgreSQL, the public and the staff site, the worker and the sequencer, kept running.

One thread, no locks: read what the children say, see who has died, start who is due, until a signal comes.
"""

import contextlib
import errno
import http.client
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.text import Text

from mlinzi.site.accounts import PROCESSES, Account, StartError, own_folders, process_accounts, separation
from mlinzi.site.children import Child
from mlinzi.site.postgres import Cluster, StillStarting
from mlinzi.site.spawn import clean_environment

HOST = "127.0.0.1"
_TICK = 0.25
_LEFTOVERS = 2.0
"""Seconds that a port may take to come free: the children of a killed supervisor are just ending."""
_SLOW = 60.0
_END_LIMIT = 4.0
"""Seconds for children to end in good order; with the database's 6 it stays within ten."""
_DATABASE_PAUSE = 2.0
_STYLES = {"public": "cyan", "provider": "blue", "staff": "magenta", "worker": "green", "sequencer": "yellow"}
_WITH_MAIL = ("staff", "worker")


class PortTaken(StartError):
    """A port is taken by another program."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__()
        self.args = (
            f"Port {port} is taken by another program: stop that program, "
            f"or start with {option} and another number.",
        )


def check_port(port: int, option: str, patience: float = _LEFTOVERS) -> None:
    """Raise PortTaken, naming the `option` that chooses another, unless we could listen on `port`."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((HOST, port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                if time.monotonic() > deadline:
                    raise PortTaken(port, option) from None
            else:
                return
        time.sleep(0.1)


def environment_of(process: str, state: Path, staff_port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: our settings among `given`, and never an owner's connection.

    The mail server's address holds its password; the processes that send no mail do not get it.
    """
    settings = {name: value for name, value in given.items() if name.startswith("MLINZI_")}
    if process not in _WITH_MAIL:
        settings.pop("MLINZI_EMAIL_URL", None)
    settings.setdefault("MLINZI_STAFF_ADDRESS", f"http://localhost:{staff_port}")
    own = {"MLINZI_PROCESS": process, "MLINZI_STATE": str(state), "PYTHONUNBUFFERED": "1"}
    return clean_environment({**settings, **own})


_WORKERS = {"public": "2", "provider": "1", "staff": "1"}
"""Python uses one core at a time; at the public door a burst of reports may need more than one."""
_THREADS = {"public": "32", "provider": "24", "staff": "4"}
"""Requests at the same time. At the public door phones on slow lines hold one for as long as they send, and a
look-up of a number for as long as it must take; neither may keep the next child waiting."""


def _site(name: str, port: int) -> tuple[str, ...]:
    server = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port))
    shape = (
        "--workers",
        _WORKERS[name],
        "--blocking-threads",
        _THREADS[name],
        "--no-ws",
        "--no-access-log",
        "--log-level",
        "warning",
    )
    return (*server, *shape, "mlinzi.site.served:application")


def children(
    state: Path,
    accounts: Mapping[str, Account | None],
    *,
    public_port: int,
    staff_port: int,
    provider_port: int,
) -> list[Child]:
    """Return the five children, not yet started. The door of providers is the public process a second time,
    with its account, rights and keys: what floods one does not stop the other.
    """
    ports = {"public": public_port, "staff": staff_port}
    door = {**environment_of("public", state, staff_port, os.environ), "MLINZI_DOOR": "provider"}
    made = [Child("provider", _site("provider", provider_port), door, accounts.get("public"), provider_port)]
    for name in PROCESSES:
        port = ports.get(name)
        argv = _site(name, port) if port else (sys.executable, "-m", "mlinzi.site.cli", name)
        env = environment_of(name, state, staff_port, os.environ)
        made.append(Child(name, argv, env, accounts.get(name), port))
    return made


def answers(child: Child) -> bool:
    """Tell whether the site of `child` answers a request for its first page, and not with a fault of ours."""
    if child.port is None:
        return True
    name = "localhost" if child.name == "staff" else HOST
    connection = http.client.HTTPConnection(HOST, child.port, timeout=1)
    try:
        connection.request("GET", "/", headers={"Host": f"{name}:{child.port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Supervisor:
    """Keeps `members` and, where it is ours, the database running until `stop` is set."""

    def __init__(
        self,
        members: list[Child],
        database: Cluster | None,
        announce: Callable[[], None],
        console: Console,
        probe: Callable[[Child], bool] = answers,
    ) -> None:
        self.members = members
        self.database = database
        self.announce = announce
        self.console = console
        self.probe = probe
        self.stop = False
        self.announced = False
        self._selector = selectors.DefaultSelector()
        self._database_at = 0.0
        self._recovering = False
        self._probe_at = 0.0
        self._complained: set[str] = set()

    def say(self, sentence: str, style: str = "bold") -> None:
        """Tell an event, in one line."""
        self._print(Text(f"{'mlinzi':>9} │ ", style="dim").append(sentence, style))

    def _print(self, line: Text) -> None:
        with contextlib.suppress(
            OSError
        ):  # the terminal may be gone; the children must be ended all the same
            self.console.print(line, soft_wrap=True)

    def keep_running(self) -> int:
        """Work until a signal comes or nothing is left; then end everything. Return the exit code."""
        try:
            while not self.stop and not all(child.given_up for child in self.members):
                self.turn(time.monotonic())
            if not self.stop:
                self.say("Nothing is left to run.", "bold red")
        finally:
            self.end_all()
        return 1 if any(child.given_up for child in self.members) else 0

    def turn(self, now: float) -> None:
        """Do one round: pass on lines, see who died, start who is due, see who answers."""
        for key, _ in self._selector.select(_TICK):
            self._pass_on(key.data)
        self._see_to_database(now)
        for child in self.members:
            if child.ended() is not None:
                self._bury(child, now)
            elif child.start_at is not None and child.start_at <= now:
                self._start(child, now)
        self._see_who_answers(now)

    # -- one child -----------------------------------------------------------------------------------------

    def _start(self, child: Child, now: float) -> None:
        number = child.start(now)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        self.say(f"{child.name} started (process {number}).", "dim")

    def _pass_on(self, child: Child, *, to_the_end: bool = False) -> None:
        for line in child.lines(to_the_end=to_the_end):
            prefix = Text(f"{child.name:>9} │ ", style=_STYLES.get(child.name, ""))
            self._print(prefix.append(line, "default"))
        if child.silent:
            self._unhook(child)  # a closed pipe is readable for ever

    def _unhook(self, child: Child) -> None:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)

    def _bury(self, child: Child, now: float) -> None:
        code = child.ended() or 0
        child.end_group()
        self._pass_on(child, to_the_end=True)
        self._unhook(child)
        verdict = child.bury(now)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        if verdict.wait is not None:
            self.say(f"{child.name} {how}; it starts again in {verdict.wait:.2g} s.", "yellow")
            return
        self.say(
            f"{child.name} {how}, for the {verdict.early_deaths}th time before it worked. It is not started "
            "again; the others go on. Mend what it says, then start anew. Its last lines:",
            "bold red",
        )
        for line in child.last_lines:
            self.say(f"  {line}", "red")

    def _see_who_answers(self, now: float) -> None:
        if now < self._probe_at:  # each line of a child makes a round; asking at each would make a line
            return
        self._probe_at = now + _TICK
        sites = [child for child in self.members if child.port is not None]
        for child in sites:
            if child.process is None or child.settled:
                continue
            if self.probe(child):
                child.settled = True
                self.say(f"{child.name} answers after {time.monotonic() - child.started:.1f} s.", "dim")
            elif now - child.started > _SLOW and child.name not in self._complained:
                self._complained.add(child.name)
                self.say(f"{child.name} has not answered for {_SLOW:.0f} s; still waiting.", "yellow")
        if not self.announced and sites and all(child.settled for child in sites):
            self.announced = True
            self.announce()

    # -- the database --------------------------------------------------------------------------------------

    def _see_to_database(self, now: float) -> None:
        if self.database is None or now < self._database_at:
            return
        # One that recovers is alive already, and does not answer yet.
        if self.database.alive() and not self._recovering:
            return
        self._recovering = True
        self._once("database", "PostgreSQL has ended; it starts again and recovers.", "yellow")
        try:
            self.database.start(limit=_DATABASE_PAUSE)
        except StillStarting:
            return
        except StartError as error:
            self._once(str(error), str(error), "bold red")
            self._database_at = now + _DATABASE_PAUSE
            return
        self._recovering = False
        self._complained.clear()
        self.say(f"PostgreSQL answers again (process {self.database.pid}).", "dim")

    def _once(self, mark: str, sentence: str, style: str) -> None:
        if mark not in self._complained:
            self._complained.add(mark)
            self.say(sentence, style)

    # -- the end -------------------------------------------------------------------------------------------

    def end_all(self) -> None:
        """End every child: politely first, then by force, then whatever they had started."""
        for child in self.members:
            child.ask_to_end()
        deadline = time.monotonic() + _END_LIMIT
        while any(self._is_running(child) for child in self.members) and time.monotonic() < deadline:
            for key, _ in self._selector.select(0.05):
                self._pass_on(key.data)
        for child in self.members:
            child.end_group()
            if child.process is not None:
                self._pass_on(child, to_the_end=True)
                child.process.wait()
        self._selector.close()

    @staticmethod
    def _is_running(child: Child) -> bool:
        return child.process is not None and child.ended() is None


@contextlib.contextmanager
def signals_stop(supervisor: Supervisor) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end `supervisor`'s work in good order."""

    def note(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop = True

    before = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_all(
    state: Path,
    *,
    public_port: int = 8000,
    staff_port: int = 8001,
    provider_port: int = 8002,
    announce: Callable[[], None],
) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code. Call it from the main thread.

    1. All three ports must be free, or one sentence and code 2.
    2. The database is started or adopted, unless DATABASE_URL names another one.
    3. Each child starts under its own account where that is possible; where not, the reason is said.
    4. When all sites answer, `announce` is called, once: it prints the addresses.
    5. Whoever dies is started again; at the end all end, the database last.

    Keys, roles and tables must be there already. Code 1: some child was given up; 2: nothing was started.
    """
    console = Console()
    try:
        check_port(public_port, "--public-port")
        check_port(staff_port, "--staff-port")
        check_port(provider_port, "--provider-port")
        state = state.absolute()
        own_folders(state)
        with contextlib.ExitStack() as stack:
            database = None
            if not os.environ.get("DATABASE_URL"):
                database = stack.enter_context(Cluster(state / "postgres").running())
            members = children(
                state,
                process_accounts(state),
                public_port=public_port,
                staff_port=staff_port,
                provider_port=provider_port,
            )
            supervisor = Supervisor(members, database, announce, console)
            for reason in separation(state):
                supervisor.say(f"Separation is off. {reason}", "yellow")
            stack.enter_context(signals_stop(supervisor))
            code = supervisor.keep_running()
            supervisor.say("All processes have ended." if database is None else "Stopping PostgreSQL.", "dim")
    except StartError as error:
        console.print(Text(str(error), style="bold red"), soft_wrap=True)
        return 2
    return code
