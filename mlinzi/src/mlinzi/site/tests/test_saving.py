"""A backup brings everything back on an empty machine and tells nothing to whoever finds it."""

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from kinga import envelope
from mlinzi.site.recovery import WrongShares, make_recovery_key, recovery_key
from mlinzi.site.saving import archive
from mlinzi.site.saving.backing import _appearing
from mlinzi.site.saving.reading import check_whole, parts
from mlinzi.site.saving.shape import (
    CONTEXT,
    END,
    MANIFEST,
    Counts,
    Damaged,
    DoesNotOpen,
    Manifest,
    NotABackup,
    OtherFormat,
    ToolFailed,
    write_head,
)
from mlinzi.site.saving.tools import dumped, restoring, tools_for
from mlinzi.site.showing import unwatched
from mlinzi.site.tests.machine import kept_up, mlinzi, story
from mlinzi.site.tests.story import ANSWER, CANARIES, FILE, FILE_NAME, NARRATIVES, WAITS, WAITS_NAME

WORKING = {"audit_entry", "audit_waiting", "audit_verified", "audit_numbered", "audit_checkpoint"}


@dataclass(frozen=True)
class Saved:
    """An installation that is gone, what was seen in it, its backup and its shares."""

    backup: Path
    shares: tuple[Path, ...]
    told: dict[str, Any]
    seen: dict[str, Any]
    secrets: tuple[bytes, ...]
    folder: Path

    @property
    def key(self) -> envelope.PrivateKey:
        return recovery_key([self.shares[0].read_text(), self.shares[2].read_text()])

    def with_shares(self, first: int, second: int) -> tuple[object, ...]:
        return ("--share", self.shares[first - 1], "--share", self.shares[second - 1])


@pytest.fixture(scope="module")
def saved() -> Iterator[Saved]:
    with tempfile.TemporaryDirectory(prefix="mlinzi-passable-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        state = folder / "first"
        with kept_up(state):
            told = story(state, "tell")
            story(state, "number")
            code, said = mlinzi(state, "backup", folder / "backup")
            assert code == 0, said
            assert "sealed files: 2." in said
            code, again = mlinzi(state, "backup", folder / "backup")
            assert (code, "is there already; a backup is never written over" in again) == (1, True), again
            seen = story(state, "look", *told["receipts"])
        shares = tuple(shutil.copy(path, folder) for path in sorted((state / "recovery").iterdir()))
        secrets = tuple(
            path.read_bytes().strip()
            for path in (state / "keys").glob("*/*")
            if not path.name.endswith(".pub")
        )
        shutil.rmtree(state)
        yield Saved(folder / "backup", tuple(map(Path, shares)), told, seen, secrets, folder)


@pytest.fixture(scope="module")
def again(saved: Saved) -> Iterator[Path]:
    """The state folder of a machine on which the backup was restored."""
    state = saved.folder / "second"
    code, said = mlinzi(state, "restore", saved.backup, *saved.with_shares(1, 3))
    assert code == 0, said
    assert "records, sealed files and the log fit together" in said
    assert "The audit log is whole" in said
    with kept_up(state):
        yield state


def changed(backup: Path, to: Path, at: int) -> Path:
    """A copy of a backup with one bit flipped."""
    data = bytearray(backup.read_bytes())
    data[at] ^= 1
    to.write_bytes(data)
    return to


def sealed(to: Path, key: envelope.PrivateKey, members: list[tuple[str, bytes]]) -> Path:
    """A backup with these members, properly sealed: what somebody with the public key alone can make."""
    pieces = [piece for name, content in members for piece in archive.member(name, content)]
    return sealed_bytes(to, key, b"".join([*pieces, archive.closing()]))


def sealed_bytes(to: Path, key: envelope.PrivateKey, content: bytes) -> Path:
    body = io.BytesIO()
    header = envelope.seal_stream([content], body, to=[key.public], context=CONTEXT)
    with to.open("wb") as file:
        write_head(file, header)
        file.write(body.getvalue())
    return to


def test_everything_is_back_on_an_empty_machine(saved: Saved, again: Path) -> None:
    found = story(again, "look", *saved.told["receipts"])
    assert found["boxes"] == [[ANSWER], []]
    assert found["narratives"] == sorted(NARRATIVES)
    assert found["file"] == [FILE_NAME, FILE.decode()]
    same = {table: rows for table, rows in saved.seen["rows"].items() if table not in WORKING}
    assert {table: found["rows"][table] for table in same} == same
    assert not (again / "restore-unfinished").exists()
    assert list((again / "recovery").iterdir()) == []


def test_that_everything_was_copied_and_brought_back_stands_in_the_log(again: Path) -> None:
    asked = "SELECT action FROM audit_entry WHERE object_type = 'site.backup' ORDER BY at"
    assert story(again, "sql", asked)["rows"] == [["site.backup.make"], ["site.backup.restore"]]


def test_what_was_restored_goes_on_working(saved: Saved, again: Path) -> None:
    assert story(again, "number")["numbered"] > 0
    code, said = mlinzi(again, "audit", "verify")
    assert (code, "The audit log is whole" in said) == (0, True), said
    assert mlinzi(again, "fsck") == (0, "Records, sealed files and the log fit together.\n")
    code, said = mlinzi(again, "check", MLINZI_EMAIL_URL="smtp://mail.invalid:587")
    assert code == 0, said
    # A second restore into the same folder would mix two installations.
    code, said = mlinzi(again, "restore", saved.backup, *saved.with_shares(1, 2))
    assert (code, "is not empty" in said) == (1, True), said


def test_restored_folders_have_the_rights_of_new_ones(again: Path) -> None:
    for path in (again / "keys").glob("*/*"):
        shared = path.parent.name == "shared"
        assert path.stat().st_mode & 0o777 == (0o644 if shared else 0o600), path
    for folder in (again / "vault", again / "door"):
        [body] = folder.glob("*/*/*")
        assert body.stat().st_mode & 0o777 == 0o640
        assert body.parent.stat().st_mode & 0o777 == 0o770
        assert body.stat().st_gid == folder.stat().st_gid


def test_what_waited_at_the_door_is_taken_in_on_the_new_machine(again: Path) -> None:
    assert story(again, "take-in")["files"] == [[WAITS_NAME, WAITS.decode()]]
    assert [path for path in (again / "door").glob("*/*/*") if path.is_file()] == []
    assert mlinzi(again, "fsck") == (0, "Records, sealed files and the log fit together.\n")


def test_a_backup_from_before_there_was_a_door_is_still_whole(saved: Saved, tmp_path: Path) -> None:
    end = b'{"database": 1, "vault": 0, "keys": 0}'
    old = sealed(tmp_path / "old", saved.key, [(MANIFEST, manifest()), ONE, (END, end)])
    assert check_whole(old, saved.key, watch=unwatched).version == "9.9"


def test_a_server_of_ones_own_takes_a_backup_into_an_empty_database_only(saved: Saved) -> None:
    server = os.environ["DATABASE_URL"]
    name = f"mlinzi_restored_{os.getpid()}"
    as_url = urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            restore = ("restore", saved.backup, *saved.with_shares(2, 3))
            code, said = mlinzi(saved.folder / "third", *restore, DATABASE_URL=as_url)
            assert code == 0, said
            found = story(saved.folder / "third", "look", *saved.told["receipts"], DATABASE_URL=as_url)
            assert found["narratives"] == sorted(NARRATIVES)
            code, said = mlinzi(saved.folder / "fourth", *restore, DATABASE_URL=as_url)
            assert code == 1
            assert "database is not empty" in said
            assert not (saved.folder / "fourth").exists()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))
            for process in ("public", "staff", "worker", "sequencer"):
                connection.execute(
                    sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{name}_{process}"))
                )


def test_whoever_finds_a_backup_learns_nothing(saved: Saved) -> None:
    data = saved.backup.read_bytes()
    for canary in CANARIES:
        assert canary.encode() not in data
    assert saved.secrets
    for secret in saved.secrets:
        assert secret not in data
    assert b"PGDMP" not in data, "the database's own dump"
    assert saved.backup.stat().st_mode & 0o777 == 0o600


def test_a_backup_holds_keys_and_files_but_no_share_and_no_connection(saved: Saved) -> None:
    names = [name for name, content in parts(saved.backup, saved.key, watch=unwatched)]
    assert names[0] == MANIFEST
    assert names[-1] == END
    assert "keys/worker/intake.key" in names
    assert f"vault/{saved.told['file'].replace('-', '')[:2]}" in {name[:8] for name in names}
    kinds = [name.split("/")[0] for name in names]
    assert kinds.count("door") == 1
    # The worker carries files from the door to the vault meanwhile: what has left one is in the other.
    assert kinds.index("door") < kinds.index("vault")
    assert not [name for name in names if "share" in name.rpartition("/")[2] or "database-url" in name]
    contents = [content.read() for _, content in parts(saved.backup, saved.key, watch=unwatched)]
    for share in saved.shares:
        assert not [content for content in contents if share.read_bytes().strip() in content]


@pytest.mark.parametrize("part", [0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
def test_one_flipped_bit_anywhere_is_found(saved: Saved, tmp_path: Path, part: float) -> None:
    size = saved.backup.stat().st_size
    with pytest.raises((Damaged, DoesNotOpen, NotABackup, OtherFormat)):
        check_whole(changed(saved.backup, tmp_path / "bad", int(size * part)), saved.key, watch=unwatched)
    assert check_whole(saved.backup, saved.key, watch=unwatched).steps


def test_every_bit_before_the_body_counts(saved: Saved, tmp_path: Path) -> None:
    for at in range(180):
        with pytest.raises((Damaged, DoesNotOpen, NotABackup, OtherFormat)):
            check_whole(changed(saved.backup, tmp_path / "bad", at), saved.key, watch=unwatched)


@pytest.mark.parametrize("left", [0, 3, 20, 100, 5_000, -1])
def test_a_cut_is_found(saved: Saved, tmp_path: Path, left: int) -> None:
    (tmp_path / "cut").write_bytes(saved.backup.read_bytes()[:left])
    with pytest.raises((Damaged, DoesNotOpen, NotABackup)):
        check_whole(tmp_path / "cut", saved.key, watch=unwatched)


def test_nothing_is_written_of_a_damaged_backup(saved: Saved, tmp_path: Path) -> None:
    bad = changed(saved.backup, tmp_path / "bad", saved.backup.stat().st_size - 1)
    state = saved.folder / "never"
    code, said = mlinzi(state, "restore", bad, *saved.with_shares(1, 2))
    assert code == 1
    assert "changed or cut off" in said
    assert not state.exists()


def test_one_share_is_not_enough_and_two_of_different_keys_are_none(saved: Saved, tmp_path: Path) -> None:
    state = saved.folder / "never"
    make_recovery_key(tmp_path, tmp_path / "other")
    other = sorted((tmp_path / "other").iterdir())
    code, said = mlinzi(state, "restore", saved.backup, "--share", saved.shares[0])
    assert (code, "exactly two shares" in said) == (1, True)
    for first, second in ((saved.shares[0], saved.shares[0]), (saved.shares[0], other[1])):
        with pytest.raises(WrongShares):
            recovery_key([first.read_text(), second.read_text()])
        code, said = mlinzi(state, "restore", saved.backup, "--share", first, "--share", second)
        assert (code, "do not make the recovery key" in said) == (1, True), said
    with pytest.raises(DoesNotOpen):
        check_whole(saved.backup, recovery_key([path.read_text() for path in other[:2]]), watch=unwatched)
    assert not state.exists()


def test_what_is_no_backup_of_ours_is_named_as_what_it_is(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Sir or Madam")
    with pytest.raises(NotABackup):
        check_whole(tmp_path / "letter", saved.key, watch=unwatched)
    (tmp_path / "newer").write_bytes(b"mlinzi backup 2\n" + saved.backup.read_bytes()[16:])
    with pytest.raises(OtherFormat):
        check_whole(tmp_path / "newer", saved.key, watch=unwatched)


def manifest(*steps: str, server: int = 15) -> bytes:
    return Manifest("2026-03-04T05:06:07+00:00", "9.9", steps, server, server).to_bytes()


ONE = ("database/000000", b"x")


@pytest.mark.parametrize(
    "members",
    [
        [(MANIFEST, manifest()), ONE],
        [(MANIFEST, manifest()), ONE, (END, Counts(database=2).to_bytes())],
        [(MANIFEST, manifest()), ("database/000001", b"x"), (END, Counts(database=1).to_bytes())],
        [(MANIFEST, manifest()), ONE, ONE, (END, Counts(database=2).to_bytes())],
        [ONE, (END, Counts(database=1).to_bytes())],
        [(MANIFEST, b"{}"), ONE, (END, Counts(database=1).to_bytes())],
        [(MANIFEST, manifest()), ("keys/public/a", b"x"), ONE, (END, Counts(database=1, keys=1).to_bytes())],
        [(MANIFEST, manifest()), ONE, (END, Counts(database=1).to_bytes()), ("keys/public/a", b"x")],
        [(MANIFEST, manifest()), ("keys/../../etc/cron", b"x"), (END, Counts(keys=1).to_bytes())],
        [(MANIFEST, manifest()), ("keys/nobody/a", b"x"), (END, Counts(keys=1).to_bytes())],
        [(MANIFEST, manifest()), ("/tmp/x", b"x"), (END, Counts(keys=1).to_bytes())],
        [(MANIFEST, manifest()), (f"vault/ab/cd/{'0' * 32}", b"x"), (END, Counts(vault=1).to_bytes())],
        [(MANIFEST, manifest()), (f"door/00/00/{'0' * 32}", b"x"), (END, Counts(vault=1).to_bytes())],
    ],
)
def test_a_well_sealed_archive_of_the_wrong_shape_is_refused(
    saved: Saved, tmp_path: Path, members: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(Damaged):
        check_whole(sealed(tmp_path / "odd", saved.key, members), saved.key, watch=unwatched)


def test_a_link_in_an_archive_is_refused(saved: Saved, tmp_path: Path) -> None:
    link = tarfile.TarInfo("keys/public/intake.pub")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(Damaged):
        check_whole(sealed_bytes(tmp_path / "odd", saved.key, link.tobuf()), saved.key, watch=unwatched)
    with pytest.raises(Damaged):
        check_whole(sealed_bytes(tmp_path / "odd", saved.key, b"no archive" * 99), saved.key, watch=unwatched)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (manifest("intake.0999_of_tomorrow"), "whose tables this version does not know"),
        (manifest(server=99), "take one at least as new"),
        (manifest(), "pg_restore stopped"),
    ],
)
def test_a_restore_that_fails_takes_away_what_it_made(
    saved: Saved, tmp_path: Path, told: bytes, sentence: str
) -> None:
    members = [(MANIFEST, told), ONE, (END, Counts(database=1).to_bytes())]
    state = saved.folder / "never"
    code, said = mlinzi(
        state, "restore", sealed(tmp_path / "odd", saved.key, members), *saved.with_shares(1, 2)
    )
    assert (code, sentence in said) == (1, True), said
    assert not state.exists()


def test_a_restore_that_was_cut_off_is_not_taken_for_an_installation(tmp_path: Path) -> None:
    state = tmp_path / "half"
    (state / "keys").mkdir(parents=True)
    (state / "restore-unfinished").touch()
    for command in (("check",), ("migrate",), ("fsck",), ("backup", tmp_path / "x")):
        code, said = mlinzi(state, *command)
        assert (code, "A restore into this state folder was cut off" in said) == (1, True), said
    assert not (state / "postgres").exists()


def test_a_backup_is_never_written_over_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "backup"
    with pytest.raises(TypeError), _appearing(target) as file:
        file.write("a text where bytes belong")  # type: ignore[call-overload]
    assert list(tmp_path.iterdir()) == []
    with _appearing(target) as file:
        file.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"


def test_a_tool_that_fails_says_why_and_stops_the_work() -> None:
    nowhere = psycopg.conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname="nobody_made_this")
    tools = tools_for(15)
    with pytest.raises(ToolFailed, match=r"pg_dump stopped .* does not exist"):
        list(dumped(tools, nowhere))
    with pytest.raises(ToolFailed, match="pg_restore stopped"), restoring(tools, nowhere) as pipe:
        pipe.write(b"x" * 1_000_000)
    with pytest.raises(ToolFailed, match="No PostgreSQL programs of version 99"):
        tools_for(99)
