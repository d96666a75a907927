"""A request whose connection was cut is not taken for a whole one, and leaves no file behind; slow ones keep
nobody out.
"""

import contextlib
import io
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from pytest_django import Settings

from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.site import bodies
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


# -- who sends slowly --------------------------------------------------------------------------------------


class Hanging(io.BytesIO):
    """A body of which no more comes than this, until the connection ends."""

    def __init__(self, come: bytes = b"") -> None:
        super().__init__(come)
        self.asked, self.ends = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if len(piece) != size:
            self.asked.set()
            assert self.ends.wait(20)
        return piece


class Site:
    """An application as the server calls it, each request in a thread of its own."""

    def __init__(self) -> None:
        self.read, self.answers = list[bytes](), list[str]()
        self._lock = threading.Lock()
        self._application = only_whole(self._answer)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        with self._lock:
            self.read.append(body)
        start_response("200 OK", [])
        return [b"taken"]

    def asks(self, body: io.BytesIO, length: int) -> tuple[str, bytes]:
        """Send one request; returns the answer's status and content."""
        said: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/en/r/story/",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "0",
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.input": body,
            "CONTENT_LENGTH": str(length),
        }
        content = b"".join(self._application(environ, lambda status, _headers, *_more: said.append(status)))
        return said[0], content

    def hangs(self, body: Hanging, length: int) -> threading.Thread:
        def ask() -> None:
            with contextlib.suppress(CutOff):
                self.asks(body, length)

        thread = threading.Thread(target=ask)
        thread.start()
        assert body.asked.wait(20)
        return thread


@contextlib.contextmanager
def hanging(site: Site, count: int, length: int) -> Iterator[None]:
    bodies = [Hanging(b"some") for _ in range(count)]
    threads = [site.hangs(body, length) for body in bodies]
    try:
        yield
    finally:
        for body in bodies:
            body.ends.set()
        for thread in threads:
            thread.join()


@pytest.mark.usefixtures("public_site_without_database")
def test_many_slow_bodies_leave_room_for_what_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WAIT_FOR_A_LOOK", 0.1)
    site, large = Site(), bodies.SMALL + 1
    with hanging(site, bodies.PLACES, large):
        status, page = site.asks(io.BytesIO(b"x" * large), large)
        assert status.startswith("503")
        assert b"Please try again in a few minutes" in page
        assert site.asks(io.BytesIO(b"a story"), 7) == ("200 OK", b"taken")
    assert site.asks(io.BytesIO(b"x" * large), large) == ("200 OK", b"taken")
    with hanging(site, bodies.FIRST_LOOKS, 500):  # these do not even send what should be there at once
        assert site.asks(io.BytesIO(b"x" * large), large) == ("200 OK", b"taken")
    assert site.asks(io.BytesIO(b"a story"), 7) == ("200 OK", b"taken")


@pytest.mark.usefixtures("public_site_without_database")
def test_what_trickles_loses_its_first_look_and_arrives_whole_on_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 0.05)
    sent = bytes(range(256)) * 4

    class Trickling(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            time.sleep(0.02)
            return super().read(size)

    site = Site()
    assert site.asks(Trickling(sent), len(sent)) == ("200 OK", b"taken")
    assert site.read == [sent]
    with hanging(site, bodies.PLACES, bodies.SMALL + 1):
        assert site.asks(Trickling(sent), len(sent))[0].startswith("503")
    lines: list[bytes] = []

    def view(request: HttpRequest) -> None:
        lines.extend(request.readlines())

    monkeypatch.setattr(bodies, "AT_ONCE", 0.0)
    sent_lines = b"one\ntwo\n" * 3 + b"end"
    sent_in(sent_lines, view)
    assert b"".join(lines) == sent_lines
    assert lines[0] == b"one\n"


def sent_in(body: bytes, view: Any) -> None:
    sent(body, "text/plain", announced=str(len(body)), view=view)


@pytest.fixture
def public_site_without_database(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "mlinzi.site.urls_public"
    settings.MIDDLEWARE = []
    bodies._crowded.cache_clear()
    yield
    bodies._crowded.cache_clear()
