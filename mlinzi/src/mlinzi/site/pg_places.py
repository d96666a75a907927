"""Where one PostgreSQL has its things: password file, data folder, socket folder. Each is made here, safely.

Root must not be led astray in folders where a less trusted account may write, and a half-made data folder
must never be taken for a whole one.
"""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from mlinzi.site.accounts import GROUP, Account, StartError, group_number, reaches
from mlinzi.site.pg_binaries import Binaries
from mlinzi.site.spawn import clean_environment, spawn

OWNER = "mlinzi_owner"
_LONGEST_SOCKET = 100
"""Bytes. Linux takes 107, macOS 103."""


class PlaceError(StartError):
    """A folder of the database could not be made or trusted."""


class CannotCreate(StartError):
    """The database could not be created."""


class DiskFull(StartError):
    """The disk is full. Free some space (a new database needs about 100 MB) and start again."""


class OtherVersion(StartError):
    """The data folder was made by another major version of PostgreSQL than the programs found here.
    Install the old version's programs, make a backup with them, and restore it into a new state folder."""


class NoPassword(StartError):
    """The database is there but the file with its owner's password is not. Put the file back from a copy
    of the state folder, or restore a backup into a new state folder."""


def private(path: str, flags: int) -> int:
    """Open like open(), for its `opener` argument, but a new file is ours alone."""
    return os.open(path, flags, 0o600)


def owner_password(folder: Path) -> str:
    """Return the owner's password from its file in `folder`; made at random before there is any data.

    Raises NoPassword when there is a data folder but no file, as no new password would fit it.
    """
    path = folder / "owner-password"
    if not path.exists():
        if (folder / "data").exists():
            raise NoPassword(str(path))
        fresh = folder / "owner-password.new"
        with open(fresh, "w", opener=private) as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return path.read_text().strip()


def socket_folder(wanted: Path, account: Account | None) -> Path:
    """Make and return the private folder for the socket: `wanted`, or a short one when that will not do.

    It will not do when its name is too long for a socket, or when `account` cannot get there. The folder
    belongs to `account` (None: us); its group, the house's, may enter, others not.
    """
    too_long = len(os.fsencode(wanted / ".s.PGSQL.5432")) > _LONGEST_SOCKET
    if not too_long:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    if too_long or not reaches(account, wanted.parent):
        mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
        wanted = Path(tempfile.gettempdir()) / f"mlinzi-{mark}"
    _make_private(wanted, account)
    return wanted


def _make_private(folder: Path, account: Account | None) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        # In a shared temporary folder anybody may have made this name first, to listen in our place.
        ours = found.st_uid in {os.geteuid(), account.uid if account else os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & 0o022:
            raise PlaceError(f"{folder} exists and is not a private folder of ours; remove it.") from None
    if account is None:
        folder.chmod(0o700)
    else:
        os.chown(folder, account.uid, group_number(GROUP), follow_symlinks=False)
        folder.chmod(0o750)


def check_version(data: Path, binaries: Binaries) -> None:
    """Raise OtherVersion unless `data` was made by the major version of `binaries`."""
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(binaries.major):
        raise OtherVersion(f"It was made by version {made_by}; found here is {binaries.release}.")


def _half_made(data: Path, account: Account | None, shelter: Path) -> Path:
    """Return a new, empty, private folder on the way to become `data`.

    Beside it; or in `shelter`, where `account` cannot enter the folder beside it.
    """
    if reaches(account, data.parent):
        half = data.with_name("data.new")
        if half.exists():
            shutil.rmtree(half)  # of a start that was cut off
        half.mkdir(mode=0o700)
    else:
        shelter.mkdir(parents=True, exist_ok=True)
        shelter.chmod(0o755)
        half = Path(tempfile.mkdtemp(prefix="database-", dir=shelter))
    if account is not None:
        os.chown(half, account.uid, account.gid)
    return half


def create(data: Path, binaries: Binaries, account: Account | None, *, shelter: Path, durable: bool) -> None:
    """Make the data folder `data`, owned by `account`: scram for everybody, checksums, UTF-8 by code point.

    It is made under another name and appears whole or not at all. Raises CannotCreate or DiskFull.
    """
    password = owner_password(data.parent)
    half = _half_made(data, account, shelter)
    password_file = half.with_name(f"{half.name}.password")
    password_file.unlink(missing_ok=True)
    try:
        with open(password_file, "w", opener=private) as file:
            file.write(password)
            if account is not None:
                os.fchown(file.fileno(), account.uid, account.gid)
        _initdb(half, password_file, binaries, account, durable=durable)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    finally:
        password_file.unlink(missing_ok=True)
    if half.parent == data.parent:
        half.rename(data)
    else:
        data.symlink_to(half)


def _initdb(
    half: Path, password_file: Path, binaries: Binaries, account: Account | None, *, durable: bool
) -> None:
    options = ["--auth=scram-sha-256", f"--pwfile={password_file}", f"--username={OWNER}", "--data-checksums"]
    options += ["--encoding=UTF8", "--locale=C", "--text-search-config=simple"]
    if binaries.major >= 17:
        # Upper and lower case of all letters, the same on every machine; older versions only know ASCII then.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        options.append("--no-sync")
    with tempfile.TemporaryFile() as output:
        argv = [str(binaries.program("initdb")), "-D", str(half), *options]
        child = spawn(argv, account=account, env=clean_environment({"LC_ALL": "C"}), output=output)
        if child.wait() == 0:
            return
        output.seek(0)
        said = output.read().decode(errors="replace").strip().splitlines()
    if any("No space left on device" in line for line in said):
        raise DiskFull(str(half.parent))
    raise CannotCreate("initdb said: " + " / ".join(said[-3:]))
