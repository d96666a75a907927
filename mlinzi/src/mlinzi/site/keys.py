"""Make the keys of an installation, once, each in the folder of the process that holds it."""

import secrets
from pathlib import Path

from kinga import auditlog, envelope
from mlinzi.kernel.errors import Refused
from mlinzi.site.recovery import make_recovery_key
from mlinzi.site.roles import write_secret

FOLDERS = ("owner", "public", "staff", "worker", "sequencer", "shared")


def create_keys(state: Path, *, log_name: str = "mlinzi") -> None:
    """Make all keys, and the recovery key split among three people.

    Folders are readable by their owner only; `site.accounts` hands them to the processes' accounts. Raises
    `Refused` when keys are there already: new keys over old ones would lose everything that was sealed.
    """
    keys = state / "keys"
    if (keys / "shared" / "intake.pub").exists():
        raise Refused(["This installation has keys already; they are never made anew."])
    for name in FOLDERS:
        (keys / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    intake = envelope.PrivateKey.generate("intake:1")
    records = envelope.SymmetricKey.generate("records:1")
    envelope.write_key_file(keys / "worker" / "intake.key", [intake])
    for process in ("staff", "worker"):
        envelope.write_key_file(keys / process / "records.key", [records])
    blind = secrets.token_hex(32)
    for process in ("staff", "worker"):
        write_secret(keys / process / "blind-index.key", blind)
    envelope.write_key_file(keys / "staff" / "factor.key", [envelope.SymmetricKey.generate("factor:1")])
    for process in ("public", "staff", "worker", "owner"):
        write_secret(keys / process / "django-secret", secrets.token_urlsafe(48))
    write_secret(keys / "public" / "receipt-secret", secrets.token_hex(32))
    _make_log_key(keys, log_name)
    make_recovery_key(state)
    # The public half of the door's key goes last: it is what says that the keys are complete.
    for process in ("public", "shared"):
        envelope.write_public(keys / process / "intake.pub", intake.public)


def _make_log_key(keys: Path, log_name: str) -> None:
    signer = auditlog.Ed25519Signer.generate(log_name)
    signer.write(keys / "sequencer" / "log.key")
    write_secret(keys / "shared" / "log.pub", signer.verifier.vkey)

