"""What a PostgreSQL leaves behind when it is killed, and how to tell it from a living one.

PostgreSQL's own lock file holds a process number. After `kill -9` that number may belong to nobody, to a dead
child that nobody waited for, or to a program that has nothing to do with us. A living server is therefore
known by what the process *is*: a postgres whose working folder is our data folder.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
NOBODY = 2_147_483_646
"""A process number beyond what any kernel gives out; written over a stale one."""
_PATIENCE = 10.0


def _is_postgres_in(pid: int, data: Path) -> bool:
    if not (_PROC / "self").exists():
        return _is_postgres_by_listing(pid, data)
    try:
        if (_PROC / str(pid) / "comm").read_text().strip() not in ("postgres", "postmaster"):
            return False
        # A dead process that nobody waited for has a name still, but no working folder.
        return os.path.samefile(_PROC / str(pid) / "cwd", data)
    except OSError:
        return False


def _is_postgres_by_listing(pid: int, data: Path) -> bool:
    done = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f"-D {data.resolve()}" in done.stdout


def _pid_in(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def postmaster(data: Path) -> int | None:
    """Return the number of the living main process of the server of `data`, else None."""
    pid = _pid_in(data / "postmaster.pid")
    return pid if pid is not None and pid > 0 and _is_postgres_in(pid, data) else None


def orphans(data: Path) -> Iterator[int]:
    """Yield the processes of the server of `data`; once its main process is dead, its orphans. Linux only."""
    for entry in _PROC.iterdir() if _PROC.exists() else ():
        if entry.name.isdigit() and _is_postgres_in(int(entry.name), data):
            yield int(entry.name)


def clear(data: Path, sockets: Path) -> None:
    """Put out of the way what a dead server of `data` left. Call it only when `postmaster` gives None.

    1. Its orphans are told to quit, as the main process would have told them, and waited for.
    2. A lock file whose number a stranger may have by now gets a number that nobody has. The file itself
       stays: by its last lines PostgreSQL makes sure that no process still has the old shared memory.
    3. The socket's lock file, which has no such line, goes.
    """
    deadline = time.monotonic() + _PATIENCE
    while left := list(orphans(data)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.05)
    _disown(data / "postmaster.pid")
    for lock_file in sockets.glob(".s.PGSQL.*.lock"):
        lock_file.unlink(missing_ok=True)


def _disown(lock_file: Path) -> None:
    # The server's account may write in this folder and we may be root: no link is followed on the way.
    try:
        fd = os.open(lock_file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    with open(fd) as old:
        found = os.fstat(fd)
        _, _, rest = old.read().partition("\n")
    if not rest:  # torn while it was written; PostgreSQL would take it for a rival that is just starting
        lock_file.unlink()
        return
    fresh = lock_file.with_name("postmaster.pid.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as new:
        new.write(f"{NOBODY}\n{rest}")
        os.fchown(new.fileno(), found.st_uid, found.st_gid)
    fresh.replace(lock_file)
