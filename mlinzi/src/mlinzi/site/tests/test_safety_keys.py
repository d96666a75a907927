"""`mlinzi check` finds every accident with key files, and never quotes a key."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from kinga import auditlog, envelope
from mlinzi.site.accounts import Account
from mlinzi.site.keys import FILES, create_keys
from mlinzi.site.roles import write_secret
from mlinzi.site.safety.findings import Finding
from mlinzi.site.safety.keyfiles import content_findings, file_findings, folder_findings


def codes(findings: Iterable[Finding]) -> list[str]:
    """The codes of findings. With keys, each of them refuses."""
    found = list(findings)
    assert all(finding.refuses and finding.sentence.endswith(".") for finding in found), found
    return [finding.code for finding in found]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Whole keys of a machine without separation."""
    create_keys(tmp_path)
    for process, names in FILES.items():
        if "database-url" in names:
            write_secret(tmp_path / "keys" / process / "database-url", "postgresql://invented")
    (tmp_path / "keys" / "shared" / "log.pub").chmod(0o644)
    return tmp_path / "keys"


def key_codes(keys: Path) -> list[str]:
    return codes(file_findings(keys, {})) + codes(content_findings(keys))


def replace_key(path: Path, key: envelope.HeldKey) -> None:
    path.unlink()
    envelope.write_key_file(path, [key])


def leave_a_link(path: Path) -> None:
    moved = path.rename(path.parents[2] / path.name)
    path.symlink_to(moved)


def test_new_keys_are_not_talked_about(keys: Path) -> None:
    assert key_codes(keys) == []
    (keys / "owner" / "database-url").touch(mode=0o600)  # may lie there
    assert key_codes(keys) == []


ACCIDENTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a key file is gone": (lambda keys: (keys / "worker" / "intake.key").unlink(), "key-missing"),
    "a connection is gone": (lambda keys: (keys / "staff" / "database-url").unlink(), "key-missing"),
    "others read a key": (lambda keys: (keys / "staff" / "records.key").chmod(0o640), "key-open"),
    "others enter a folder": (lambda keys: (keys / "worker").chmod(0o750), "key-open"),
    "others write a public key": (lambda keys: (keys / "shared" / "intake.pub").chmod(0o666), "key-open"),
    "a process holds too much": (
        lambda keys: write_secret(keys / "public" / "records.key", "copied"),
        "key-extra",
    ),
    "a key is a link": (lambda keys: leave_a_link(keys / "staff" / "factor.key"), "key-link"),
    "the door seals for nobody": (
        lambda keys: envelope.write_public(
            keys / "public" / "intake.pub", envelope.PrivateKey.generate("intake:1").public
        ),
        "key-mismatch",
    ),
    "the staff site seals for nobody": (
        lambda keys: envelope.write_public(
            keys / "staff" / "intake.pub", envelope.PrivateKey.generate("intake:1").public
        ),
        "key-mismatch",
    ),
    "a caller's number leads nowhere": (
        lambda keys: write_secret(keys / "staff" / "receipt-secret", os.urandom(32).hex()),
        "key-mismatch",
    ),
    "true papers pass for forgeries": (
        lambda keys: write_secret(
            keys / "public" / "acknowledgement.pub",
            auditlog.Ed25519Signer.generate("mlinzi-acknowledgement").verifier.vkey,
        ),
        "key-mismatch",
    ),
    "others hold a false half of the paper's key": (
        lambda keys: (keys / "shared" / "acknowledgement.pub").write_text("mlinzi-acknowledgement"),
        "key-mismatch",
    ),
    "the door signs papers": (
        lambda keys: shutil.copy(keys / "worker" / "acknowledgement.key", keys / "public"),
        "key-extra",
    ),
    "the paper's key is damaged": (
        lambda keys: write_secret(keys / "worker" / "acknowledgement.key", "PRIVATE+KEY+"),
        "key-damaged",
    ),
    "records keys differ": (
        lambda keys: replace_key(keys / "staff" / "records.key", envelope.SymmetricKey.generate("records:1")),
        "key-mismatch",
    ),
    "blind indexes differ": (
        lambda keys: write_secret(keys / "staff" / "blind-index.key", os.urandom(32).hex()),
        "key-mismatch",
    ),
    "the log's halves differ": (
        lambda keys: (keys / "shared" / "log.pub").write_text(
            auditlog.Ed25519Signer.generate("mlinzi").verifier.vkey
        ),
        "key-mismatch",
    ),
    "a chosen key": (
        lambda keys: replace_key(keys / "staff" / "factor.key", envelope.SymmetricKey("factor:1", b"k" * 32)),
        "key-weak",
    ),
    "a chosen receipt secret": (
        lambda keys: write_secret(keys / "public" / "receipt-secret", "00" * 32),
        "key-weak",
    ),
    "a chosen receipt secret at the staff site": (
        lambda keys: write_secret(keys / "staff" / "receipt-secret", "00" * 32),
        "key-weak",
    ),
    "a secret that is none": (
        lambda keys: write_secret(keys / "public" / "receipt-secret", "changeme"),
        "key-weak",
    ),
    "a default of the framework": (
        lambda keys: write_secret(keys / "staff" / "django-secret", "django-insecure-" + "abcdefgh" * 8),
        "key-weak",
    ),
    "one secret for two sites": (
        lambda keys: write_secret(
            keys / "staff" / "django-secret", (keys / "public" / "django-secret").read_text().strip()
        ),
        "key-shared",
    ),
    "a damaged key": (
        lambda keys: write_secret(keys / "worker" / "intake.key", "{}"),
        "key-damaged",
    ),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_each_accident_with_keys_refuses(keys: Path, accident: str) -> None:
    happen, code = ACCIDENTS[accident]
    happen(keys)
    assert code in key_codes(keys)


def test_what_a_later_version_brought_is_mended_by_migrate_and_what_was_lost_by_a_backup(keys: Path) -> None:
    for name in ("staff/receipt-secret", "worker/acknowledgement.key", "staff/records.key"):
        (keys / name).unlink()
    said = {f.sentence.split(" ")[3]: f.sentence for f in file_findings(keys, {})}
    assert "`mlinzi migrate`" in said["staff/receipt-secret"]
    assert "`mlinzi migrate`" in said["worker/acknowledgement.key"]
    assert "`mlinzi migrate`" not in said["staff/records.key"]
    assert all("backup" in sentence for sentence in said.values())
    assert key_codes(keys) == ["key-missing"] * 3


def test_a_key_of_another_account_is_named(keys: Path) -> None:
    stranger = Account("stranger", os.geteuid() + 1, os.getegid())
    found = codes(file_findings(keys, {"worker": stranger}))
    assert set(found) == {"key-owner"}
    assert len(found) == len(FILES["worker"]) + 1


def test_findings_about_keys_never_quote_one(keys: Path) -> None:
    secret = "31" * 32
    write_secret(keys / "staff" / "blind-index.key", secret)
    write_secret(keys / "worker" / "records.key", f"{secret} is no key")
    said = " ".join(f.sentence for f in (*file_findings(keys, {}), *content_findings(keys)))
    assert "records" in said
    assert secret not in said


@pytest.mark.parametrize("folder", ["vault", "outbox", "door", "recovery"])
def test_folders_that_everybody_enters_refuse(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(mode=0o700)
    assert codes(folder_findings(tmp_path)) == []
    (tmp_path / folder).chmod(0o705)
    assert codes(folder_findings(tmp_path)) == ["folder-open"]
