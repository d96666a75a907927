"""Key files: closed to others, never written over, rotated in one step."""

import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinga.envelope import (
    ExposedFile,
    FileKeys,
    Malformed,
    NotForUs,
    PrivateKey,
    SymmetricKey,
    Tampered,
    open_sealed,
    read_public,
    rewrap,
    seal,
    write_key_file,
    write_public,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file with records:1 (retired) and records:2 (active)."""
    where = tmp_path / "records.key"
    write_key_file(where, [SymmetricKey.generate("records:1"), SymmetricKey.generate("records:2")])
    return where


def test_new_objects_are_sealed_for_the_active_key_and_old_ones_still_open(path: Path) -> None:
    keys = FileKeys(path)
    assert keys.key_ids == ("records:1", "records:2")
    assert keys.active.key_id == "records:2"
    old = seal(b"Habari", to=[keys.active], context=b"c")
    keys.add_and_activate(SymmetricKey.generate("records:3"))
    assert ", ".join(keys.key_ids) == "records:1, records:2, records:3"
    assert keys.active.key_id == "records:3"
    assert open_sealed(old, keys=keys, context=b"c") == b"Habari"
    moved = rewrap(old, keys=keys, to=[keys.active], context=b"c")
    assert open_sealed(moved, keys=FileKeys(path), context=b"c") == b"Habari"


def test_a_private_key_file_gives_its_public_key_as_recipient(tmp_path: Path) -> None:
    key = PrivateKey.generate("intake:1")
    write_key_file(tmp_path / "intake.key", [key])
    keys = FileKeys(tmp_path / "intake.key")
    assert keys.active == key.public
    assert open_sealed(seal(b"x", to=[keys.active], context=b""), keys=keys, context=b"") == b"x"


def test_wrong_keys_and_contexts_are_refused_as_from_memory(path: Path) -> None:
    keys = FileKeys(path)
    sealed = seal(b"Habari", to=[keys.active], context=b"c")
    with pytest.raises(Tampered):
        open_sealed(sealed, keys=keys, context=b"other")
    with pytest.raises(NotForUs):
        open_sealed(seal(b"", to=[SymmetricKey.generate("x")], context=b"c"), keys=keys, context=b"c")


def test_a_rotation_reaches_those_who_have_the_file_open(path: Path) -> None:
    ours, theirs = FileKeys(path), FileKeys(path)
    assert ours.active == theirs.active
    theirs.add_and_activate(SymmetricKey.generate("records:3"))
    sealed = seal(b"Habari", to=[theirs.active], context=b"c")
    assert open_sealed(sealed, keys=ours, context=b"c") == b"Habari"
    assert ours.active.key_id == "records:3"


def test_rotations_at_the_same_moment_lose_no_key(path: Path) -> None:
    def rotate(number: int) -> None:
        FileKeys(path).add_and_activate(SymmetricKey.generate(f"thread:{number}"))

    threads = [threading.Thread(target=rotate, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(FileKeys(path).key_ids) == {"records:1", "records:2", *(f"thread:{n}" for n in range(12))}


def test_an_id_that_is_taken_is_refused_and_nothing_changes(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match="records:1 already"):
        FileKeys(path).add_and_activate(SymmetricKey.generate("records:1"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_file_that_others_can_reach_is_refused(path: Path, mode: int) -> None:
    assert FileKeys(path).active.key_id == "records:2"
    path.chmod(mode)
    with pytest.raises(ExposedFile, match="chmod 600"):
        FileKeys(path)
    assert FileKeys(path, allow_shared=True).active.key_id == "records:2"


def test_a_file_exposed_by_its_replacement_is_refused_while_it_is_in_use(path: Path) -> None:
    keys = FileKeys(path)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o644)
    copy.replace(path)
    with pytest.raises(ExposedFile):
        _ = keys.active


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_permissions_are_as_asked_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    for umask in (0o000, 0o077):
        where = tmp_path / f"key-{umask}"
        before = os.umask(umask)
        try:
            write_key_file(where, [SymmetricKey.generate("records:1")], mode=mode)
            FileKeys(where, allow_shared=True).add_and_activate(SymmetricKey.generate("records:2"))
        finally:
            os.umask(before)
        assert stat.S_IMODE(where.stat().st_mode) == mode


def test_a_key_file_is_never_written_over(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_key_file(path, [SymmetricKey.generate("records:9")])
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_key_file_needs_a_key_and_each_id_once(tmp_path: Path) -> None:
    key = SymmetricKey.generate("records:1")
    for keys in ([], [key, key]):
        with pytest.raises(ValueError, match="at least one key"):
            write_key_file(tmp_path / "refused", keys)
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(format="kinga.keys/2"),
        lambda content: content.pop("keys"),
        lambda content: content.update(keys=[]),
        lambda content: content["keys"][0].update(state="active"),
        lambda content: content["keys"][1].update(state="retired"),
        lambda content: content["keys"][0].update(state="asleep"),
        lambda content: content["keys"][0].update(kind="rsa"),
        lambda content: content["keys"][0].update(key="AAAA"),
        lambda content: content["keys"][0].update(key="not base64!"),
        lambda content: content["keys"][0].update(key_id="records:2"),
        lambda content: content["keys"][0].update(key_id="two words"),
        lambda content: content["keys"][0].update(key_id=None),
        lambda content: content["keys"].append("text"),
    ],
)
def test_a_damaged_key_file_is_refused_without_quoting_it(
    path: Path, change: Callable[[Any], object]
) -> None:
    content = json.loads(path.read_bytes())
    secret = content["keys"][0]["key"]
    assert FileKeys(path).key_ids == ("records:1", "records:2")
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(Malformed) as caught:
        FileKeys(path)
    assert secret not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b"{", b"7"])
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    where = tmp_path / "key"
    where.write_bytes(content)
    where.chmod(0o600)
    with pytest.raises(Malformed):
        FileKeys(where)
    with pytest.raises(Malformed):
        read_public(where)


def test_a_missing_key_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileKeys(tmp_path / "nowhere")


def test_a_public_key_goes_through_a_file_that_all_can_read(tmp_path: Path) -> None:
    where = tmp_path / "intake.pub"
    first, second = PrivateKey.generate("intake:1").public, PrivateKey.generate("intake:2").public
    write_public(where, first)
    assert read_public(where) == first
    assert stat.S_IMODE(where.stat().st_mode) == 0o644
    write_public(where, second)
    assert read_public(where) == second
    where.write_text(where.read_text().replace("x25519", "p256"))
    with pytest.raises(Malformed):
        read_public(where)


def test_a_key_file_is_no_public_key_file(path: Path, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_public(path)
    write_public(tmp_path / "pub", PrivateKey.generate("intake:1").public)
    with pytest.raises(Malformed):
        FileKeys(tmp_path / "pub", allow_shared=True)


def test_a_key_file_does_not_show_its_keys_or_its_folder(path: Path) -> None:
    assert repr(FileKeys(path)) == "FileKeys('records.key')"
