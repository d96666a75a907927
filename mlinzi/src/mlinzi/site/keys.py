"""Make the keys of an installation, once, each in the folder of the process that holds it.

`FILES` says which files there are; `docs/keys.md` is the same table for people, and a test compares the two.
"""

import os
import secrets
import shutil
import stat
from pathlib import Path

from kinga import auditlog, envelope, files
from mlinzi.kernel.errors import OurTurn, Refused
from mlinzi.kernel.keyring import HELD
from mlinzi.site.recovery import make_recovery_key
from mlinzi.site.roles import write_secret

CONNECTION = "database-url"
ACKNOWLEDGEMENT = "mlinzi-acknowledgement"
"""The name in the signature line of the paper that a report was made."""
FILES: dict[str, tuple[str, ...]] = {
    "public": (*HELD["public"], "django-secret", CONNECTION),
    "staff": (*HELD["staff"], "django-secret", CONNECTION),
    "worker": (*HELD["worker"], "django-secret", CONNECTION),
    "sequencer": (*HELD["sequencer"], "log.key", CONNECTION),
    "owner": (*HELD["owner"], "django-secret", "recovery.pub"),
    "shared": ("intake.pub", "log.pub", "acknowledgement.pub"),
}
ADDED_LATER = frozenset(
    {
        ("staff", "intake.pub"),
        ("staff", "receipt-secret"),
        ("worker", "acknowledgement.key"),
        ("public", "acknowledgement.pub"),
        ("shared", "acknowledgement.pub"),
    }
)
"""Files that installations of an earlier version lack; `add_missing_keys` brings them."""
OPEN_TO_ALL = "shared"


class KeysLost(OurTurn):
    """The records are here, but the keys that they were sealed with are not. Put the folder `keys` back from
    a copy, or restore a backup into a new state folder; new keys would open nothing of what is here."""


def keys_are_there(state: Path) -> bool:
    """Whether keys were made here. They appear all at once, so one of them stands for all."""
    return (state / "keys" / OPEN_TO_ALL / "intake.pub").exists()


def create_keys(state: Path, *, log_name: str = "mlinzi") -> None:
    """Make all keys, and the recovery key split among three people.

    1. write them into a new folder beside the final one, 2. let it appear whole: a kill in between leaves
    nothing that a second call would mistake for the keys.

    Folders are readable by their owner only; `site.accounts` hands them to the processes' accounts. Raises
    `Refused` when any key is there already: new keys over old ones would lose everything that was sealed.
    """
    keys, fresh = state / "keys", state / "keys.new"
    if any(path.is_file() for path in keys.rglob("*")):
        raise Refused(["This installation has keys already; they are never made anew."])
    shutil.rmtree(fresh, ignore_errors=True)
    for name in FILES:
        (fresh / name).mkdir(parents=True, mode=0o755 if name == OPEN_TO_ALL else 0o700)
    _make_sealing_keys(fresh)
    _make_secrets(fresh)
    _make_log_key(fresh, log_name)
    _share_with_staff(fresh)
    _add_acknowledgement_key(fresh)
    make_recovery_key(fresh / "owner", state / "recovery")
    shutil.rmtree(keys, ignore_errors=True)  # holds empty folders at most
    fresh.rename(keys)
    handle = os.open(state, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def add_missing_keys(state: Path) -> None:
    """Add the key files that came with a later version than the one that made the keys. None is replaced.

    Any other file that is missing was lost: it is in a backup, a new one would open nothing, and
    `mlinzi check` says so. Safe to repeat; `site.accounts` hands the new files to the processes' accounts.
    """
    _share_with_staff(state / "keys")
    _add_acknowledgement_key(state / "keys")


def _share_with_staff(keys: Path) -> None:
    """What a counsellor needs who enters a report for a caller and reads the number out to them.

    The public key comes from the folder that only the owner writes, not from the door's: a door that was
    broken into would have the staff site seal for a stranger.
    """
    for source, name, mode in ((OPEN_TO_ALL, "intake.pub", 0o644), ("public", "receipt-secret", 0o600)):
        found = _plain(keys / source / name)
        if found is not None and _can_be_added(keys / "staff" / name):
            files.write_whole(keys / "staff" / name, found, mode=mode)


def _can_be_added(path: Path) -> bool:
    """Whether the name is free, in a folder that is there. A whole folder that was lost is for a restore."""
    return path.parent.is_dir() and not os.path.lexists(path)


def _plain(path: Path) -> bytes | None:
    """The content of a file; None where there is none, or a link, or a second name of some other file.

    The folder belongs to a process. After a break-in root must not be led to copy a key of the worker, under
    the name of a secret of the door, to the staff site.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None  # `mlinzi check` says what is there instead
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        return file.read() if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else None


def _add_acknowledgement_key(keys: Path) -> None:
    """The private half first: after a kill in between, the next call derives the public ones from it.

    Where a public half is there without the private one, that one was lost. A new pair would need the public
    half replaced, and every paper given out until then would pass for a forgery; so nothing is made. Until
    the private half is put back from a backup, the worker signs no paper, and the old ones still hold.
    """
    private = keys / "worker" / "acknowledgement.key"
    halves = [keys / folder / "acknowledgement.pub" for folder in ("public", OPEN_TO_ALL)]
    missing = [half for half in halves if _can_be_added(half)]
    if _can_be_added(private):
        if missing != halves:
            return
        auditlog.Ed25519Signer.generate(ACKNOWLEDGEMENT).write(private)
    if missing:
        try:
            vkey = auditlog.Ed25519Signer.from_file(private).verifier.vkey
        except (auditlog.MalformedKey, OSError):
            return  # `mlinzi check` says so; a house without papers still takes reports
        for half in missing:
            files.write_whole(half, f"{vkey}\n".encode(), mode=0o644)


def _make_sealing_keys(keys: Path) -> None:
    intake = envelope.PrivateKey.generate("intake:1")
    envelope.write_key_file(keys / "worker" / "intake.key", [intake])
    for process in ("public", OPEN_TO_ALL):
        envelope.write_public(keys / process / "intake.pub", intake.public)
    records = envelope.SymmetricKey.generate("records:1")
    for process in ("staff", "worker"):
        envelope.write_key_file(keys / process / "records.key", [records])
    envelope.write_key_file(keys / "staff" / "factor.key", [envelope.SymmetricKey.generate("factor:1")])


def _make_secrets(keys: Path) -> None:
    blind = secrets.token_hex(32)
    for process in ("staff", "worker"):
        write_secret(keys / process / "blind-index.key", blind)
    for process, names in FILES.items():
        if "django-secret" in names:
            write_secret(keys / process / "django-secret", secrets.token_urlsafe(48))
    write_secret(keys / "public" / "receipt-secret", secrets.token_hex(32))


def _make_log_key(keys: Path, log_name: str) -> None:
    signer = auditlog.Ed25519Signer.generate(log_name)
    signer.write(keys / "sequencer" / "log.key")
    write_secret(keys / OPEN_TO_ALL / "log.pub", signer.verifier.vkey)
