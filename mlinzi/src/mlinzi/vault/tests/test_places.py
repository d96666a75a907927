"""Where sealed files lie: reachable for the staff site and the worker alike, and found again."""

import os
import stat
from pathlib import Path

import pytest

from mlinzi.kernel.ids import new_id
from mlinzi.vault.files import WholeFile, path_of, place_for, stored_files


def test_folders_are_open_to_the_group_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        place = place_for(tmp_path / "vault", new_id())
        assert place_for(tmp_path / "vault", new_id()).parent != place
    finally:
        os.umask(before)
    for folder in (place.parent, place.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2770, folder
    assert not place.exists()


def test_whole_files_are_listed_and_halves_are_not(tmp_path: Path) -> None:
    ids = sorted(new_id() for _ in range(3))
    for file_id in ids:
        file = WholeFile(tmp_path, file_id)
        file.write(b"content")
        file.commit()
    half = WholeFile(tmp_path, new_id())
    assert list(stored_files(tmp_path)) == [path_of(tmp_path, file_id) for file_id in ids]
    half.abandon()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_what_a_full_disk_refused_is_taken_away(tmp_path: Path) -> None:
    file = WholeFile(tmp_path, new_id())
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, file._file.fileno())
    os.close(full)
    file.write(b"held in memory until it is closed")
    with pytest.raises(OSError, match="No space left"):
        file.commit()
    file.abandon()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
