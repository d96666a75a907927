"""A request whose connection was cut is not taken for a whole one, and leaves no file behind."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.site.bodies import CutOff, only_whole
from mlinzi.vault.uploads import SealedAtTheDoor

STORY = "text=" + "Somebody in a game keeps asking me for pictures. " * 500
FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"content " * 20_000
    + b'\r\n--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"asante " * 20_000
    + b"\r\n--edge--\r\n"
)  # fmt: skip


def sent(body: bytes, kind: str, *, announced: str | None, view: Any) -> None:
    """A request as the server hands it over: a body that ends early simply ends."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        view(WSGIRequest(environ))
        return []

    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind,
        "wsgi.input": io.BytesIO(body),
        **({} if announced is None else {"CONTENT_LENGTH": announced}),
    }
    only_whole(application)(environ, None)


def test_half_a_story_is_not_taken_for_a_whole_one() -> None:
    seen: list[dict[str, Any]] = []

    def view(request: HttpRequest) -> None:
        seen.append(request.POST.dict())

    body, kind = STORY.encode(), "application/x-www-form-urlencoded"
    sent(body, kind, announced=str(len(body)), view=view)
    assert seen == [{"text": STORY.removeprefix("text=")}]
    for left in (0, 1, 1000, len(body) - 1):
        with pytest.raises(CutOff):
            sent(body[:left], kind, announced=str(len(body)), view=view)
    for announced in (None, "", "0", "-5"):  # without a length there is nothing to read
        sent(body, kind, announced=announced, view=view)
    assert seen[1:] == [{}] * 4


@pytest.mark.parametrize("left", [0, 50, 100, 90_000, 160_200, 170_000, 200_000, len(FORM) - 1])
def test_a_cut_behind_the_file_leaves_nothing_at_the_door(tmp_path: Path, left: int) -> None:
    door = SealedAtTheDoor(folder=tmp_path, keys=KeyRing(intake=keyring().intake))

    def view(request: HttpRequest) -> None:
        with door:
            request.upload_handlers = [door]
            request.POST  # noqa: B018

    kind = "multipart/form-data; boundary=edge"
    with pytest.raises(CutOff):
        sent(FORM[:left], kind, announced=str(len(FORM)), view=view)
    assert door.taken is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    again = SealedAtTheDoor(folder=tmp_path, keys=KeyRing(intake=keyring().intake))

    def read(request: HttpRequest) -> None:
        request.upload_handlers = [again]
        request.POST  # noqa: B018

    sent(FORM, kind, announced=str(len(FORM)), view=read)
    assert again.taken is not None


def test_lines_are_counted_as_well() -> None:
    lines: list[bytes] = []

    def view(request: HttpRequest) -> None:
        lines.extend(request.readlines())

    sent(b"one\ntwo\nthree", "text/plain", announced="13", view=view)
    assert lines == [b"one\n", b"two\n", b"three"]
    with pytest.raises(CutOff):
        sent(b"one\ntwo\nthr", "text/plain", announced="13", view=view)
