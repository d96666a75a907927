"""`mlinzi run` keeps its children: restarts, says what happens, gives up plainly, leaves nobody behind."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from mlinzi.site import processes
from mlinzi.site.children import ATTEMPTS, LONGEST_WAIT, SHORTEST_WAIT, Verdict, after_death, printable
from mlinzi.site.postgres import Cluster
from mlinzi.site.processes import PortTaken, Supervisor, check_port, children, environment_of, run_all

SERVES = """
import sys, http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2]))
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS
FORKS = "import subprocess; print('below', subprocess.Popen(['sleep', '600']).pid, flush=True); " + SLEEPS
FAILS = "import sys; print('the reason\\x1b[2J', flush=True); sys.exit(3)"
# What the HTTP server's own main process does, with the site's application left out.
STUB = """
import sys, types
wsgi = types.ModuleType("mlinzi.site.wsgi")
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]
wsgi.application = application
sys.modules["mlinzi.site.wsgi"] = wsgi
from mlinzi.site.served import application
"""


class Run:
    """A supervising program under test, and what it has said so far."""

    def __init__(self, folder: Path, plan: dict[str, object], database: Path | None = None) -> None:
        (folder / "plan.json").write_text(json.dumps(plan))
        program = Path(__file__).with_name("supervised.py")
        command = [sys.executable, "-u", str(program), str(folder / "plan.json")]
        self.said = ""
        self.process = subprocess.Popen(
            [*command, *([str(database)] if database else [])],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    def hears(self, pattern: str, times: int = 1, limit: float = 30.0) -> list[str]:
        """Wait until it has said `pattern` so often; return what its group matched each time."""
        deadline = time.monotonic() + limit
        assert self.process.stdout is not None
        while True:
            self.said += (self.process.stdout.read() or b"").decode()
            found = re.findall(pattern, self.said)
            if len(found) >= times:
                return [str(match) for match in found]
            assert time.monotonic() < deadline, f"{pattern!r} not heard in:\n{self.said}"
            time.sleep(0.02)

    def number_of(self, name: str, times: int = 1) -> int:
        """The process number of the child `name` after it was started so often."""
        return int(self.hears(rf"{name} started \(process (\d+)\)", times)[times - 1])

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Send it `sig` and return its exit code."""
        self.process.send_signal(sig)
        return self.process.wait(timeout=20)


@pytest.fixture
def runs(passable_folder: Path) -> Iterator[list[Run]]:
    made: list[Run] = []
    yield made
    for run in made:
        run.process.terminate()  # in good order, so that a database ends too
        try:
            run.process.wait(timeout=20)
        finally:
            run.process.kill()
            run.process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(code: str, *arguments: object, port: int | None = None) -> dict[str, object]:
    return {"argv": [sys.executable, "-c", code, *map(str, arguments)], "port": port}


def site(status: int = 302) -> dict[str, object]:
    port = free_port()
    return python(SERVES, port, status, port=port)


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int], limit: float = 5.0) -> bool:
    deadline = time.monotonic() + limit
    while any(lives(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


# -- decisions -------------------------------------------------------------------------------------------


def test_a_death_is_judged_by_whether_the_child_ever_worked() -> None:
    assert after_death(1, settled=True, early_deaths=4) == Verdict(0, SHORTEST_WAIT)
    assert after_death(-signal.SIGKILL, settled=False, early_deaths=4) == Verdict(4, SHORTEST_WAIT)
    waits, early = [], 0
    while True:
        early, wait = after_death(1, settled=False, early_deaths=early)
        if wait is None:
            break
        waits.append(wait)
    assert early == ATTEMPTS
    assert waits == sorted(waits)
    assert waits[0] > SHORTEST_WAIT
    assert after_death(1, settled=False, early_deaths=ATTEMPTS - 2).wait <= LONGEST_WAIT  # type: ignore[operator]


def test_a_childs_line_cannot_steer_the_terminal() -> None:
    assert printable(b"tafadhali\tsubiri\r\n") == "tafadhali\tsubiri"
    shown = printable(b"\x1b]0;title\x07\x9b2J red \xff")
    assert "\x1b" not in shown
    assert shown.isprintable()
    assert " red " in shown


def test_no_process_gets_the_owners_connection_and_only_senders_the_mail_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "DATABASE_URL": "postgresql://owner:secret@/x",
        "MLINZI_EMAIL_URL": "smtp://me:secret@mail:25",
        "MLINZI_PUBLIC_HOSTS": "ripoti.example",
        "OTHER_SECRET": "secret",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for process in ("public", "staff", "worker", "sequencer"):
        env = environment_of(process, tmp_path, 9001, given)
        assert env["MLINZI_PROCESS"] == process
        assert env["MLINZI_STATE"] == str(tmp_path)
        assert env["MLINZI_PUBLIC_HOSTS"] == "ripoti.example"
        assert env["MLINZI_STAFF_ADDRESS"] == "http://localhost:9001"
        assert ("MLINZI_EMAIL_URL" in env) == (process in {"staff", "worker"})
        assert not {"DATABASE_URL", "OTHER_SECRET"} & set(env)
    made = children(tmp_path, {}, public_port=1, staff_port=2, provider_port=3)
    members = {child.name: child for child in made}
    assert list(members) == ["provider", "public", "staff", "worker", "sequencer"]
    ports = [members[name].port for name in ("public", "staff", "provider", "worker")]
    assert ports == [1, 2, 3, None]
    door, public = members["provider"].env, members["public"].env
    assert door == {**public, "MLINZI_DOOR": "provider"}


def test_a_taken_port_is_said_in_one_sentence_before_anything_starts(
    passable_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, port = passable_folder / "state", free_port()
    check_port(port, "--staff-port", patience=0)
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(PortTaken, match=rf"Port {port} is taken .* --staff-port and another number"):
            check_port(port, "--staff-port", patience=0)
        code = run_all(state, public_port=free_port(), staff_port=port, announce=lambda: None)
    assert code == 2
    assert capsys.readouterr().out.strip().count("\n") == 0
    assert not state.exists()


# -- the living thing ------------------------------------------------------------------------------------


def test_a_killed_child_is_started_again_and_it_is_said(runs: list[Run], passable_folder: Path) -> None:
    run = Run(passable_folder, {"public": site(), "staff": site(), "worker": python(SLEEPS)})
    runs.append(run)
    run.hears("ALL ANSWER")
    run.hears(r"worker │ ready")
    assert run.said.index("public answers") < run.said.index("ALL ANSWER")
    assert run.said.index("staff answers") < run.said.index("ALL ANSWER")
    for name in ("public", "worker"):
        os.kill(run.number_of(name), signal.SIGKILL)
        run.hears(rf"{name} was ended by SIGKILL; it starts again in 0\.25 s")
        assert run.number_of(name, times=2) != run.number_of(name)
    run.hears("public answers", times=2)
    everybody = [run.number_of("public", 2), run.number_of("staff"), run.number_of("worker", 2)]
    assert run.end(signal.SIGINT) == 0
    assert gone(everybody, 0.5)
    assert run.said.count("ALL ANSWER") == 1


def test_nothing_is_announced_while_a_site_answers_with_a_fault(
    runs: list[Run], passable_folder: Path
) -> None:
    run = Run(passable_folder, {"public": site(), "staff": site(500)})
    runs.append(run)
    run.hears("public answers")
    began = time.monotonic()
    asked = len(run.hears(r'staff │ .*"GET / HTTP/1.1" 500', times=3))
    assert time.monotonic() - began >= (asked - 2) * 0.2  # it asks again, but not as fast as it can
    assert "staff answers" not in run.said
    assert "ALL ANSWER" not in run.said
    assert run.end() == 0


def test_a_child_that_never_works_is_left_alone_with_its_last_lines_and_the_others_go_on(
    runs: list[Run], passable_folder: Path
) -> None:
    run = Run(passable_folder, {"public": site(), "sequencer": python(FAILS)})
    runs.append(run)
    run.hears(r"sequencer ended with code 3, for the 5th time before it worked. It is not started again")
    run.hears(r"mlinzi │   the reason")
    assert "\x1b[2J" not in run.said
    run.hears("ALL ANSWER")
    public = run.number_of("public")
    assert lives(public)
    assert len(run.hears("sequencer started")) == ATTEMPTS
    assert run.end() == 1
    assert gone([public], 0.5)


def test_the_end_comes_within_ten_seconds_for_the_stubborn_and_for_grandchildren(
    runs: list[Run], passable_folder: Path
) -> None:
    run = Run(passable_folder, {"worker": python(STUBBORN), "sequencer": python(FORKS)})
    runs.append(run)
    run.hears(r"worker │ ready")
    grandchild = int(run.hears(r"sequencer │ below (\d+)")[0])
    everybody = [run.number_of("worker"), run.number_of("sequencer"), grandchild]
    assert all(lives(pid) for pid in everybody)
    began = time.monotonic()
    assert run.end() == 0
    assert time.monotonic() - began < 10
    assert gone(everybody, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_nobody_outlives_a_killed_supervisor(runs: list[Run], passable_folder: Path) -> None:
    run = Run(passable_folder, {"public": site(), "worker": python(STUBBORN)})
    runs.append(run)
    run.hears("ALL ANSWER")
    run.hears(r"worker │ ready")
    everybody = [run.number_of("public"), run.number_of("worker")]
    assert run.end(signal.SIGKILL) == -signal.SIGKILL
    assert gone(everybody)


def http_server(folder: Path, port: int, application: str) -> list[str]:
    (folder / "stub.py").write_text(STUB)
    (folder / "untied.py").write_text(STUB.replace("from mlinzi.site.served import application", ""))
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--no-ws"]
    return [*server, "--port", str(port), "--working-dir", str(folder), f"{application}:application"]


def wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                assert answer.read() == b"hello"
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    return [int(part) for part in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_http_server_does_not_keep_its_port(passable_folder: Path) -> None:
    for application, expected in (("stub", True), ("untied", False)):
        port = free_port()
        command = http_server(passable_folder, port, application)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
            wait_for_answer(port)
            below = children_of(server.pid)
            assert len(below) == 1
            server.kill()
        try:
            assert gone(below, 2) is expected  # without the tie it would live on
            if expected:
                check_port(port, "--public-port")
        finally:
            for pid in filter(lives, below):
                os.kill(pid, signal.SIGKILL)


def test_a_killed_database_comes_back_while_the_children_go_on(
    runs: list[Run], passable_folder: Path
) -> None:
    folder = passable_folder / "postgres"
    run = Run(passable_folder, {"worker": python(SLEEPS)}, folder)
    runs.append(run)
    first = int(run.hears(r"database process (\d+)")[0])
    run.hears(r"worker │ ready")
    with Cluster(folder).running() as other, psycopg.connect(other.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS lucky")
    assert lives(first)  # the other program left; the server stays for the supervisor
    os.kill(first, signal.SIGKILL)
    run.hears("PostgreSQL has ended; it starts again and recovers")
    second = int(run.hears(r"PostgreSQL answers again \(process (\d+)\)")[0])
    assert second != first
    with Cluster(folder).running() as other, psycopg.connect(other.owner_url) as connection:
        assert connection.execute("SELECT lucky FROM kept").fetchone() == (7,)
    assert lives(run.number_of("worker"))
    assert run.end() == 0
    assert gone([second])


def test_a_database_that_recovers_slowly_is_waited_for_and_a_broken_one_is_said_once(
    passable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = io.StringIO()
    with Cluster(passable_folder / "postgres", durable=False).running() as database:
        supervisor = Supervisor([], database, lambda: None, Console(file=heard, width=200))
        supervisor.turn(0.0)
        assert heard.getvalue() == ""
        assert database.pid is not None
        os.kill(database.pid, signal.SIGKILL)
        assert gone([database.pid])
        monkeypatch.setattr(processes, "_DATABASE_PAUSE", -1.0)
        supervisor.turn(1.0)
        assert "answers again" not in heard.getvalue()
        monkeypatch.setattr(processes, "_DATABASE_PAUSE", 60.0)
        supervisor.turn(3.0)
        assert heard.getvalue().count("PostgreSQL has ended; it starts again") == 1
        assert heard.getvalue().count("PostgreSQL answers again") == 1
        password = passable_folder / "postgres" / "owner-password"
        password.rename(password.with_name("hidden"))
        os.kill(database.pid, signal.SIGKILL)
        assert gone([database.pid])
        for now in (100.0, 200.0, 300.0):
            supervisor.turn(now)
        assert heard.getvalue().count("Put the file back") == 1
        password.with_name("hidden").rename(password)
        supervisor.turn(400.0)
        assert heard.getvalue().count("PostgreSQL answers again") == 2
        supervisor.end_all()


def test_the_server_keeps_no_log_of_addresses() -> None:
    """An address can hold the token of a guest's link; what nobody writes down nobody reads."""
    for name in ("public", "staff"):
        command = processes._site(name, 1)
        assert "--no-access-log" in command
        assert "--access-log" not in command
