"""A file at the door is sealed while it comes, the words around it arrive, and a cut leaves nothing."""

import gc
import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from hypothesis import given
from hypothesis import strategies as st

from kinga import envelope
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.vault.acts import NoKey
from mlinzi.vault.files import WholeFile, path_of
from mlinzi.vault.rules import FILE, LONGEST_NAME, DoorFile, context_of, file_name
from mlinzi.vault.uploads import LIMIT, NoFiles, SealedAtTheDoor

DATA = b"A canary that sings in the clear. " * 100_000
MEBIBYTE = 1 << 20
EDGE = b"--edge\r\n"


def text(name: str, value: str) -> bytes:
    return EDGE + f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def upload(content: bytes, name: str = "song.txt", more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n{more}\r\n'
    return EDGE + head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"


def posted(body: Any, handler: Any, length: int | None = None) -> WSGIRequest:
    """A request with this body (bytes, or anything with `read`) for this handler."""
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=edge",
        "CONTENT_LENGTH": str(len(body) if length is None else length),
        "wsgi.input": stream,
    }
    request = WSGIRequest(environ)
    request.upload_handlers = [handler]
    return request


def door_keys() -> KeyRing:
    """What the public site holds: it seals and does not open."""
    return KeyRing(intake=keyring().intake)


def at(folder: Path, limit: int = LIMIT) -> SealedAtTheDoor:
    return SealedAtTheDoor(limit, folder=folder, keys=door_keys())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def opened(file: DoorFile, folder: Path, keys: KeyRing) -> bytes:
    context = context_of(FILE, file.id, "body")
    with path_of(folder, file.id).open("rb") as body:
        return b"".join(envelope.open_stream(file.header, body, keys=keys.holder, context=context))


def test_a_file_lies_sealed_at_the_door_and_the_words_around_it_arrive(tmp_path: Path) -> None:
    with at(tmp_path) as door:
        request = posted(form(text("before", "Habari"), upload(DATA), text("after", "asante")), door)
        assert request.POST.dict() == {"before": "Habari", "after": "asante"}
        assert not request.FILES
    file = door.taken
    assert file is not None
    assert (file.name, file.size) == ("song.txt", len(DATA))
    assert file.md5 == hashlib.md5(DATA, usedforsecurity=False).hexdigest()
    assert file.sha256 == hashlib.sha256(DATA).hexdigest()
    assert files_in(tmp_path) == [path_of(tmp_path, file.id)]
    assert hashlib.sha256(path_of(tmp_path, file.id).read_bytes()).digest() == file.cipher_sha256
    assert opened(file, tmp_path, keyring()) == DATA
    with pytest.raises(envelope.NotForUs):  # the door itself cannot open it again
        opened(file, tmp_path, door_keys())
    assert not {door.empty, door.too_large, door.too_many, door.failed} - {False}
    for told in ("song", file.sha256, file.md5):
        assert told not in repr(file)


def test_no_clear_byte_is_on_the_disk_at_any_moment(tmp_path: Path) -> None:
    door = at(tmp_path)
    door.new_file("file", "song.txt", "text/plain", None)
    for start in range(0, len(DATA), 65_536):
        door.receive_data_chunk(DATA[start : start + 65_536], start)
        assert not [path for path in files_in(tmp_path) if b"canary" in path.read_bytes()]
    door.file_complete(len(DATA))
    door.upload_complete()
    [body] = files_in(tmp_path)
    assert len(body.read_bytes()) > len(DATA)
    assert b"canary" not in body.read_bytes()


class Long:
    """A form with a long file, made while it is read."""

    def __init__(self, mebibytes: int) -> None:
        head, tail = upload(b"").removesuffix(b"\r\n"), b"\r\n" + form(text("after", "asante"))
        self.length = len(head) + mebibytes * MEBIBYTE + len(tail)
        self._parts = self._made(head, mebibytes, tail)
        self._rest = b""
        self.read_so_far = 0

    @staticmethod
    def _made(head: bytes, mebibytes: int, tail: bytes) -> Iterator[bytes]:
        yield head
        for _ in range(mebibytes * 16):
            yield bytes(65_536)
        yield tail

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        taken, self._rest = self._rest[:size], self._rest[size:]
        self.read_so_far += len(taken)
        return taken

    readline = read


def test_memory_stays_flat_over_a_whole_request(tmp_path: Path) -> None:
    def peak(mebibytes: int) -> int:
        body, door = Long(mebibytes), at(tmp_path, 64 * MEBIBYTE)
        tracemalloc.start()
        assert posted(body, door, body.length).POST["after"] == "asante"
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert door.taken is not None
        assert door.taken.size == mebibytes * MEBIBYTE
        return found

    small, large = peak(3), peak(48)
    assert large < 4 * MEBIBYTE
    assert large - small < MEBIBYTE // 2


def test_a_file_over_the_limit_is_thrown_away_and_no_word_with_it(tmp_path: Path) -> None:
    for size, fits in ((1000, True), (1001, False), (3000, False)):
        door = at(tmp_path, 1000)
        request = posted(form(text("before", "Habari"), upload(bytes(size)), text("after", "asante")), door)
        assert request.POST.dict() == {"before": "Habari", "after": "asante"}
        assert (door.taken is not None, door.too_large) == (fits, not fits)
        assert len(files_in(tmp_path)) == 1, "only the one that fits lies there"


def test_past_four_times_the_limit_we_hang_up(tmp_path: Path) -> None:
    for body in (Long(9), Long(4)):
        door = at(tmp_path, MEBIBYTE)
        request = posted(body, door, body.length)
        found = request.POST.get("after")
        assert (door.taken, door.too_large) == (None, True)
        assert (found == "asante") is (body.length < 5 * MEBIBYTE)
        assert (body.read_so_far < 5 * MEBIBYTE) is True
    # Files that are skipped count as well: none of them keeps us listening for ever.
    many = [upload(bytes(500)) for _ in range(9)]
    door = at(tmp_path, 1000)
    assert posted(form(*many, text("after", "asante")), door).POST.get("after") is None
    assert door.taken is None
    assert files_in(tmp_path) == []


def test_the_first_file_counts_a_second_is_named_and_an_empty_one_too(tmp_path: Path) -> None:
    door = at(tmp_path)
    posted(form(upload(b"one", "1.txt"), text("a", "b"), upload(b"two", "2.txt")), door).POST  # noqa: B018
    assert door.too_many
    assert door.taken is not None
    assert door.taken.name == "1.txt"
    assert opened(door.taken, tmp_path, keyring()) == b"one"
    empty = at(tmp_path)
    assert posted(form(upload(b"", "3.txt"), text("a", "b")), empty).POST["a"] == "b"
    assert (empty.taken, empty.empty) == (None, True)
    nothing = at(tmp_path)  # what a browser sends when no file was chosen
    assert posted(form(upload(b"", ""), text("a", "b")), nothing).POST["a"] == "b"
    assert (nothing.taken, nothing.empty) == (None, False)
    assert len(files_in(tmp_path)) == 1


class Breaks(io.BytesIO):
    """A connection that breaks at its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


PARTS = (text("before", "Habari"), upload(DATA[:300_000]), text("after", "asante" * 20_000))


@pytest.mark.parametrize("gone", [10, 60_000, 119_990, 120_200, 200_000, 419_900])
@pytest.mark.parametrize("held", [True, False])
def test_a_connection_that_breaks_leaves_nothing_at_the_door(tmp_path: Path, gone: int, held: bool) -> None:
    whole = form(*PARTS)
    door = at(tmp_path)
    request = posted(Breaks(whole[:-gone]), door, len(whole))
    if held:
        with pytest.raises(UnreadablePostError), door:
            request.POST  # noqa: B018
        assert door.taken is None
    else:
        with pytest.raises(UnreadablePostError):
            request.POST  # noqa: B018
        del request, door
        gc.collect()
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("left", [100, 200, 5_000, 150_000, 300_000])
def test_a_file_without_its_end_is_no_file(tmp_path: Path, left: int) -> None:
    door, whole = at(tmp_path), form(*PARTS)
    posted(whole[:left], door).POST  # noqa: B018
    assert door.taken is None
    assert files_in(tmp_path) == []


def test_a_form_that_cannot_be_read_leaves_nothing_at_the_door(tmp_path: Path) -> None:
    bad = upload(b"!" * 100_001, more="Content-Transfer-Encoding: base64\r\n")
    with pytest.raises(MultiPartParserError), at(tmp_path) as door:
        posted(form(text("before", "Habari"), upload(DATA), bad), door).POST  # noqa: B018
    assert door.taken is None
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("broken", ["write", "commit"])
def test_a_disk_that_is_full_loses_the_file_and_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    def full(self: WholeFile, *args: object) -> None:
        raise OSError(28, "No space left on device", "song.txt")

    monkeypatch.setattr(WholeFile, broken, full)
    door = at(tmp_path)
    request = posted(form(text("before", "Habari"), upload(DATA), text("after", "asante")), door)
    assert request.POST.dict() == {"before": "Habari", "after": "asante"}
    assert (door.taken, door.failed) == (None, True)
    assert files_in(tmp_path) == []
    assert "No space left on device" in caplog.text
    assert "song" not in caplog.text


def test_a_door_folder_that_is_closed_loses_the_file_and_no_word(tmp_path: Path) -> None:
    (tmp_path / "door").write_text("no folder")
    door = at(tmp_path / "door")
    assert posted(form(upload(DATA), text("after", "asante")), door).POST["after"] == "asante"
    assert (door.taken, door.failed) == (None, True)


def test_without_the_key_no_form_is_read(tmp_path: Path) -> None:
    with pytest.raises(NoKey):
        SealedAtTheDoor(folder=tmp_path, keys=KeyRing())


def test_a_page_that_takes_no_file_keeps_the_words() -> None:
    request = posted(form(text("before", "Habari"), upload(DATA), text("after", "asante")), NoFiles())
    assert request.POST.dict() == {"before": "Habari", "after": "asante"}
    assert not request.FILES


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("song.txt", "song.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\picha yangu.jpg", "picha yangu.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\x00b\r\nc\x1b[31m.png", "abc[31m.png"),
        (" .. ", "file"),
        ("", "file"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("x." + "y" * 300, "x." + "y" * 198),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


@given(st.text(max_size=500))
def test_every_name_can_be_kept_and_shown(given: str) -> None:
    name = file_name(given)
    assert 1 <= len(name) <= LONGEST_NAME
    assert name.isprintable()
    assert not set(name) & {"/", "\\"}
    assert name.encode()
    assert name not in {".", ".."}
