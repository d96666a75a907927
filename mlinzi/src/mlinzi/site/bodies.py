"""What was sent arrives whole, and nobody holds the site by sending slowly.

The HTTP server ends the body of a connection that was cut as it ends a whole one. A report that lost its
second half, or a form that lost the fields after its file, would be taken as if that were all of it.

Its `read` waits for the next byte without end, and each request that waits holds a thread of the site. A few
dozen connections that send a byte a second, or none, would keep every child out. So only some threads may be
reading: a few of them what should be there at once, and a few what takes longer. `slowness.py` hangs up on
whoever sends slower than any phone. The request's own thread reads: this server stands still when another one
is still reading while the request ends.
"""

import io
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Protocol

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse

from mlinzi.site.slowness import watch_slowness

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

AT_ONCE, SMALL = 1.0, 64 * 1024
"""A body of at most so many bytes that is here within so many seconds needs none of the places."""
PLACES = 16
"""For bodies that take longer."""
FIRST_LOOKS, WAIT_FOR_A_LOOK = 10, 2.0
"""At bodies that should be there at once, and seconds that one waits for its turn. Of the 32 threads of the
public site (`processes.py`), what is left over shows pages and works on what has come."""
_LARGEST_PIECE = 4096


class _Input(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def readline(self, size: int = -1, /) -> bytes: ...


class CutOff(BadRequest):
    """The connection ended before what it had announced."""


class _Counted:
    """A request's body that says when it ends before its announced length."""

    def __init__(self, body: _Input, length: int) -> None:
        self._body, self._left = body, length

    def is_here(self) -> bool:
        """Whether it is small and comes at once, or ends at once. What has come is kept for the reader."""
        if self._left > SMALL:
            return False
        until, come, cut, size = time.monotonic() + AT_ONCE, bytearray(), False, 1
        while not cut and len(come) < self._left and time.monotonic() < until:
            # The server's `read` comes back no sooner than all of a piece is there, so it begins with a byte.
            size = min(2 * size, _LARGEST_PIECE)
            wanted = min(size, self._left - len(come))
            piece = self._body.read(wanted)
            come += piece
            cut = len(piece) < wanted
        self._body = _Joined(bytes(come), self._body)
        return cut or len(come) == self._left

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._body.read(wanted)
        self._left -= len(piece)
        if len(piece) < wanted:
            raise CutOff
        return piece

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        line = self._body.readline(wanted)
        self._left -= len(line)
        if len(line) < wanted and not line.endswith(b"\n"):
            raise CutOff
        return line


class _Joined:
    """What has come already, and then the rest."""

    def __init__(self, come: bytes, rest: _Input) -> None:
        self._come, self._rest = io.BytesIO(come), rest

    def read(self, size: int = -1) -> bytes:
        piece = self._come.read(size)
        return (
            piece if len(piece) == size else piece + self._rest.read(size - len(piece) if size >= 0 else -1)
        )

    def readline(self, size: int = -1) -> bytes:
        line = self._come.readline(size)
        if line.endswith(b"\n") or len(line) == size:
            return line
        return line + self._rest.readline(size - len(line) if size >= 0 else -1)


def only_whole(application: Application) -> Application:
    """The same application, for which a body that was cut is a request that cannot be read; and only so many
    wait for one at the same time.
    """
    looks, places = threading.BoundedSemaphore(FIRST_LOOKS), threading.BoundedSemaphore(PLACES)

    def is_here(body: _Counted) -> bool:
        if not looks.acquire(timeout=WAIT_FOR_A_LOOK):
            return False
        try:
            return body.is_here()
        finally:
            looks.release()

    def counting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = str(environ.get("CONTENT_LENGTH") or "")
        # A length that is no number is no length to Django either: it then reads nothing.
        if not (length.isascii() and length.isdigit() and int(length)):
            return application(environ, start_response)
        watch_slowness(int(environ.get("SERVER_PORT") or 0))
        body = environ["wsgi.input"] = _Counted(environ["wsgi.input"], int(length))
        if is_here(body):
            return application(environ, start_response)
        if not places.acquire(blocking=False):
            nothing = {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}
            return _crowded()({**environ, **nothing}, start_response)
        try:
            return application(environ, start_response)
        finally:
            places.release()

    return counting


@cache
def _crowded() -> WSGIHandler:
    """Answers with the page that says to try again in a few minutes, and with every header of ours."""
    from mlinzi.site.web import unavailable  # only once the site is loaded

    class Crowded(WSGIHandler):
        def _get_response(self, request: HttpRequest) -> HttpResponse:
            return unavailable(request)

    return Crowded()
