"""The key files: there, whole, matching each other, and readable by nobody else."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kinga import auditlog, envelope
from mlinzi.site.accounts import Account
from mlinzi.site.keys import ADDED_LATER, CONNECTION, FILES, OPEN_TO_ALL
from mlinzi.site.safety.findings import Finding, refusal

_BACK = "Put it back from a backup."
_OPTIONAL = {"owner": {CONNECTION}}
# 32 random bytes have about 30 different values; fewer than this many were chosen by somebody.
_FEWEST_VALUES = 16
_CANNOT_READ = (envelope.EnvelopeError, auditlog.AuditLogError, OSError, ValueError)


def file_findings(keys: Path, accounts: Mapping[str, Account | None]) -> Iterator[Finding]:
    """Compare the key folders with `FILES`: what is there, whose it is, who else may read it. All refuse.

    Args:
        accounts: the account of each process; None where it shares ours.
    """
    for process, names in FILES.items():
        folder = keys / process
        if not folder.is_dir():
            yield refusal("key-missing", f"The key folder {process} is missing. {_BACK}")
            continue
        account = accounts.get(process)
        owner = account.uid if account else os.geteuid()
        yield from _place_findings(folder, owner, shared=process == OPEN_TO_ALL)
        there = {path.name for path in folder.iterdir()}
        for name in names:
            if name not in there:
                yield refusal(
                    "key-missing", f"The key file {process}/{name} is missing. {_mend(process, name)}"
                )
            else:
                yield from _place_findings(folder / name, owner, shared=name.endswith(".pub"))
        for name in sorted(there - set(names) - _OPTIONAL.get(process, set())):
            yield refusal(
                "key-extra",
                f"The file {process}/{name} does not belong in that key folder: this process must not hold "
                "it. Take it away.",
            )


def folder_findings(state: Path) -> Iterator[Finding]:
    """Folders with sealed files, letters and recovery shares that others can enter. These refuse."""
    for name in ("vault", "outbox", "door", "recovery"):
        if (state / name).is_dir() and (state / name).stat().st_mode & 0o007:
            yield refusal("folder-open", f"Everybody can enter the folder {name}. Run `mlinzi migrate`.")


def _mend(process: str, name: str) -> str:
    if (process, name) in ADDED_LATER:
        return "Run `mlinzi migrate`; if it is missing still, put it back from a backup."
    return "Run `mlinzi migrate`." if name == CONNECTION else _BACK


def _place_findings(path: Path, owner: int, *, shared: bool) -> Iterator[Finding]:
    found = path.lstat()
    name = f"{path.parent.name}/{path.name}" if path.is_file() else path.name
    if stat.S_ISLNK(found.st_mode):
        yield refusal("key-link", f"{name} is a link; put the file itself there.")
        return
    forbidden = 0o022 if shared else 0o077
    if found.st_mode & forbidden:
        right = "755" if path.is_dir() and shared else "644" if shared else "700" if path.is_dir() else "600"
        yield refusal(
            "key-open", f"Others can {'change' if shared else 'reach'} {name}; set it to mode {right}."
        )
    if found.st_uid != owner:
        yield refusal("key-owner", f"{name} belongs to the wrong account. Run `mlinzi migrate` as root.")


def content_findings(keys: Path) -> Iterator[Finding]:
    """Read the keys that can be read and compare those that belong together. All of these refuse.

    A door that seals for a key which the worker does not hold would lose every report; so would a wrong blind
    index lose every look-up.
    """
    for check in (_door, _receipts, _records, _blind_index, _log, _acknowledgement, _signing):
        try:
            yield from check(keys)
        except (FileNotFoundError, envelope.ExposedFile):
            continue  # `file_findings` says so
        except _CANNOT_READ as error:
            yield refusal("key-damaged", f"A key file of the {_SUBJECT[check]} cannot be read: {error}")
    secrets = (("staff", "blind-index.key"), ("public", "receipt-secret"), ("staff", "receipt-secret"))
    for process, name in secrets:
        yield from _secret_findings(keys / process / name)


def _door(keys: Path) -> Iterator[Finding]:
    opens = envelope.FileKeys(keys / "worker" / "intake.key").active
    for process in ("public", OPEN_TO_ALL, "staff"):
        if envelope.read_public(keys / process / "intake.pub") != opens:
            yield refusal(
                "key-mismatch",
                f"What is sealed with {process}/intake.pub does not open with worker/intake.key: reports "
                f"would be lost. {_BACK}",
            )


def _receipts(keys: Path) -> Iterator[Finding]:
    public, staff = ((keys / process / "receipt-secret").read_text() for process in ("public", "staff"))
    if public.strip() != staff.strip():
        yield refusal(
            "key-mismatch",
            "public/receipt-secret and staff/receipt-secret differ: a number that a counsellor reads out "
            f"would lead nowhere. {_BACK}",
        )


def _records(keys: Path) -> Iterator[Finding]:
    staff, worker = (envelope.FileKeys(keys / process / "records.key") for process in ("staff", "worker"))
    if staff.active != worker.active or staff.key_ids != worker.key_ids:
        yield refusal("key-mismatch", f"staff/records.key and worker/records.key differ. {_BACK}")
    factor = envelope.FileKeys(keys / "staff" / "factor.key").active
    for name, key in (("records.key", staff.active), ("factor.key", factor)):
        if len(set(key.raw)) < _FEWEST_VALUES:
            yield refusal(
                "key-weak", f"staff/{name} is not random. Make a new installation; never choose a key."
            )


def _blind_index(keys: Path) -> Iterator[Finding]:
    staff, worker = ((keys / process / "blind-index.key").read_bytes() for process in ("staff", "worker"))
    if staff != worker:
        yield refusal("key-mismatch", f"staff/blind-index.key and worker/blind-index.key differ. {_BACK}")


def _log(keys: Path) -> Iterator[Finding]:
    signer = auditlog.Ed25519Signer.from_file(keys / "sequencer" / "log.key")
    if (keys / OPEN_TO_ALL / "log.pub").read_text().strip() != signer.verifier.vkey:
        yield refusal("key-mismatch", f"shared/log.pub does not belong to sequencer/log.key. {_BACK}")
    envelope.read_public(keys / "owner" / "recovery.pub")


def _acknowledgement(keys: Path) -> Iterator[Finding]:
    signer = auditlog.Ed25519Signer.from_file(keys / "worker" / "acknowledgement.key")
    for process in ("public", OPEN_TO_ALL):
        if (keys / process / "acknowledgement.pub").read_text().strip() != signer.verifier.vkey:
            yield refusal(
                "key-mismatch",
                f"{process}/acknowledgement.pub does not belong to worker/acknowledgement.key: true papers "
                f"would pass for forgeries. {_BACK}",
            )


def _signing(keys: Path) -> Iterator[Finding]:
    seen: set[str] = set()
    for process, names in FILES.items():
        if "django-secret" not in names:
            continue
        secret = (keys / process / "django-secret").read_text().strip()
        if secret in seen:
            yield refusal("key-shared", f"{process}/django-secret is used twice; give each process its own.")
        if len(secret) < 40 or len(set(secret)) < _FEWEST_VALUES or secret.startswith("django-insecure"):
            yield refusal("key-weak", f"{process}/django-secret is not random; put 48 random letters there.")
        seen.add(secret)


_SUBJECT: dict[Callable[[Path], Iterator[Finding]], str] = {
    _door: "door",
    _receipts: "receipts",
    _records: "records",
    _blind_index: "blind index",
    _log: "log or recovery",
    _acknowledgement: "acknowledgement",
    _signing: "sites' signatures",
}


def _secret_findings(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    try:
        raw = bytes.fromhex(path.read_text().strip())
    except ValueError:
        raw = b""
    if len(raw) != 32 or len(set(raw)) < _FEWEST_VALUES:
        yield refusal("key-weak", f"{path.parent.name}/{path.name} is not 32 random bytes. {_BACK}")
