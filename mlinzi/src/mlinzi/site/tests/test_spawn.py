"""A child gets what it needs and no more: account, environment, session, files of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mlinzi.site.accounts import Account, is_root
from mlinzi.site.spawn import clean_environment, spawn

NOBODY = Account("nobody", 65534, 65534, (12345,))
TELLS = """
import os
groups = sorted({*os.getgroups(), os.getgid()})
print(os.getuid(), os.getgid(), *groups, os.getsid(0) == os.getpid(), os.umask(0))
"""


def told(code: str, account: Account | None = None, env: dict[str, str] | None = None) -> str:
    with tempfile.TemporaryFile() as output:
        child = spawn([sys.executable, "-I", "-S", "-c", code], account=account, env=env or {}, output=output)
        assert child.wait(timeout=30) == 0
        output.seek(0)
        return output.read().decode().strip()


def test_a_child_has_a_session_of_its_own_and_files_that_are_private() -> None:
    said = told(TELLS)
    assert said.endswith(f"True {0o077}")
    assert said.startswith(f"{os.geteuid()} {os.getegid()}")


@pytest.mark.skipif(not is_root(), reason="only root may start programs as somebody else")
def test_a_child_of_root_has_its_accounts_groups_and_none_of_roots() -> None:
    assert told(TELLS, NOBODY) == f"65534 65534 12345 65534 True {0o077}"
    assert told(TELLS).startswith("0 0 ")


def test_a_child_gets_harmless_variables_and_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@/x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("TZ", "Africa/Nairobi")
    env = clean_environment({"MLINZI_PROCESS": "public"})
    assert env["MLINZI_PROCESS"] == "public"
    assert env["TZ"] == "Africa/Nairobi"
    assert env["PATH"] == os.environ["PATH"]
    assert "secret" not in " ".join(env.values())
    said = told("import os; print(*sorted(os.environ))", env=env)
    assert set(said.split()) - {"LC_CTYPE"} == set(env) - {"LC_CTYPE"}


def test_a_child_cannot_wait_for_our_keyboard() -> None:
    assert told("import sys; print(repr(sys.stdin.read()))") == "''"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_whose_parent_died_before_it_was_tied_ends_at_once(tmp_path: Path) -> None:
    marker = tmp_path / "began"
    code = f"""
import os, signal, sys
from mlinzi.site import spawn as module
tie = module._tie(os.getppid() + 1_000_000, signal.SIGKILL)  # not its parent any more
child = os.fork()
if child == 0:
    tie()
    open({str(marker)!r}, "w").close()
    os._exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))
tie = module._tie(os.getpid(), signal.SIGKILL)
child = os.fork()
if child == 0:
    tie()
    os._exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["1", "0"]
    assert not marker.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_tied_child_gets_the_signal_that_was_asked_for(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    child = f"""
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGQUIT, lambda *_: (Path({str(heard)!r}).write_text("quit"), sys.exit()))
print("ready", flush=True)
time.sleep(60)
"""
    parent = f"""
import signal, subprocess, sys, time
from mlinzi.site.spawn import spawn
child = spawn([sys.executable, "-c", {child!r}], account=None, env={{}}, output=subprocess.PIPE,
              dies_with_us=signal.SIGQUIT)
print(child.stdout.readline().decode(), flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline().strip() == "ready"
        started.send_signal(signal.SIGKILL)
    for _ in range(200):
        if heard.exists() and heard.read_text():
            break
        signal.sigtimedwait([], 0.05)
    assert heard.read_text() == "quit"
