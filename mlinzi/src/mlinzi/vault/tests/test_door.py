"""What came in at the door reaches the vault whole, under the same id, without being opened on the way."""

import contextlib
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, Right, Scope
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.vault import acts, reads
from mlinzi.vault.files import ForeignBody, WholeFile, path_of, stored_files
from mlinzi.vault.models import StoredFile
from mlinzi.vault.rules import FILE_LIMIT, SEALED_LIMIT, DoorFile
from mlinzi.vault.uploads import SealedAtTheDoor
from tests.tables import Entry

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
WORKER = Actor.process("worker")
ADA = Officer(
    kind=ActorKind.PERSON,
    id="ada",
    organisation="house",
    rights=frozenset({Right("test.file", Scope.ORGANISATION)}),
)
DATA = b"A canary that sings in the clear. " * 70_000
pytestmark = pytest.mark.django_db
OnCommit = DjangoCaptureOnCommitCallbacks


def came_in(folder: Path, data: bytes = DATA, name: str = "song.txt") -> DoorFile:
    """A file that the public site has sealed at the door."""
    door = SealedAtTheDoor(folder=folder / "door", keys=KeyRing(intake=keyring().intake))
    door.new_file("file", name, "text/plain", None)
    door.receive_data_chunk(data, 0)
    door.file_complete(len(data))
    door.upload_complete()
    assert door.taken is not None
    return door.taken


def adopt(file: DoorFile, folder: Path, **more: Any) -> None:
    given = {
        "meta": acts.meta_of(file, keys=KeyRing(intake=keyring().intake)),
        "header": file.header,
        "size": file.size,
        "cipher_sha256": file.cipher_sha256,
        "by": WORKER,
        "keys": keyring(),
        **more,
    }
    acts.adopt(
        file_id=file.id,
        subject_type="test.thing",
        subject_id="1",
        door=folder / "door",
        vault=folder / "vault",
        now=NOW,
        **given,
    )


def take_out(file: DoorFile, folder: Path) -> acts.OpenedFile:
    return acts.open_file(
        reads.file_of("test.thing", "1", file.id),
        action="test.file",
        relation=Relation(organisations=frozenset({"house"})),
        purpose="reading",
        folder=folder / "vault",
        by=ADA,
        now=NOW,
        keys=keyring(),
    )


def whole_files(folder: Path) -> dict[str, list[str]]:
    return {place: [path.name for path in stored_files(folder / place)] for place in ("door", "vault")}


def anything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_came_in_is_read_by_who_may_and_leaves_the_door(
    tmp_path: Path, django_capture_on_commit_callbacks: OnCommit
) -> None:
    file = came_in(tmp_path)
    with django_capture_on_commit_callbacks(execute=False) as after:
        adopt(file, tmp_path)
    assert whole_files(tmp_path) == {"door": [file.id.hex], "vault": [file.id.hex]}, "until it is committed"
    [take_away] = after
    take_away()
    assert whole_files(tmp_path) == {"door": [], "vault": [file.id.hex]}
    row = StoredFile.objects.get()
    assert (row.id, row.size, row.stored_by) == (file.id, len(DATA), "worker")
    assert keyring().records is not None
    assert envelope.recipients_of(bytes(row.header)) == (keyring().records.key_id,)  # type: ignore[union-attr]
    assert {entry.action for entry in Entry.objects.all()} == {"vault.text.work", "vault.file.store"}
    out = take_out(file, tmp_path)
    assert (out.name, out.data) == ("song.txt", DATA)
    assert (out.md5, out.sha256) == (file.md5, file.sha256)
    for held in (bytes(row.name), bytes(row.hashes), path_of(tmp_path / "vault", file.id).read_bytes()):
        assert b"canary" not in held
        assert b"song" not in held


def test_a_second_call_makes_nothing_new_and_finishes_what_a_kill_left(
    tmp_path: Path, django_capture_on_commit_callbacks: OnCommit
) -> None:
    file = came_in(tmp_path)
    adopt(file, tmp_path)  # killed before the body was taken away from the door
    entries = Entry.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        adopt(file, tmp_path)
    assert (StoredFile.objects.count(), Entry.objects.count()) == (1, entries)
    assert whole_files(tmp_path) == {"door": [], "vault": [file.id.hex]}
    acts.discard(tmp_path / "door", file.id)
    acts.discard(tmp_path / "nowhere", file.id)


def test_after_a_kill_before_the_commit_the_next_call_begins_anew(tmp_path: Path) -> None:
    for body_left in ("door", "vault"):  # only in the vault: a restore of a backup that was made just then
        file = came_in(tmp_path / body_left)
        adopt(file, tmp_path / body_left)
        StoredFile.objects.all().delete()
        if body_left == "vault":
            acts.discard(tmp_path / body_left / "door", file.id)
        adopt(file, tmp_path / body_left)
        assert take_out(file, tmp_path / body_left).data == DATA


@pytest.mark.parametrize("damage", ["flip", "cut", "append", "swap", "size", "digest", "header", "meta"])
def test_what_is_not_as_the_door_noted_it_leaves_nothing_in_the_vault(tmp_path: Path, damage: str) -> None:
    file, other = came_in(tmp_path), came_in(tmp_path, DATA[::-1], "other.txt")
    path, more = path_of(tmp_path / "door", file.id), dict[str, Any]()
    body = bytearray(path.read_bytes())
    match damage:
        case "flip":
            body[len(body) // 2] ^= 1
        case "cut":
            del body[-1000:]
        case "append":
            body += b"more"
        case "swap":
            body = bytearray(path_of(tmp_path / "door", other.id).read_bytes())
        case "size":
            more["size"] = file.size + 1
        case "digest":
            more["cipher_sha256"] = other.cipher_sha256
        case "header":
            more["header"] = other.header
        case "meta":
            more["meta"] = acts.meta_of(other, keys=keyring())
    path.write_bytes(body)
    with pytest.raises(envelope.Tampered):
        adopt(file, tmp_path, **more)
    assert not anything_in(tmp_path / "vault")
    assert not StoredFile.objects.exists()
    adopt(other, tmp_path)
    assert take_out(other, tmp_path).data == DATA[::-1]


@pytest.mark.parametrize(
    "told",
    [
        "[]",
        "no json",
        "{}",
        json.dumps({"name": "a", "md5": "x", "sha256": "y"}),
        json.dumps({"name": "a", "md5": "00" * 16, "sha256": "00" * 31}),
    ],
)
def test_what_a_broken_door_says_is_not_believed(tmp_path: Path, told: str) -> None:
    file = came_in(tmp_path)
    meta = acts.seal_for_worker(told, "intake.attachment", file.id, "meta", keys=keyring())
    with pytest.raises(acts.UnsoundMeta):
        adopt(file, tmp_path, meta=meta)
    assert not anything_in(tmp_path / "vault")
    lying = replace(file, name="../../etc/\u202egpj.exe", sha256=hashlib.sha256(b"other").hexdigest())
    adopt(lying, tmp_path)
    row = reads.file_of("test.thing", "1", file.id)
    assert acts.open_for_work(reads.sealed_name(row), by=WORKER, now=NOW, keys=keyring()) == "gpj.exe"
    with pytest.raises(envelope.Tampered):  # and a false hash is found when the file is opened
        take_out(file, tmp_path)


def test_a_body_that_is_gone_is_our_turn(tmp_path: Path) -> None:
    file = came_in(tmp_path)
    acts.discard(tmp_path / "door", file.id)
    with pytest.raises(acts.MissingBody, match="backup"):
        adopt(file, tmp_path)
    assert not StoredFile.objects.exists()


def test_only_the_worker_takes_in(tmp_path: Path) -> None:
    file = came_in(tmp_path)
    with pytest.raises(NotFound):
        adopt(file, tmp_path, by=ADA)
    with pytest.raises(envelope.NotForUs):  # the door cannot open what it sealed
        adopt(file, tmp_path, keys=KeyRing(intake=keyring().intake))
    with pytest.raises(acts.NoKey):
        adopt(file, tmp_path, keys=replace(keyring(), records=None))
    with pytest.raises(acts.NoKey):
        acts.meta_of(replace(file, id=new_id()), keys=KeyRing())
    assert not anything_in(tmp_path / "vault")
    assert not StoredFile.objects.exists()


FOREIGN = ("pipe", "link", "linked folder", "second name", "folder", "holes", "heavy row")


def laid_by_an_intruder(kind: str, file: DoorFile, folder: Path) -> None:
    """In place of a body, what somebody who has taken over the public site may put there."""
    body = path_of(folder / "door", file.id)
    elsewhere = folder / "elsewhere" / body.parent.name / body.name
    elsewhere.parent.mkdir(parents=True)
    body.rename(elsewhere)
    match kind:
        case "pipe":
            os.mkfifo(body)
        case "link":
            body.symlink_to(elsewhere)
        case "linked folder":
            body.parent.rmdir()
            body.parent.symlink_to(elsewhere.parent)
        case "second name":
            body.hardlink_to(elsewhere)
        case "folder":
            body.mkdir()
        case "holes" | "heavy row":
            with body.open("wb") as sparse:
                sparse.truncate(SEALED_LIMIT + 1 if kind == "holes" else SEALED_LIMIT - 1)


class Late(Exception):
    pass


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    def ring(*_given: object) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", FOREIGN)
def test_nothing_but_a_plain_file_is_read_or_taken_away(
    tmp_path: Path, kind: str, django_capture_on_commit_callbacks: OnCommit
) -> None:
    file, other = came_in(tmp_path), came_in(tmp_path)
    laid_by_an_intruder(kind, file, tmp_path)
    [elsewhere] = (path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file())
    refusal = envelope.Tampered if kind == "heavy row" else ForeignBody
    with within(10), pytest.raises(refusal):
        adopt(file, tmp_path)
    assert not anything_in(tmp_path / "vault")
    assert not StoredFile.objects.exists()
    with contextlib.suppress(ForeignBody):
        acts.discard(tmp_path / "door", file.id)
    assert elsewhere.exists(), "only the name at the door goes"
    with django_capture_on_commit_callbacks(execute=True):
        adopt(other, tmp_path)
    assert take_out(other, tmp_path).data == DATA


@pytest.mark.parametrize("kind", ["link", "pipe", "second name"])
def test_what_is_exchanged_between_the_look_and_the_opening_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file, look = came_in(tmp_path), os.stat

    def quick(path: str, **named: Any) -> os.stat_result:
        seen = look(path, **named)
        if path == file.id.hex and not (tmp_path / "elsewhere").exists():
            laid_by_an_intruder(kind, file, tmp_path)
        return seen

    monkeypatch.setattr("mlinzi.vault.files.os.stat", quick)
    with within(10), pytest.raises(ForeignBody):
        adopt(file, tmp_path)
    assert not anything_in(tmp_path / "vault")


def test_a_row_cannot_ask_for_more_than_a_file_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, copied = came_in(tmp_path), list[int]()
    with path_of(tmp_path / "door", file.id).open("wb") as sparse:
        sparse.truncate(SEALED_LIMIT)
    more = envelope.plain_size(file.header, SEALED_LIMIT)
    assert more > FILE_LIMIT
    monkeypatch.setattr(WholeFile, "write", lambda _self, data: copied.append(len(data)))
    with pytest.raises(envelope.Tampered):
        adopt(file, tmp_path, size=more)
    assert copied == []


def test_a_body_that_grows_while_it_is_read_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = came_in(tmp_path)
    body, write, copied = path_of(tmp_path / "door", file.id), WholeFile.write, list[int]()
    length = body.stat().st_size

    def growing(self: WholeFile, data: bytes) -> int:
        with body.open("ab") as more:
            more.write(b"x" * 4 * len(data))
        copied.append(len(data))
        return write(self, data)

    monkeypatch.setattr(WholeFile, "write", growing)
    with within(10), pytest.raises(envelope.EnvelopeError):
        adopt(file, tmp_path)
    assert sum(copied) == length + 1
    assert not anything_in(tmp_path / "vault")
