"""The `mlinzi` command as its keepers meet it: sentences, not tracebacks, and exit codes for programs."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlinzi.site.cli import parser
from mlinzi.site.keys import ADDED_LATER
from mlinzi.site.tests.machine import kept_up, mlinzi, story

CHANGE = (
    "UPDATE audit_entry SET purpose = {} WHERE id = (SELECT entry_id FROM audit_numbered WHERE index = 3)"
)
INVITED = (
    "SELECT p.email FROM access_invitation i JOIN access_person p ON p.id = i.person_id "
    "WHERE i.token_digest = sha256('{}'::bytea)"
)
MAIL = {"MLINZI_EMAIL_URL": "smtp://mail.invalid:587"}


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    """The state folder of a small installation of its own."""
    with tempfile.TemporaryDirectory(prefix="mlinzi-passable-") as name:
        Path(name).chmod(0o711)
        state = Path(name) / "state"
        with kept_up(state):
            story(state, "tell")
            yield state


def test_every_command_has_a_function_and_a_line_of_help() -> None:
    said = parser().format_help()
    for command in ("run", "migrate", "check", "fsck", "pack", "audit", "backup", "restore", "demo", "keys"):
        assert re.search(rf"^    {command} +\w", said, re.MULTILINE), command


def test_where_nothing_is_the_keeper_is_told_what_to_do(tmp_path: Path) -> None:
    for command in (
        ("check",),
        ("fsck",),
        ("audit", "verify"),
        ("backup", tmp_path / "b"),
        ("keys", "rotate", "intake"),
    ):
        code, said = mlinzi(tmp_path / "nothing", *command)
        assert code == 1
        assert said.startswith(
            "Stopped. There is no installation in the state folder. Make one with `mlinzi run`"
        )
    assert not (tmp_path / "nothing").exists(), "asking makes nothing"


def test_check_refuses_and_warns_in_sentences_and_in_json(house: Path) -> None:
    code, said = mlinzi(house, "check")
    assert code == 1
    assert "UNSAFE   Letters are only written to files" in said
    assert "warning  3 recovery shares still lie on this machine" in said
    assert said.endswith("To be mended before this installation is used: 1.\n")
    code, said = mlinzi(house, "check", "--json", **MAIL)
    assert code == 0, said
    found = json.loads(said)
    assert (found["safe"], found["refusals"]) == (True, [])
    assert "shares" in [warning["code"] for warning in found["warnings"]]
    code, said = mlinzi(house, "check", "--json", **MAIL, MLINZI_DEBUG="yes", MLINZI_PUBLIC_HOSTS="*")
    assert code == 1
    assert [finding["code"] for finding in json.loads(said)["refusals"]] == ["debug", "https", "hosts"]


def test_a_database_that_is_not_there_is_one_sentence(house: Path) -> None:
    code, said = mlinzi(house, "check", DATABASE_URL="postgresql://somebody:secret@127.0.0.1:9/nowhere")
    assert code == 1
    assert said.startswith("Stopped. The database does not answer.")
    assert "somebody" not in said
    assert "secret" not in said


def test_a_setting_that_is_neither_yes_nor_no_is_one_sentence(house: Path) -> None:
    code, said = mlinzi(house, "check", MLINZI_DEBUG="perhaps")
    assert (code, said) == (1, "Stopped. MLINZI_DEBUG must be yes or no, not 'perhaps'.\n")
    code, said = mlinzi(house, "check", MLINZI_NUMBERS_AHEAD="many")
    assert (code, said) == (1, "Stopped. MLINZI_NUMBERS_AHEAD must be a whole number, not 'many'.\n")


def test_audit_verify_refuses_an_empty_log_names_a_break_and_passes_a_whole_one(house: Path) -> None:
    assert mlinzi(house, "audit", "verify") == (
        1,
        "Stopped. The audit log has no numbered entry yet, so there is nothing to verify.\n",
    )
    numbered = story(house, "number")["numbered"]
    code, said = mlinzi(house, "audit", "verify")
    assert code == 0
    assert said.startswith(
        f"The audit log is whole: {numbered} entries, {numbered} of them under a signed head."
    )
    story(house, "sql", CHANGE.format("'changed'"))
    code, said = mlinzi(house, "audit", "verify")
    assert code == 1
    assert "The audit log is broken at entry 3: the content of entry 3 does not fit its hash." in said
    story(house, "sql", CHANGE.format("''"))
    assert mlinzi(house, "audit", "verify")[0] == 0


def test_fsck_sweeps_only_when_it_may(house: Path) -> None:
    orphan = house / "vault" / "ab" / "cd" / ("abcd" + "0" * 28)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"left by a kill")
    os.utime(orphan, (0, 0))
    code, said = mlinzi(house, "fsck")
    assert (code, f"No record names the file {orphan.name} in the vault." in said) == (1, True), said
    code, said = mlinzi(house, "fsck", "--sweep")
    assert (code, "Nobody can be asked here" in said) == (1, True), said
    assert orphan.exists()
    code, said = mlinzi(house, "fsck", "--sweep", "--yes")
    assert code == 0, said
    assert not orphan.exists()
    assert mlinzi(house, "fsck") == (0, "Records, sealed files and the log fit together.\n")


def test_the_first_administrator_gets_an_address_that_works(house: Path) -> None:
    first = ("first-administrator", "--organisation", "harbour_wardens")
    code, said = mlinzi(house, *first, "--name", "Ada Invented", "--email", "ada@example.org")
    assert code == 0, said
    [address] = re.findall(r"^http://localhost:8001/welcome/[\w-]{43}/$", said, re.MULTILINE)
    assert story(house, "sql", INVITED.format(address.split("/")[-2]))["rows"] == [["ada@example.org"]]


def test_a_rotated_key_is_recorded_and_keeps_the_installation_whole(house: Path) -> None:
    code, said = mlinzi(house, "keys", "rotate", "records")
    assert code == 0, said
    assert said.startswith("The key records:2 is made.")
    found = json.loads(mlinzi(house, "check", "--json", **MAIL)[1])
    assert found["refusals"] == []
    seen = story(house, "look")
    assert len(seen["narratives"]) == 2
    rotated = "SELECT object_id FROM audit_entry WHERE action = 'site.key.rotate'"
    assert story(house, "sql", rotated)["rows"] == [["records:2"]]


def test_keys_of_an_earlier_version_are_completed_by_migrate(house: Path) -> None:
    for process, name in ADDED_LATER:
        (house / "keys" / process / name).unlink()
    missing = json.loads(mlinzi(house, "check", "--json", **MAIL)[1])["refusals"]
    assert [finding["code"] for finding in missing] == ["key-missing"] * len(ADDED_LATER)
    code, said = mlinzi(house, "migrate")
    assert code == 0, said
    assert json.loads(mlinzi(house, "check", "--json", **MAIL)[1])["refusals"] == []


def test_lost_keys_are_never_replaced_by_new_ones(house: Path) -> None:
    kept = house.parent / "kept"
    shutil.move(house / "keys", kept)
    try:
        code, said = mlinzi(house, "migrate")
        assert (code, "the keys that they were sealed with are not" in said) == (1, True), said
        assert not (house / "keys").exists()
    finally:
        shutil.move(kept, house / "keys")
    assert mlinzi(house, "migrate")[0] == 0
