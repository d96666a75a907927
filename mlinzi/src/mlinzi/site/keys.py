"""Make the keys of an installation, once, each in the folder of the process that holds it.

`FILES` says which files there are; `docs/keys.md` is the same table for people, and a test compares the two.
"""

import os
import secrets
import shutil
from pathlib import Path

from kinga import auditlog, envelope
from mlinzi.kernel.errors import OurTurn, Refused
from mlinzi.kernel.keyring import HELD
from mlinzi.site.recovery import make_recovery_key
from mlinzi.site.roles import write_secret

CONNECTION = "database-url"
FILES: dict[str, tuple[str, ...]] = {
    "public": (*HELD["public"], "django-secret", CONNECTION),
    "staff": (*HELD["staff"], "django-secret", CONNECTION),
    "worker": (*HELD["worker"], "django-secret", CONNECTION),
    "sequencer": (*HELD["sequencer"], "log.key", CONNECTION),
    "owner": (*HELD["owner"], "django-secret", "recovery.pub"),
    "shared": ("intake.pub", "log.pub"),
}
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
    make_recovery_key(fresh / "owner", state / "recovery")
    shutil.rmtree(keys, ignore_errors=True)  # holds empty folders at most
    fresh.rename(keys)
    handle = os.open(state, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
