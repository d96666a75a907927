"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from kinga import files


def test_a_file_is_there_whole_with_its_permissions(tmp_path: Path) -> None:
    files.write_whole(tmp_path / "key", b"one", mode=0o640)
    assert (tmp_path / "key").read_bytes() == b"one"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["key"]


def test_only_a_replacement_replaces(tmp_path: Path) -> None:
    files.write_whole(tmp_path / "key", b"one", mode=0o600)
    with pytest.raises(FileExistsError):
        files.write_whole(tmp_path / "key", b"two", mode=0o600)
    assert (tmp_path / "key").read_bytes() == b"one"
    files.write_whole(tmp_path / "key", b"two", mode=0o600, replace=True)
    assert (tmp_path / "key").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["key"]


def test_a_reader_never_sees_a_half(tmp_path: Path) -> None:
    """Whoever opened the old file goes on reading the old file."""
    files.write_whole(tmp_path / "key", b"one", mode=0o600)
    with (tmp_path / "key").open("rb") as reader:
        files.write_whole(tmp_path / "key", b"three", mode=0o600, replace=True)
        assert reader.read() == b"one"


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_whole(tmp_path / "key", b"one", mode=0o600)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kinga.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_whole(tmp_path / "key", b"two", mode=0o600, replace=True)
    assert (tmp_path / "key").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["key"]


def test_file_and_folder_are_both_brought_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def watch(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr("kinga.files.os.fsync", watch)
    files.write_whole(tmp_path / "key", b"one", mode=0o600)
    assert synced == [False, True]


def test_a_private_file_is_read_only_if_nobody_else_can(tmp_path: Path) -> None:
    files.write_whole(tmp_path / "key", b"one", mode=0o600)
    assert files.read_private(tmp_path / "key") == b"one"
    (tmp_path / "key").chmod(0o604)
    with pytest.raises(files.ExposedFile) as caught:
        files.read_private(tmp_path / "key")
    assert str(tmp_path) not in str(caught.value)
    assert files.read_private(tmp_path / "key", allow_shared=True) == b"one"
