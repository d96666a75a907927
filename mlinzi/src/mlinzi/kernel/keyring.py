"""The keys that this process holds, read from its own folder.

`HELD` says which files each process opens; `docs/keys.md` is the same table for people, and a test compares
the two.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from kinga import auditlog, envelope

HELD: dict[str, tuple[str, ...]] = {
    "public": ("intake.pub", "receipt-secret", "acknowledgement.pub"),
    "staff": ("records.key", "factor.key", "blind-index.key", "intake.pub", "receipt-secret"),
    "worker": ("intake.key", "records.key", "blind-index.key", "acknowledgement.key"),
    "sequencer": (),
    "owner": (),
}
_OTHER_FORMATS = ("blind-index.key", "acknowledgement.key")
"""Files that end in .key and are no key files of `envelope`."""


@dataclass(frozen=True)
class KeyRing:
    """Keys as a value, handed to every act that seals or opens. What is None cannot be done by this process.

    Args:
        intake: public half of the door's key: anybody may seal for it, only the worker opens.
        records: the active key that records are sealed for.
        factor: seals second factors; only the staff site holds it.
        holder: opens what our keys open.
        blind: key of the blind indexes (32 bytes).
        receipt_secret: the secret that receipts and mailboxes are derived with (32 bytes).
        acknowledger: signs the paper that a report was made on a day; only the worker holds it.
        acknowledged_by: tells such a paper from a false one; the public site holds it.
    """

    intake: envelope.PublicKey | None = None
    records: envelope.SymmetricKey | None = None
    factor: envelope.SymmetricKey | None = None
    holder: envelope.KeyHolder = field(default_factory=envelope.MemoryKeys, repr=False)
    blind: bytes | None = field(default=None, repr=False)
    receipt_secret: bytes | None = field(default=None, repr=False)
    acknowledger: auditlog.Signer | None = field(default=None, repr=False)
    acknowledged_by: auditlog.Verifier | None = None


class Holders:
    """Several key holders as one: the first that knows the key opens."""

    def __init__(self, *holders: envelope.KeyHolder) -> None:
        self._holders = holders

    def unwrap(self, stanza: envelope.Stanza, context: bytes) -> bytes | None:
        for holder in self._holders:
            if (key := holder.unwrap(stanza, context)) is not None:
                return key
        return None


@lru_cache(maxsize=8)
def keyring_from(folder: Path, names: tuple[str, ...]) -> KeyRing:
    """Read the named key files of one process's folder. A file that is not there leaves its place empty."""
    files = {name: folder / name for name in names if (folder / name).exists()}
    held = {
        name: envelope.FileKeys(path)
        for name, path in files.items()
        if name.endswith(".key") and name not in _OTHER_FORMATS
    }
    return KeyRing(
        intake=envelope.read_public(files["intake.pub"]) if "intake.pub" in files else None,
        records=_active(held.get("records.key")),
        factor=_active(held.get("factor.key")),
        holder=Holders(*held.values()),
        blind=_secret(files.get("blind-index.key")),
        receipt_secret=_secret(files.get("receipt-secret")),
        acknowledger=_signer(files.get("acknowledgement.key")),
        acknowledged_by=_verifier(files.get("acknowledgement.pub")),
    )


def _active(keys: envelope.FileKeys | None) -> envelope.SymmetricKey | None:
    active = keys.active if keys else None
    return active if isinstance(active, envelope.SymmetricKey) else None


def _secret(path: Path | None) -> bytes | None:
    return bytes.fromhex(path.read_text().strip()) if path else None


def _signer(path: Path | None) -> auditlog.Signer | None:
    return auditlog.Ed25519Signer.from_file(path) if path else None


def _verifier(path: Path | None) -> auditlog.Verifier | None:
    return auditlog.Verifier.from_vkey(path.read_text().strip()) if path else None


def keyring() -> KeyRing:
    """The ring of this process. The owner, who made the keys, reads the folders of the others."""
    process = str(settings.PROCESS)
    if process != "owner":
        return keyring_from(settings.KEYS / process, HELD[process])
    door, desk, worker = (keyring_from(settings.KEYS / p, HELD[p]) for p in ("public", "staff", "worker"))
    return KeyRing(
        intake=door.intake,
        records=worker.records,
        factor=desk.factor,
        holder=Holders(worker.holder, desk.holder),
        blind=worker.blind,
        receipt_secret=door.receipt_secret,
        acknowledger=worker.acknowledger,
        acknowledged_by=door.acknowledged_by,
    )
