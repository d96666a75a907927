"""A file is in the vault whole and sealed, or it is not there; what comes out is what went in."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadhandler import StopUpload

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, Right, Scope
from mlinzi.kernel.actors import ActorKind
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.vault import acts, reads
from mlinzi.vault.files import WholeFile, path_of, stored_files
from mlinzi.vault.models import StoredFile
from mlinzi.vault.uploads import LIMIT, InMemoryOnly
from tests.tables import Entry

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
ADA = Officer(
    kind=ActorKind.PERSON,
    id="ada",
    organisation="house",
    rights=frozenset({Right("test.file", Scope.ORGANISATION)}),
)
HERS = Relation(organisations=frozenset({"house"}))
DATA = b"A canary that sings in the clear. " * 100_000


def keep(folder: Path, data: bytes = DATA, name: str = "song.txt") -> StoredFile:
    chunks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    file = acts.seal_file(chunks, name, "test.thing", "1", folder=folder, by=ADA, now=NOW, keys=keyring())
    acts.store_file(file, by=ADA, now=NOW)
    return file


def take_out(file: StoredFile, folder: Path, **more: Any) -> acts.OpenedFile:
    wanted = {"by": ADA, "relation": HERS, **more}
    return acts.open_file(
        file, action="test.file", purpose="reading", folder=folder, now=NOW, keys=keyring(), **wanted
    )


def parts_in(folder: Path) -> list[Path]:
    """Temporary files, as a kill leaves them."""
    return list(folder.rglob(".part-*"))


@pytest.mark.django_db
def test_what_went_in_comes_out_with_its_hashes(tmp_path: Path) -> None:
    file = keep(tmp_path)
    out = take_out(reads.file_of("test.thing", "1", file.id), tmp_path)
    assert (out.name, out.data) == ("song.txt", DATA)
    assert out.md5 == hashlib.md5(DATA, usedforsecurity=False).hexdigest()
    assert out.sha256 == hashlib.sha256(DATA).hexdigest()
    assert file.size == len(DATA)
    assert "canary" not in repr(out)
    assert [e.action for e in Entry.objects.order_by("at", "action")] == ["test.file", "vault.file.store"]
    assert hashlib.sha256(path_of(tmp_path, file.id).read_bytes()).digest() == bytes(file.cipher_sha256)


@pytest.mark.django_db
def test_no_clear_byte_lies_in_the_folder_or_the_row(tmp_path: Path) -> None:
    file = keep(tmp_path)
    row = StoredFile.objects.get()
    for held in (
        path_of(tmp_path, file.id).read_bytes(),
        bytes(row.name),
        bytes(row.hashes),
        bytes(row.header),
    ):
        assert b"canary" not in held
        assert b"song" not in held
        assert hashlib.sha256(DATA).hexdigest().encode() not in held


@pytest.mark.django_db
def test_who_may_not_gets_nothing(tmp_path: Path) -> None:
    file = keep(tmp_path)
    stranger = Officer(kind=ActorKind.PERSON, id="bo", organisation="elsewhere", rights=ADA.rights)
    with pytest.raises(NotFound):
        take_out(file, tmp_path, by=stranger)
    with pytest.raises(NotFound):
        reads.file_of("test.thing", "2", file.id)
    with pytest.raises(NotFound):
        reads.file_of("test.thing", "1", uuid4())
    assert not Entry.objects.filter(action="test.file").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["flip", "cut", "append", "swap"])
def test_of_a_damaged_file_nothing_is_handed_out(tmp_path: Path, damage: str) -> None:
    file, other = keep(tmp_path), keep(tmp_path, DATA[::-1])
    path = path_of(tmp_path, file.id)
    body = bytearray(path.read_bytes())
    match damage:
        case "flip":
            body[len(body) // 2] ^= 1
        case "cut":
            del body[-1_100_000:]
        case "append":
            body += b"more"
        case "swap":
            body = bytearray(path_of(tmp_path, other.id).read_bytes())
    path.chmod(0o640)
    path.write_bytes(body)
    with pytest.raises(envelope.Tampered):
        take_out(file, tmp_path)
    assert take_out(other, tmp_path).data == DATA[::-1]


@pytest.mark.django_db
def test_a_row_that_names_another_body_does_not_open_it(tmp_path: Path) -> None:
    file, other = keep(tmp_path), keep(tmp_path, b"other", "other.txt")
    file.header, file.hashes, file.name = other.header, other.hashes, other.name
    with pytest.raises(envelope.Tampered):
        take_out(file, tmp_path)


@pytest.mark.django_db
def test_a_missing_body_says_what_to_do(tmp_path: Path) -> None:
    file = keep(tmp_path)
    path_of(tmp_path, file.id).unlink()
    with pytest.raises(acts.MissingBody, match="backup"):
        take_out(file, tmp_path)


def test_a_cut_upload_leaves_nothing(tmp_path: Path) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield DATA[:2_000_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        acts.seal_file(breaks_off(), "x", "test.thing", "1", folder=tmp_path, by=ADA, now=NOW, keys=keyring())
    with pytest.raises(acts.NoKey):
        acts.seal_file([b"x"], "x", "test.thing", "1", folder=tmp_path, by=ADA, now=NOW, keys=KeyRing())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_file_appears_whole_and_a_kill_leaves_what_can_be_swept(tmp_path: Path) -> None:
    file_id = uuid4()
    writing = WholeFile(tmp_path, file_id)
    writing.write(b"half")
    assert list(stored_files(tmp_path)) == []
    assert len(parts_in(tmp_path)) == 1
    writing.write(b" and half")
    assert writing.commit() == hashlib.sha256(b"half and half").digest()
    assert list(stored_files(tmp_path)) == [path_of(tmp_path, file_id)]
    assert parts_in(tmp_path) == []
    assert path_of(tmp_path, file_id).read_bytes() == b"half and half"
    assert path_of(tmp_path, file_id).stat().st_mode & 0o007 == 0, "others may not even read what is sealed"
    abandoned = WholeFile(tmp_path, uuid4())
    abandoned.write(b"x")
    abandoned.abandon()
    assert parts_in(tmp_path) == []


def test_an_upload_stays_in_memory_and_ends_at_its_limit() -> None:
    handler = InMemoryOnly()
    handler.new_file("file", "a.txt", "text/plain", None)
    handler.receive_data_chunk(b"a" * 1000, 0)
    kept = handler.file_complete(1000)
    assert (kept.name, kept.size, kept.read()) == ("a.txt", 1000, b"a" * 1000)
    handler.new_file("file", "b.txt", "text/plain", None)
    handler.receive_data_chunk(b"b", LIMIT - 1)
    with pytest.raises(StopUpload) as stopped:
        handler.receive_data_chunk(b"b", LIMIT)
    assert stopped.value.connection_reset is False
    assert not hasattr(kept, "temporary_file_path")
