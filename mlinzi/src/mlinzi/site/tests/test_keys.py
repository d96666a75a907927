"""Keys lie where docs/keys.md says, are made once and whole, and give way to the next ones without loss."""

import os
import re
import stat
from pathlib import Path

import pytest

from kinga import auditlog, envelope
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import HELD, keyring_from
from mlinzi.site.environment import Process
from mlinzi.site.keys import ADDED_LATER, FILES, add_missing_keys, create_keys, keys_are_there
from mlinzi.site.rights import RIGHTS
from mlinzi.site.rotating import rotate
from mlinzi.site.safety.keyfiles import content_findings, file_findings

PAGE = Path(__file__).parents[5] / "docs" / "keys.md"
CONTEXT = b"test"


def table(first_column: str) -> list[list[str]]:
    """The rows of the table on the page whose head begins with this word."""
    _, _, rest = PAGE.read_text().partition(f"| {first_column} |")
    rows = rest.split("\n\n")[0].splitlines()[2:]
    assert rows
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    create_keys(tmp_path)
    return tmp_path / "keys"


def test_the_page_names_every_key_file_and_no_other() -> None:
    told: dict[str, set[str]] = {}
    for folder, file, *words in table("folder"):
        assert all(words), file
        told.setdefault(folder, set()).add(file)
    assert told == {process: set(names) for process, names in FILES.items()}
    for process, names in HELD.items():
        assert set(names) <= told[process]


def test_the_page_names_every_right_and_no_other() -> None:
    told: dict[Process, dict[str, str]] = {process: {} for process in RIGHTS}
    for name, *cells in table("table"):
        for process, letters in zip(RIGHTS, cells, strict=True):
            if letters != "–":
                told[process][name] = letters
    assert told == RIGHTS


def test_every_command_and_setting_on_the_page_exists() -> None:
    from mlinzi.site.cli import parser

    for words in re.findall(r"`mlinzi ([a-z ]+[a-z])", PAGE.read_text()):
        known = parser().format_help()
        assert words.split()[0] in known, words


def test_keys_are_made_where_the_page_says_and_belong_together(keys: Path) -> None:
    made = {folder.name: {path.name for path in folder.iterdir()} for folder in keys.iterdir()}
    assert made == {process: set(names) - {"database-url"} for process, names in FILES.items()}
    for path in keys.glob("*/*"):
        assert path.name.endswith(".pub") or path.stat().st_mode & 0o077 == 0, path
    assert list(content_findings(keys)) == []
    assert len(list((keys.parent / "recovery").iterdir())) == 3


def test_keys_are_never_made_twice(keys: Path) -> None:
    before = (keys / "worker" / "intake.key").read_bytes()
    with pytest.raises(Refused, match="never made anew"):
        create_keys(keys.parent)
    (keys / "shared" / "intake.pub").unlink()  # an accident; the others are still there
    with pytest.raises(Refused, match="never made anew"):
        create_keys(keys.parent)
    assert (keys / "worker" / "intake.key").read_bytes() == before


def test_a_start_that_was_cut_off_leaves_nothing_that_passes_for_keys(tmp_path: Path) -> None:
    (tmp_path / "keys.new" / "worker").mkdir(parents=True)
    (tmp_path / "keys.new" / "worker" / "intake.key").write_text("half")
    (tmp_path / "keys" / "public").mkdir(parents=True)
    assert not keys_are_there(tmp_path)
    create_keys(tmp_path)
    assert keys_are_there(tmp_path)
    assert not (tmp_path / "keys.new").exists()
    assert list(content_findings(tmp_path / "keys")) == []


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        create_keys(tmp_path / name)
    one, two = (
        {path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("one", "two")
    )
    assert len(one) > 10
    assert not one & two


@pytest.mark.parametrize(("kind", "file"), [("records", "staff/records.key"), ("factor", "staff/factor.key")])
def test_after_rotation_the_old_key_opens_and_the_new_one_seals(keys: Path, kind: str, file: str) -> None:
    held = envelope.FileKeys(keys / file)
    old = envelope.seal(b"before", to=[held.active], context=CONTEXT)
    assert rotate(keys, kind) == f"{kind}:2"
    assert held.active.key_id == f"{kind}:2"
    new = envelope.seal(b"after", to=[held.active], context=CONTEXT)
    for process in [p for p in ("staff", "worker") if (keys / p / Path(file).name).exists()]:
        holder = envelope.FileKeys(keys / process / Path(file).name)
        assert envelope.open_sealed(old, keys=holder, context=CONTEXT) == b"before"
        assert envelope.open_sealed(new, keys=holder, context=CONTEXT) == b"after"
    assert list(content_findings(keys)) == []


def test_the_door_gets_its_next_key_and_the_worker_opens_both(keys: Path) -> None:
    old = envelope.seal(b"before", to=[envelope.read_public(keys / "public" / "intake.pub")], context=CONTEXT)
    assert rotate(keys, "intake") == "intake:2"
    assert rotate(keys, "intake") == "intake:3"
    new = envelope.seal(b"after", to=[envelope.read_public(keys / "public" / "intake.pub")], context=CONTEXT)
    worker = keyring_from(keys / "worker", HELD["worker"]).holder
    assert envelope.recipients_of(new) == ("intake:3",)
    assert [envelope.open_sealed(s, keys=worker, context=CONTEXT) for s in (old, new)] == [
        b"before",
        b"after",
    ]
    desk = envelope.seal(b"told", to=[envelope.read_public(keys / "staff" / "intake.pub")], context=CONTEXT)
    assert envelope.recipients_of(desk) == ("intake:3",)
    assert list(content_findings(keys)) == []
    with pytest.raises(Refused, match="can be rotated"):
        rotate(keys, "receipt-secret")


def test_a_rotation_that_was_cut_off_is_finished_by_the_next_call(keys: Path) -> None:
    worker = envelope.FileKeys(keys / "worker" / "records.key")
    worker.add_and_activate(envelope.SymmetricKey.generate("records:2"))  # and there it was killed
    assert [finding.code for finding in content_findings(keys)] == ["key-mismatch"]
    assert rotate(keys, "records") == "records:2"
    assert list(content_findings(keys)) == []
    assert os.stat(keys / "staff" / "records.key").st_mode & 0o777 == 0o600


def content(keys: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of the key folders: its bytes, and when it was last written."""
    return {
        str(path.relative_to(keys)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in keys.glob("*/*")
        if path.is_file()
    }


def older(keys: Path) -> dict[str, tuple[bytes, int]]:
    """The folders as an earlier version made them."""
    for process, name in ADDED_LATER:
        (keys / process / name).unlink()
    return content(keys)


def test_keys_of_an_earlier_version_get_what_they_lack_and_nothing_else_is_touched(keys: Path) -> None:
    before = older(keys)
    add_missing_keys(keys.parent)
    after = content(keys)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {f"{process}/{name}" for process, name in ADDED_LATER}
    assert list(content_findings(keys)) == []
    for name in after.keys() - before.keys():
        mode = stat.S_IMODE((keys / name).stat().st_mode)
        assert mode == (0o644 if name.endswith(".pub") else 0o600)
    add_missing_keys(keys.parent)
    assert content(keys) == after


@pytest.mark.parametrize("lost", ["public/acknowledgement.pub", "shared/acknowledgement.pub", "both"])
def test_a_public_half_of_the_paper_s_key_follows_from_the_private_one(keys: Path, lost: str) -> None:
    """So it is after a kill in between, too."""
    before = content(keys)
    for name in ["public/acknowledgement.pub", "shared/acknowledgement.pub"] if lost == "both" else [lost]:
        (keys / name).unlink()
    add_missing_keys(keys.parent)
    assert {name: raw for name, (raw, _) in content(keys).items()} == {
        n: raw for n, (raw, _) in before.items()
    }


@pytest.mark.parametrize("lost_too", [None, "public/acknowledgement.pub"])
def test_a_lost_private_half_is_not_replaced_since_papers_that_are_out_would_fail(
    keys: Path, lost_too: str | None
) -> None:
    private = keys / "worker" / "acknowledgement.key"
    paper = auditlog.sign_note("A report was made.\n", auditlog.Ed25519Signer.from_file(private))
    kept = private.read_bytes()
    for name in filter(None, ("worker/acknowledgement.key", lost_too)):
        (keys / name).unlink()
    before = content(keys)
    add_missing_keys(keys.parent)
    assert content(keys) == before
    private.write_bytes(kept)  # from a backup
    private.chmod(0o600)
    add_missing_keys(keys.parent)
    assert list(content_findings(keys)) == []
    door = keyring_from(keys / "public", HELD["public"]).acknowledged_by
    assert door is not None
    assert auditlog.open_note(paper, door)


def test_what_was_lost_of_the_first_keys_is_never_made_anew(keys: Path) -> None:
    for name in ("worker/records.key", "public/receipt-secret", "sequencer/log.key"):
        (keys / name).unlink()
    (keys / "staff" / "receipt-secret").unlink()
    before = content(keys)
    add_missing_keys(keys.parent)  # nothing to copy from
    assert content(keys) == before
    for path in (keys / "staff").iterdir():
        path.unlink()
    (keys / "staff").rmdir()  # a whole folder is gone: that is for a restore
    add_missing_keys(keys.parent)
    assert not (keys / "staff").exists()


@pytest.mark.parametrize("link", ["symbolic", "hard"])
def test_a_door_that_was_broken_into_cannot_have_a_key_copied_to_the_staff_site(
    keys: Path, link: str
) -> None:
    older(keys)
    false, secret = keys / "public" / "receipt-secret", keys / "worker" / "blind-index.key"
    false.unlink()
    if link == "symbolic":
        false.symlink_to(secret)
    else:
        os.link(secret, false)
    stranger = envelope.PrivateKey.generate("intake:1")
    envelope.write_public(keys / "public" / "intake.pub", stranger.public)
    add_missing_keys(keys.parent)
    assert not (keys / "staff" / "receipt-secret").exists()
    assert envelope.read_public(keys / "staff" / "intake.pub") != stranger.public
    assert "key-missing" in [finding.code for finding in file_findings(keys, {})]


def test_a_damaged_key_of_the_paper_does_not_keep_a_house_from_being_brought_up_to_date(keys: Path) -> None:
    (keys / "worker" / "acknowledgement.key").write_text("PRIVATE+KEY+")
    (keys / "public" / "acknowledgement.pub").unlink()
    before = content(keys)
    add_missing_keys(keys.parent)
    assert content(keys) == before
    assert "key-damaged" in [finding.code for finding in content_findings(keys)]
