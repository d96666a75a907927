"""The right PostgreSQL is found: new enough, whole, and a copy of it readable for whoever runs it."""

import os
from pathlib import Path

import pytest

from mlinzi.site import pg_binaries
from mlinzi.site.accounts import Account, is_root, reaches
from mlinzi.site.pg_binaries import Binaries, NoPostgres, find_binaries, reachable, usable

NOBODY = Account("nobody", 65534, 65534)


def programs(folder: Path, says: str, *, names: tuple[str, ...] = ("postgres", "initdb")) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (folder / name).chmod(0o755)
    return folder


def found_in(*folders: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(pg_binaries, "_candidates", lambda: ((folder, "system") for folder in folders))
    return [f"{binaries.release} {binaries.major}" for binaries in usable()]


def test_only_whole_and_new_enough_programs_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = programs(tmp_path / "good", "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)")
    next_one = programs(tmp_path / "next", "postgres (PostgreSQL) 19beta2")
    old = programs(tmp_path / "old", "postgres (PostgreSQL) 14.2")
    half = programs(tmp_path / "half", "postgres (PostgreSQL) 18.6", names=("postgres",))
    other = programs(tmp_path / "other", "I am something else")
    assert found_in(good, next_one, monkeypatch=monkeypatch) == ["15.14 15", "19.0 19"]
    assert found_in(old, half, other, tmp_path / "nothing", monkeypatch=monkeypatch) == []
    find_binaries.cache_clear()
    try:
        with pytest.raises(NoPostgres, match=r"apt install postgresql\), or set DATABASE_URL"):
            find_binaries()
        found_in(old, good, monkeypatch=monkeypatch)
        assert find_binaries().program("pg_dump") == good / "pg_dump"
    finally:
        find_binaries.cache_clear()


def test_the_newest_of_the_systems_comes_before_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    order = [Path("/x/9.6/bin"), Path("/x/15/bin"), Path("/x/odd/bin"), Path("/x/17/bin")]
    best_first = sorted(order, key=pg_binaries._version_of, reverse=True)
    assert [folder.parent.name for folder in best_first] == ["17", "15", "9.6", "odd"]


@pytest.mark.skipif(not is_root(), reason="only root may start programs as somebody else")
def test_a_copy_is_whole_and_readable_even_where_the_wheel_was_closed(
    passable_folder: Path, tmp_path: Path
) -> None:
    bin_folder = programs(tmp_path / "package" / "pginstall" / "bin", "postgres (PostgreSQL) 18.6")
    (tmp_path / "package.libs").mkdir()
    (tmp_path / "package.libs" / "libpq.so").write_text("library")
    for path in (tmp_path / "package").rglob("*"):
        path.chmod(0o700)
    closed = Binaries(bin_folder, "18.6", "embedded")
    assert not reaches(NOBODY, closed.program("postgres"))
    shelter = passable_folder / "shelter"
    copy = reachable(closed, NOBODY, shelter)
    assert copy.folder.is_relative_to(shelter)
    assert copy.release == closed.release
    for name in ("postgres", "initdb"):
        assert reaches(NOBODY, copy.program(name), "x")
    library = copy.folder.parents[2] / "package.libs" / "libpq.so"  # where the programs look for it
    assert reaches(NOBODY, library, "r")
    assert os.stat(copy.program("postgres")).st_uid == 0  # nobody could put another program there
    assert not reaches(NOBODY, copy.folder, "w")
    assert reachable(closed, NOBODY, shelter) == copy
    closed.program("postgres").write_text("#!/bin/sh\necho newer\n")
    assert reachable(closed, NOBODY, shelter) != copy  # an upgrade is copied anew
    assert len(list(shelter.iterdir())) == 2
