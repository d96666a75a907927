"""Each process has an account of its own and reaches its own keys only; where not, it is said."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mlinzi.site.accounts import (
    DOOR,
    INSIDE,
    PROCESSES,
    SHARED_FOLDERS,
    Account,
    ensure_account,
    group_number,
    groups_of,
    is_root,
    own_folders,
    owner_of,
    process_accounts,
    reaches,
    separation,
)

needs_root = pytest.mark.skipif(not is_root(), reason="only root may make accounts")
NOBODY = Account("nobody", 65534, 65534)


@pytest.fixture
def accounts(passable_folder: Path) -> dict[str, Account]:
    if reasons := separation(passable_folder):
        pytest.skip(reasons[0])
    return {process: ensure_account(process) for process in PROCESSES}


def with_keys(state: Path) -> Path:
    for process in (*PROCESSES, "owner", "shared"):
        folder = state / "keys" / process
        folder.mkdir(parents=True)
        (folder / "some.key").write_text(process)
    return state


@needs_root
def test_a_process_reads_its_own_keys_and_nobody_elses(
    passable_folder: Path, accounts: dict[str, Account]
) -> None:
    state = with_keys(passable_folder / "state")
    own_folders(state)
    own_folders(state)  # again, as after each writing of keys
    for process, account in accounts.items():
        readable = {key.parent.name for key in state.glob("keys/*/some.key") if reaches(account, key, "r")}
        assert readable == {process, "shared"}
        folder = state / "keys" / process
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "some.key").stat().st_mode) == 0o600
        assert owner_of(folder / "some.key").uid == account.uid
    assert stat.S_IMODE((state / "recovery").stat().st_mode) == 0o700


@needs_root
@pytest.mark.parametrize(
    ("shared", "group", "members"),
    [
        ("vault", INSIDE, {"staff", "worker"}),
        ("outbox", INSIDE, {"staff", "worker"}),
        ("door", DOOR, {"public", "worker"}),
    ],
)
def test_two_processes_share_a_folder_and_the_others_do_not_reach_it(
    passable_folder: Path, accounts: dict[str, Account], shared: str, group: str, members: set[str]
) -> None:
    state = passable_folder / "state"
    own_folders(state)
    folder = state / shared
    for access in ("r", "w", "x"):
        may = {process for process, account in accounts.items() if reaches(account, folder, access)}
        assert may == members
    assert folder.stat().st_gid == group_number(group)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770  # what one writes, the other can read


def test_the_page_says_who_reaches_which_folder() -> None:
    page = (Path(__file__).parents[5] / "docs" / "keys.md").read_text()
    _, _, rest = page.partition("| folder | public | staff | worker | sequencer |")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    told = {}
    for folder, *cells, _what in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines):
        told[folder] = {process for process, cell in zip(PROCESSES, cells, strict=True) if cell != "–"}
    assert told == {
        folder: {process for process in PROCESSES if group in groups_of(process)}
        for folder, group in SHARED_FOLDERS.items()
    }


SEAL = """
import sys; from pathlib import Path; from uuid import UUID; from mlinzi.vault.files import WholeFile
body = WholeFile(Path(sys.argv[1]), UUID(sys.argv[2])); body.write(b"sealed"); body.commit()
"""
TAKE = """
import sys; from pathlib import Path; from uuid import UUID; from mlinzi.vault.files import path_of
body = path_of(Path(sys.argv[1]), UUID(sys.argv[2])); print(body.read_text()); body.unlink()
"""


@needs_root
def test_the_worker_takes_from_the_door_what_the_public_site_left_there(
    passable_folder: Path, accounts: dict[str, Account]
) -> None:
    state = passable_folder / "state"
    own_folders(state)

    def run(process: str, code: str, folder: str) -> str:
        account = accounts[process]
        done = subprocess.run(
            [sys.executable, "-c", code, str(state / folder), "ab" * 16],
            user=account.uid,
            group=account.gid,
            extra_groups=list(account.groups),
            umask=0o077,  # as our processes are started
            cwd="/",
            capture_output=True,
            text=True,
        )
        return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2].partition(":")[0]

    assert run("public", SEAL, "door") == ""
    assert run("staff", TAKE, "door") == "PermissionError"
    assert run("sequencer", TAKE, "door") == "PermissionError"
    assert run("worker", TAKE, "door") == "sealed"
    assert run("worker", TAKE, "door") == "FileNotFoundError"
    assert run("worker", SEAL, "vault") == ""
    assert run("public", TAKE, "vault") == "PermissionError"
    assert run("public", SEAL, "vault") == "PermissionError"
    assert run("staff", TAKE, "vault") == "sealed"


@needs_root
def test_root_is_not_led_to_give_away_a_file_from_elsewhere(
    passable_folder: Path, accounts: dict[str, Account]
) -> None:
    state = with_keys(passable_folder / "state")
    secret, second = passable_folder / "secret", passable_folder / "second"
    for path in (secret, second):
        path.write_text("not yours")
        path.chmod(0o600)
    mine = state / "keys" / "public"
    (mine / "link").symlink_to(secret)
    (mine / "hard").hardlink_to(second)
    own_folders(state)
    assert (mine / "some.key").stat().st_uid == accounts["public"].uid  # the honest file was handed over
    for path in (secret, second):
        assert path.stat().st_uid == 0
        assert not reaches(accounts["public"], path, "r")


@needs_root
def test_the_accounts_cannot_sign_in_and_are_made_once() -> None:
    first = ensure_account("public")
    assert ensure_account("public") == first
    line = next(line for line in Path("/etc/passwd").read_text().splitlines() if line.startswith(first.name))
    assert line.endswith(":/nonexistent:/usr/sbin/nologin")
    assert len({ensure_account(process).uid for process in (*PROCESSES, "db")}) == len(PROCESSES) + 1


@needs_root
def test_below_a_closed_folder_separation_is_off_and_the_folder_is_named(
    passable_folder: Path, tmp_path: Path, accounts: dict[str, Account]
) -> None:
    assert separation(passable_folder) == []
    assert None not in process_accounts(passable_folder).values()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    reasons = separation(closed)
    assert len(reasons) == 1
    assert str(closed) in reasons[0]
    assert "Put it where everybody may enter" in reasons[0]
    assert set(process_accounts(closed).values()) == {None}
    own_folders(closed / "state")  # everything stays ours
    assert owner_of(closed / "state/keys/public").uid == 0
    for shared in ("vault", "door"):
        assert stat.S_IMODE((closed / "state" / shared).stat().st_mode) == 0o700


def test_a_normal_user_hears_that_separation_is_off(passable_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mlinzi.site import accounts; state = Path(sys.argv[1]);"
        "accounts.own_folders(state); print(*accounts.separation(state), accounts.process_accounts(state))"
    )
    home = passable_folder / "home"
    home.mkdir()
    command = [sys.executable, "-c", code, str(home / "state")]
    if is_root():
        if not reaches(NOBODY, Path(sys.executable)) or not reaches(NOBODY, Path(__file__), "r"):
            pytest.skip("this checkout lies below a folder that other accounts cannot enter")
        os.chown(home, NOBODY.uid, NOBODY.gid)
        said = subprocess.run(
            command, user=NOBODY.uid, group=NOBODY.gid, extra_groups=[], capture_output=True
        )
    else:
        said = subprocess.run(command, capture_output=True)
    assert b"Started by a normal user" in said.stdout
    assert said.stdout.count(b"None") == len(PROCESSES)
    assert stat.S_IMODE((home / "state/keys/worker").stat().st_mode) == 0o700
