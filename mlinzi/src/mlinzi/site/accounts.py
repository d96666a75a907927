"""Operating-system accounts: one for each process, so that a broken site reads nobody else's keys.

Started by root, PostgreSQL and the four processes run as system accounts of their own (made here when they
are missing). Started by anybody else, everything is one account; `separation` then says so in plain words.
"""

import grp
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlinzi.kernel.errors import OurTurn

PROCESSES = ("public", "staff", "worker", "sequencer")
DATABASE = "db"
GROUP = "mlinzi"
"""Everybody of the house: reaches the database's socket."""
INSIDE = "mlinzi-inside"
"""Staff site and worker: read and write the vault and the outbox. The public site is not among them."""
DOOR = "mlinzi-door"
"""Public site and worker: one leaves the sealed files of reporters in the folder, the other takes them."""
_MEMBERS = {INSIDE: ("staff", "worker"), DOOR: ("public", "worker")}
SHARED_FOLDERS = {"vault": INSIDE, "outbox": INSIDE, "door": DOOR}
"""Folders of the state that two processes share, and the group that they have in common."""


@dataclass(frozen=True)
class Account:
    """An account under which a child is started: its numbers, and the groups that it has besides its own."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...] = ()


class StartError(OurTurn):
    """Something could not be started."""

    def __init__(self, detail: str = "") -> None:
        """Take the class's docstring as the message and add `detail`, which never holds a secret."""
        super().__init__()
        if detail:
            self.args = (f"{self} {detail}",)


class AccountError(StartError):
    """A system account could not be made."""


def is_root() -> bool:
    """Tell whether we may start children under other accounts."""
    return os.geteuid() == 0


def _administer(*command: str) -> None:
    """Run useradd and its kin; a second start at the same moment may hold the password file's lock."""
    if shutil.which(command[0]) is None:
        raise AccountError(f"The program {command[0]} is missing; install the package passwd.")
    for attempt in range(20):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode in (0, 9):  # 9: somebody else made it meanwhile
            return
        if "lock" not in done.stderr:
            break
        time.sleep(0.05 * (attempt + 1))
    raise AccountError(f"`{' '.join(command)}` said: {done.stderr.strip()}")


def group_number(name: str) -> int:
    """Return the number of the group `name`, made when it is missing (root only)."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        _administer("groupadd", "--system", name)
        return grp.getgrnam(name).gr_gid


def groups_of(process: str) -> tuple[str, ...]:
    """Name the shared groups that the account of `process` belongs to."""
    return (GROUP, *(group for group, members in _MEMBERS.items() if process in members))


def ensure_account(process: str) -> Account:
    """Return the account `mlinzi-<process>`, made with its groups when it is missing. Root only.

    Raises AccountError with the system's own words when it cannot be made.
    """
    name = f"mlinzi-{process}"
    groups = tuple(group_number(group) for group in groups_of(process))
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        home = ("--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin")
        _administer("useradd", "--system", "--user-group", *home, name)
        entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid, groups)


def owner_of(path: Path) -> Account:
    """Return the account that owns `path`, with the house's group added: the others reach its socket."""
    found = path.stat()
    try:
        name = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        name = str(found.st_uid)
    groups = (group_number(GROUP),) if is_root() else ()
    return Account(name, found.st_uid, found.st_gid, groups)


def reaches(account: Account | None, path: Path, access: str = "x") -> bool:
    """Tell whether `account` (None: ourselves) has `access` ("r", "w" or "x") to `path`.

    The kernel is asked as that account, so that parents, links and access lists count as they will later.
    """
    if account is None or not is_root():
        return os.access(path, {"r": os.R_OK, "w": os.W_OK, "x": os.X_OK}[access])
    asked = subprocess.run(
        ["test", f"-{access}", os.fspath(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=list(account.groups),
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def _needed_by_all() -> Iterable[tuple[str, Path, str]]:
    yield "the Python of the virtual environment", Path(sys.executable), "x"
    yield "Python's own library", Path(os.__file__), "r"
    yield "the program's files", Path(__file__), "r"


def _unreachable(account: Account, state: Path) -> list[str]:
    needed = [*_needed_by_all(), ("the state folder", state, "x")]
    return [
        f"The account {account.name} cannot reach {what} ({path}). Put it where everybody may enter."
        for what, path, access in needed
        if path.exists() and not reaches(account, path, access)
    ]


def separation(state: Path) -> list[str]:
    """Return why the processes share one account, each reason a sentence; empty when each has its own."""
    if not is_root():
        return [
            "Started by a normal user: all processes run as that user and could read each other's keys. "
            "Start as root and each gets an account of its own."
        ]
    reasons: list[str] = []
    try:
        for process in PROCESSES:
            reasons += _unreachable(ensure_account(process), state)
            if reasons:
                break  # the others would say the same of the same folders
    except AccountError as error:
        reasons.append(f"Accounts cannot be made. {error}")
    return reasons


def process_accounts(state: Path) -> dict[str, Account | None]:
    """Return the account of each process; all None where `separation` gives a reason."""
    if separation(state):
        return dict.fromkeys(PROCESSES)
    return {process: ensure_account(process) for process in PROCESSES}


def _hand_over(folder: Path, account: Account) -> None:
    """Give a key folder and its files to `account` alone.

    The account may already have written here. Links are therefore not followed and files with a second name
    are left alone: else root could be led to give away a file from elsewhere.
    """
    folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for name in os.listdir(folder_fd):
            try:
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder_fd)
            except OSError:
                continue  # a link, or gone meanwhile
            with os.fdopen(fd) as file:
                found = os.fstat(file.fileno())
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
                    os.fchown(file.fileno(), account.uid, account.gid)
                    os.fchmod(file.fileno(), 0o600)
        os.fchown(folder_fd, account.uid, account.gid)
        os.fchmod(folder_fd, 0o700)
    finally:
        os.close(folder_fd)


def _make(folder: Path, mode: int, group: int = -1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if is_root():
        os.chown(folder, 0, group, follow_symlinks=False)
    folder.chmod(mode)


def own_folders(state: Path) -> None:
    """Make the state's folders and give each key folder to the account of its process alone.

    1. the state itself: others may pass, not list;
    2. recovery shares and the owner's keys: nobody but who started this;
    3. shared keys (public ones only): everybody may read;
    4. vault and outbox: staff and worker; door: public site and worker;
    5. each process's keys: that process's account, 0700, files 0600.

    Safe to repeat; call it after each writing of keys. Without separation everything stays ours, 0700.
    """
    _make(state, 0o711)
    accounts = process_accounts(state)
    apart = all(accounts.values())
    _make(state / "keys", 0o711)
    _make(state / "keys" / "owner", 0o700)
    _make(state / "keys" / "shared", 0o755)
    _make(state / "recovery", 0o700)
    for public_key in (state / "keys" / "shared").iterdir():
        public_key.chmod(0o644)
    for shared, group in SHARED_FOLDERS.items():
        _make(state / shared, 0o2770 if apart else 0o700, group_number(group) if apart else -1)
    for process, account in accounts.items():
        folder = state / "keys" / process
        folder.mkdir(exist_ok=True)
        if account is None:
            folder.chmod(0o700)
        else:
            _hand_over(folder, account)
