"""Starting child programs: under another account, and tied to the life of the program that started them.

Nothing here knows what the child does; `postgres.py` and `processes.py` both start theirs through `spawn`.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from mlinzi.site.accounts import Account

_PR_SET_PDEATHSIG = 1
# Loaded once, here: between fork and exec nothing may be looked up that another thread could hold.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV")


def die_with_parent(sig: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send `sig` to this process when the thread that started it ends.

    Linux only; elsewhere it does nothing, and a child may outlive a killed supervisor. Call it in the child.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def _tie(parent: int, sig: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        die_with_parent(sig)
        # The parent may have died between fork and prctl; then no signal would ever come.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the few harmless variables of ours plus `extra`.

    An allow-list, because DATABASE_URL (an owner's connection) must never reach a site or a worker.
    """
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, **extra}


def spawn(
    argv: Sequence[str | os.PathLike[str]],
    *,
    account: Account | None,
    env: Mapping[str, str],
    output: int | IO[bytes],
    cwd: Path = Path("/"),
    dies_with_us: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own: a terminal's Ctrl-C reaches it only through its supervisor.

    `account` None keeps our own account. `output` takes standard output and error together. With
    `dies_with_us` the child gets that signal when the calling *thread* ends, so call it from the main thread.
    """
    return subprocess.Popen(
        [os.fspath(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=dict(env),
        umask=0o077,
        start_new_session=True,
        preexec_fn=None if dies_with_us is None else _tie(os.getpid(), dies_with_us),
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else list(account.groups),
    )
