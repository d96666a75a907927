"""What was sent arrives whole or not at all.

The HTTP server ends the body of a connection that was cut as it ends a whole one. A report that lost its
second half, or a form that lost the fields after its file, would be taken as if that were all of it.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.core.exceptions import BadRequest

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Input(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def readline(self, size: int = -1, /) -> bytes: ...


class CutOff(BadRequest):
    """The connection ended before what it had announced."""


class _Counted:
    """A request's body that says when it ends before its announced length."""

    def __init__(self, body: _Input, length: int) -> None:
        self._body, self._left = body, length

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


def only_whole(application: Application) -> Application:
    """The same application, for which a body that was cut is a request that cannot be read."""

    def counting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = str(environ.get("CONTENT_LENGTH") or "")
        # A length that is no number is no length to Django either: it then reads nothing.
        if length.isascii() and length.isdigit():
            environ["wsgi.input"] = _Counted(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return counting
