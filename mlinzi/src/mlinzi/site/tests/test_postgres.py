"""The database supervisor keeps its word with real servers: nothing lost, nobody let in, clear refusals."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mlinzi.site.accounts import owner_of
from mlinzi.site.pg_places import NoPassword, OtherVersion, PlaceError, socket_folder
from mlinzi.site.pg_remains import orphans
from mlinzi.site.postgres import Cluster, ClusterError, ForeignServer, StillStarting

# A program that uses the cluster in argv[1], says its server's number and waits to be killed.
USER = """
import sys, time
from pathlib import Path
from mlinzi.site.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
print(cluster.start(), cluster.pid, flush=True)
sys.stdin.read()
cluster.stop()
"""


@pytest.fixture
def cluster(passable_folder: Path) -> Iterator[Cluster]:
    made = Cluster(passable_folder / "postgres")
    yield made
    made.stop()


@pytest.fixture
def quick(passable_folder: Path) -> Iterator[Cluster]:
    """A cluster for tests in which nothing is killed."""
    made = Cluster(passable_folder / "postgres", durable=False)
    yield made
    made.stop()


def user_of(folder: Path, kind: str = "durable") -> tuple[subprocess.Popen[str], bool, int]:
    """Start USER; return it, whether it started the server, and the server's number."""
    child = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    started, pid = child.stdout.readline().split()
    return child, started == "True", int(pid)


def kill_user(child: subprocess.Popen[str]) -> None:
    child.kill()
    with child:
        child.wait()


def write_row(cluster: Cluster, text: str) -> None:
    with psycopg.connect(cluster.owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (line text UNIQUE)")
        connection.execute("INSERT INTO kept VALUES (%s)", (text,))


def rows(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.owner_url) as connection:
        return [row[0] for row in connection.execute("SELECT line FROM kept ORDER BY line")]


def is_gone(pid: int, limit: float = 5.0) -> bool:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_a_killed_server_comes_back_with_its_rows(cluster: Cluster) -> None:
    assert cluster.start()
    write_row(cluster, "before")
    first = cluster.pid
    assert first is not None
    assert cluster.healthy()
    os.kill(first, signal.SIGKILL)
    assert is_gone(first)
    assert not cluster.alive()
    assert not cluster.healthy()
    assert cluster.start()
    assert cluster.pid != first
    assert rows(cluster) == ["before"]


def test_a_server_whose_supervisor_was_killed_is_adopted_and_at_last_stopped(cluster: Cluster) -> None:
    child, started, pid = user_of(cluster.folder)
    assert started
    kill_user(child)
    assert not is_gone(pid, 0.3)
    assert not cluster.start()  # adopted, not started
    assert cluster.pid == pid
    write_row(cluster, "adopted")
    assert rows(cluster) == ["adopted"]
    assert cluster.stop()
    assert is_gone(pid)


def test_server_and_supervisor_killed_together_come_back_with_their_rows(cluster: Cluster) -> None:
    child, _, pid = user_of(cluster.folder)
    cluster.start()
    write_row(cluster, "both")
    cluster.stop()
    os.kill(child.pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    kill_user(child)
    assert cluster.start()
    assert rows(cluster) == ["both"]


def test_backends_of_a_killed_server_are_ended_before_a_new_one_starts(cluster: Cluster) -> None:
    cluster.start()
    busy = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"  # never looks whether its server lives
    code = f"import os, psycopg; psycopg.connect(os.environ['URL']).execute({busy!r})"
    env = {**os.environ, "URL": cluster.owner_url}
    left: list[int] = []
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL, env=env) as client:
        try:
            with psycopg.connect(cluster.owner_url, autocommit=True) as connection:
                count = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
                while connection.execute(count).fetchone() != (1,):
                    time.sleep(0.05)
            pid = cluster.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert is_gone(pid)
            time.sleep(0.3)
            left = list(orphans(cluster.data))
            assert left
            assert cluster.start()
            assert all(is_gone(orphan) for orphan in left)
            assert cluster.healthy()
        finally:
            client.kill()
            for orphan in set(left) & set(orphans(cluster.data)):
                os.kill(orphan, signal.SIGKILL)


def test_a_stale_lock_file_whose_number_a_stranger_has_does_not_keep_the_server_down(
    cluster: Cluster,
) -> None:
    cluster.start()
    write_row(cluster, "kept")
    pid = cluster.pid
    assert pid is not None
    owner = owner_of(cluster.data)
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid)
    as_owner = {} if owner.uid == os.geteuid() else {"user": owner.uid, "group": owner.gid}
    with subprocess.Popen(["sleep", "60"], cwd=cluster.folder.anchor, **as_owner) as stranger:  # type: ignore[call-overload]
        for lock in (cluster.data / "postmaster.pid", cluster.folder.parent / "run/.s.PGSQL.5432.lock"):
            _, _, rest = lock.read_text().partition("\n")
            lock.write_text(f"{stranger.pid}\n{rest}")
        refused = subprocess.run(
            [cluster.binaries.program("postgres"), "-D", cluster.data],
            capture_output=True,
            text=True,
            cwd=cluster.folder.anchor,
            **as_owner,  # type: ignore[call-overload]
        )
        assert "lock file" in refused.stderr  # PostgreSQL alone stays down
        assert cluster.start()
        assert rows(cluster) == ["kept"]
        assert stranger.poll() is None  # and the stranger was not touched
        stranger.kill()


def test_a_throw_away_ends_with_its_process_and_a_durable_one_is_safe(passable_folder: Path) -> None:
    child, _, pid = user_of(passable_folder / "postgres", "throw-away")
    thrown = Cluster(passable_folder / "postgres", durable=False)
    thrown.start()
    with psycopg.connect(thrown.owner_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    kill_user(child)
    assert is_gone(pid)
    assert not thrown.alive()
    with Cluster(passable_folder / "postgres").running() as durable, psycopg.connect(durable.owner_url) as it:
        settings = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
        assert [it.execute(f"SHOW {name}").fetchone() for name in settings] == [("on",)] * 4


def test_the_last_to_leave_stops_the_server(quick: Cluster) -> None:
    quick.start()
    pid = quick.pid
    assert pid is not None
    other = Cluster(quick.folder)
    assert not other.start()
    assert not quick.stop()  # the other still uses it
    assert other.healthy()
    assert other.stop()
    assert is_gone(pid)
    assert not other.stop()  # nothing left to stop


def test_two_that_start_at_once_make_one_server(passable_folder: Path) -> None:
    folder = passable_folder / "postgres"
    command = [sys.executable, "-c", USER, str(folder), "throw-away"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    said = [child.stdout.readline().split() for child in both]
    assert sorted(started for started, _ in said) == ["False", "True"]
    assert said[0][1] == said[1][1]
    for child in both:
        child.communicate(timeout=20)
    assert is_gone(int(said[0][1]))


def tcp_sockets_of(pid: int) -> set[str]:
    tables = [Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6")]
    listed = [line.split()[9] for table in tables for line in table.splitlines()]
    links = (os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())
    return {link for link in links if link.removeprefix("socket:[").removesuffix("]") in listed}


def test_the_socket_is_private_and_nothing_listens_on_tcp(quick: Cluster) -> None:
    quick.start()
    run = quick.folder.parent / "run"
    assert stat.S_IMODE(run.stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE((run / ".s.PGSQL.5432").stat().st_mode) == 0o770
    with psycopg.connect(quick.owner_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    if sys.platform == "linux" and quick.pid is not None:
        assert tcp_sockets_of(quick.pid) == set()
    secret = quick.folder / "owner-password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert not list(quick.folder.glob("*.password"))  # the one for initdb is gone


def test_the_right_password_opens_and_a_wrong_one_does_not(quick: Cluster) -> None:
    quick.start()
    with psycopg.connect(quick.owner_url) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("scram-sha-256",)]
    password = (quick.folder / "owner-password").read_text()
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(quick.owner_url.replace(password, "guess"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(quick.owner_url.replace(f":{password}", ""))


def test_the_log_keeps_no_statement_and_no_value(quick: Cluster) -> None:
    quick.start()
    write_row(quick, "Amina Kilonzo")
    with pytest.raises(psycopg.errors.UniqueViolation, match="Amina"):
        write_row(quick, "Amina Kilonzo")
    with psycopg.connect(quick.owner_url) as it, pytest.raises(psycopg.errors.SyntaxError):
        it.execute("SELECT 'Amina Kilonzo' FROM FROM")
    log = quick.log.read_text()
    assert "duplicate key" in log  # the event is there
    assert "Amina" not in log
    assert stat.S_IMODE(quick.log.stat().st_mode) == 0o600


def test_a_cut_off_creation_is_begun_again(quick: Cluster) -> None:
    half = quick.folder / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    quick.start()
    assert quick.healthy()
    assert not half.exists()


def test_a_torn_lock_file_does_not_keep_the_server_down(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid)
    (cluster.data / "postmaster.pid").write_text("")
    assert cluster.start()


def test_refusals_say_what_to_do(quick: Cluster) -> None:
    with pytest.raises(ClusterError, match="Start it before"):
        _ = quick.owner_url
    quick.start()
    neighbour = Cluster(quick.folder.with_name("other"))
    with pytest.raises(ForeignServer, match="choose another state folder"):
        neighbour.start()
    (neighbour.folder / "owner-password").write_text((quick.folder / "owner-password").read_text())
    with pytest.raises(ForeignServer):  # the password fits, as in a copied folder, and the data is another's
        neighbour.start()
    assert quick.healthy()
    secret, hidden = quick.folder / "owner-password", quick.folder / "hidden"
    quick.stop()
    secret.rename(hidden)
    with pytest.raises(NoPassword, match="Put the file back"):
        quick.start()
    hidden.rename(secret)
    version = quick.data / "PG_VERSION"
    before = version.read_text()
    version.write_text("9\n")
    with pytest.raises(OtherVersion, match="made by version 9"):
        quick.start()
    version.write_text(before)
    assert quick.start()


def test_a_long_path_gets_a_short_private_socket_folder(passable_folder: Path) -> None:
    deep = passable_folder / ("deep" * 20)
    deep.mkdir()
    deep.chmod(0o711)
    with Cluster(deep / "postgres", durable=False).running() as cluster:
        assert cluster.healthy()
        short = Path(str(psycopg.conninfo.conninfo_to_dict(cluster.owner_url)["host"]))
        assert short != deep / "run"
        assert len(os.fsencode(short)) < 60
        assert stat.S_IMODE(short.stat().st_mode) & 0o027 == 0
    assert not short.exists()


def test_a_socket_folder_that_others_could_have_made_is_refused(passable_folder: Path) -> None:
    wanted = passable_folder / "run"
    assert socket_folder(wanted, None) == wanted
    assert socket_folder(wanted, None) == wanted  # its own from last time
    for mode in (0o777, 0o720):
        wanted.chmod(mode)
        with pytest.raises(PlaceError, match="not a private folder of ours"):
            socket_folder(wanted, None)
    wanted.rmdir()
    wanted.symlink_to(passable_folder)
    with pytest.raises(PlaceError, match="not a private folder of ours"):
        socket_folder(wanted, None)


def test_a_start_that_takes_too_long_is_said_and_goes_on(cluster: Cluster) -> None:
    with pytest.raises(StillStarting, match="Try again soon"):
        cluster.start(limit=-1.0)
    pid = cluster.pid
    assert not cluster.start()  # the same server, by now ready
    assert pid is None or cluster.pid == pid
    assert cluster.healthy()
    assert cluster.stop()


def test_a_start_that_is_interrupted_leaves_nothing_running(
    quick: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int | None] = []

    def interrupted() -> None:
        begun.append(quick.pid)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(quick, "_ensure_database", interrupted)
        with pytest.raises(KeyboardInterrupt):
            quick.start()
    assert begun[0] is not None
    assert is_gone(begun[0])
    assert quick.start()


def test_a_long_log_is_put_aside(quick: Cluster) -> None:
    quick.folder.mkdir(parents=True)
    with quick.log.open("wb") as log:
        log.truncate(11 * 1024 * 1024)
    quick.start()
    assert quick.log.stat().st_size < 1024 * 1024
    assert quick.log.with_name("log.1").stat().st_size == 11 * 1024 * 1024


def test_letters_beyond_ascii_have_upper_and_lower_case(quick: Cluster) -> None:
    quick.start()
    with psycopg.connect(quick.owner_url) as connection:
        assert connection.execute("SELECT lower('MÉMÉ'), 'ng''ombe' < 'ñ'").fetchone() == ("mémé", True)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
