"""Every test run gets a database and a state folder of its own, and leaves neither behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from mlinzi.site.testing import browser_skip_reason

TESTS = """
import os, pytest, time
from pathlib import Path

def test_of_the_environment():
    Path(os.environ["REPORT"]).write_text(os.environ["DATABASE_URL"] + " " + os.environ["MLINZI_STATE"])

@pytest.mark.browser
def test_in_a_browser():
    pass

@pytest.mark.skipif("WAIT" not in os.environ, reason="only when the session is to be killed")
def test_that_waits():
    Path(os.environ["REPORT"]).with_name("waiting").touch()
    time.sleep(600)
"""


def session(folder: Path, *options: str, **env: str) -> "subprocess.Popen[str]":
    """Start pytest in `folder` with the plugin and nothing else of ours."""
    (folder / "test_small.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "DATABASE_", "PYTEST_"))}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "mlinzi.site.testing",
            "-p",
            "no:cacheprovider",
            "-rs",
            *options,
        ],
        cwd=folder,
        env={**inherited, "TMPDIR": str(folder), "REPORT": str(folder / "report"), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(folder: Path, *options: str, **env: str) -> str:
    said, _ = session(folder, *options, **env).communicate(timeout=120)
    return said


def all_well(said: str) -> bool:
    """Tell whether the tests passed, the browser's too where there is one."""
    return re.search(r"= ([12]) passed, [12] skipped in ", said) is not None


def reported(folder: Path) -> tuple[str, Path]:
    url, state = (folder / "report").read_text().split()
    return url, Path(state)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_session_has_its_own_database_and_state_and_leaves_nothing(passable_folder: Path) -> None:
    said = finished(passable_folder)
    assert all_well(said)
    assert "database: PostgreSQL" in said
    assert "thrown away afterwards" in said
    url, state = reported(passable_folder)
    assert state.is_relative_to(passable_folder)
    assert not answers(url)
    assert not list(passable_folder.glob("mlinzi-test-*"))


def test_a_given_database_is_used_and_left_running(passable_folder: Path) -> None:
    given = os.environ["DATABASE_URL"]
    said = finished(passable_folder, DATABASE_URL=given)
    assert "(given by DATABASE_URL)" in said
    url, state = reported(passable_folder)
    assert url == given
    assert state != Path(os.environ["MLINZI_STATE"])
    assert answers(given)
    password = "not-to-be-shown"
    refused = finished(
        passable_folder, DATABASE_URL=f"postgresql://someone:{password}@/x?host={passable_folder}"
    )
    assert "The PostgreSQL of DATABASE_URL does not answer. Start it" in refused
    assert password not in refused


def test_workers_share_the_controllers_database_and_have_a_state_each(passable_folder: Path) -> None:
    said = finished(passable_folder, "-n", "1")
    assert all_well(said)
    _, state = reported(passable_folder)
    assert state.name == "gw0"
    assert not state.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_session_leaves_no_server_and_the_next_one_sweeps_its_folder(passable_folder: Path) -> None:
    with session(passable_folder, WAIT="yes") as killed:
        deadline = time.monotonic() + 60
        while not (passable_folder / "waiting").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        url, state = reported(passable_folder)
        assert answers(url)
        killed.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while answers(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert state.exists()
    assert all_well(finished(passable_folder))
    assert not state.exists()


def test_browser_tests_are_skipped_with_the_reason_never_silently(
    passable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = finished(passable_folder, MLINZI_BROWSER_SKIP_REASON="nobody may install it")
    assert "browser: tests will be skipped: nobody may install it" in said
    assert "browser test: nobody may install it" in said
    monkeypatch.delenv("MLINZI_BROWSER_SKIP_REASON", raising=False)
    monkeypatch.setenv("PATH", str(passable_folder))
    assert "no Chromium on this machine" in str(browser_skip_reason())
    chromium = passable_folder / "chromium"
    chromium.write_text("#!/bin/sh\n")
    chromium.chmod(0o755)
    assert browser_skip_reason() is None
