"""One supervised child process: its start, its lines, its end, and what is decided when it dies."""

import contextlib
import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mlinzi.site.accounts import Account
from mlinzi.site.spawn import spawn

ATTEMPTS = 5
"""So many deaths in a row before it ever worked, and a child is left alone."""
SETTLED_AFTER = 10.0
"""Seconds after which a child without a port counts as working."""
SHORTEST_WAIT = 0.25
LONGEST_WAIT = 5.0
_LONGEST_LINE = 4000
_LAST_LINES = 8


class Verdict(NamedTuple):
    """How often a child has died young, and the seconds until it is started again (None: not at all)."""

    early_deaths: int
    wait: float | None


def after_death(code: int, *, settled: bool, early_deaths: int) -> Verdict:
    """Decide about a child that ended with `code` (negative: the signal that ended it).

    One that had worked, or that somebody killed, starts again at once; one that ends by itself before it ever
    worked is given longer and longer pauses, then up. Being killed says nothing about the child's own health.
    """
    if settled or code == -signal.SIGKILL:
        return Verdict(0 if settled else early_deaths, SHORTEST_WAIT)
    early_deaths += 1
    if early_deaths >= ATTEMPTS:
        return Verdict(early_deaths, None)
    return Verdict(early_deaths, min(SHORTEST_WAIT * 2**early_deaths, LONGEST_WAIT))


def printable(line: bytes) -> str:
    """Return `line` without anything by which a child's output could steer the terminal."""
    text = line.decode("utf-8", errors="replace").rstrip()
    return "".join(char if char.isprintable() or char == "\t" else "�" for char in text)


@dataclass
class Child:
    """A process that is to be kept running: what it is (the first five), and how it is doing."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    account: Account | None
    port: int | None = None

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float | None = 0.0
    """Moment of the monotonic clock from which it may be started; None when it runs or was given up."""
    settled: bool = False
    given_up: bool = False
    early_deaths: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    silent: bool = False
    """It has closed its output: nothing more will come."""
    _rest: bytes = b""

    @property
    def output(self) -> int:
        """The descriptor on which its lines arrive."""
        if self.process is None or self.process.stdout is None:
            raise ValueError(f"{self.name} is not running")
        return self.process.stdout.fileno()

    def start(self, now: float) -> int:
        """Start it at `now` and return its process number. It dies with the thread that called this."""
        self.process = spawn(
            self.argv,
            account=self.account,
            env=self.env,
            output=subprocess.PIPE,
            dies_with_us=signal.SIGKILL,
        )
        os.set_blocking(self.output, False)
        self.started, self.start_at, self.settled, self.silent = now, None, False, False
        self.last_lines.clear()
        return self.process.pid

    def lines(self, *, to_the_end: bool = False) -> list[str]:
        """Return the whole lines that it has written since; `to_the_end` also a last half one."""
        while True:
            try:
                chunk = os.read(self.output, 65536)
            except BlockingIOError:
                break
            if not chunk:
                self.silent = True
                break
            self._rest += chunk
        *whole, self._rest = self._rest.split(b"\n")
        if self._rest and (to_the_end or len(self._rest) > _LONGEST_LINE):
            whole.append(self._rest)
            self._rest = b""
        found = [printable(line) for line in whole]
        self.last_lines.extend(found)
        return found

    def is_settled(self, now: float) -> bool:
        """Tell whether it worked: it answered once, or, without a port, has lived for a while."""
        return self.settled or (self.port is None and now - self.started >= SETTLED_AFTER)

    def ended(self) -> int | None:
        """Return the code with which it ended (negative: the signal), or None while it runs or never ran.

        The dead process is left unburied: as long as it is, its number cannot become a stranger's.
        """
        if self.process is None:
            return None
        found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def bury(self, now: float) -> Verdict:
        """Take note of its death: end what it started itself, and decide when it may start again."""
        code = self.ended()
        if self.process is None or self.process.stdout is None or code is None:
            raise ValueError(f"{self.name} has not ended")
        self.end_group()
        self.process.wait()
        self.process.stdout.close()
        self.process = None
        verdict = after_death(code, settled=self.is_settled(now), early_deaths=self.early_deaths)
        self.early_deaths, self.given_up = verdict.early_deaths, verdict.wait is None
        self.start_at = None if verdict.wait is None else now + verdict.wait
        return verdict

    def ask_to_end(self) -> None:
        """Ask it to end in good order."""
        if self.process is not None and self.ended() is None:
            os.kill(self.process.pid, signal.SIGTERM)

    def end_group(self) -> None:
        """Kill it and whatever it started. To be called before the process is waited for."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
