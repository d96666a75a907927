"""What the calls of programs share: who asks, what becomes of a refusal, a request's key, body and trace."""

import base64
import binascii
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from typing import Any, Protocol

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kinga.cybertip.codes import IDEMPOTENCY_HEADER, ResponseCode
from mlinzi.access import reads as access
from mlinzi.access.guard import open_to_all
from mlinzi.access.reads import Program
from mlinzi.intake.acts import Declined
from mlinzi.intake.rules.provider import AWARE_HEADER, KEY_LIMIT, can_be_right
from mlinzi.kernel.clock import now
from mlinzi.kernel.ids import new_id

log = logging.getLogger(__name__)
PIECE = 1 << 18
_REALM = 'Basic realm="Reports of providers", charset="UTF-8"'

View = Callable[..., HttpResponse]


class Spelling(Protocol):
    """How a format says what is not done."""

    def other_method(self, method: str) -> HttpResponse:
        """The address takes `method` alone."""

    def stranger(self) -> HttpResponse:
        """Nobody knows who asks."""

    def declined(self, declined: Declined) -> HttpResponse:
        """What was asked for is not done."""


def call(method: str, spelling: Spelling) -> Callable[[View], View]:
    """What all calls share: who asks, how a refusal is spelled, the number by which a request is traced.

    Args:
        method: the only one that is answered.
    """

    def shared(view: View) -> View:
        @open_to_all
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, **named: Any) -> HttpResponse:
            return traced(_guarded(request, view, method, spelling, **named))

        return answered

    return shared


def _guarded(request: HttpRequest, view: View, method: str, spelling: Spelling, **named: Any) -> HttpResponse:
    if request.method != method:
        response = spelling.other_method(method)
        response["Allow"] = method
        return response
    program = program_of(request)
    if program is None:
        response = spelling.stranger()
        response["WWW-Authenticate"] = _REALM
        return response
    try:
        return view(request, program, **named)
    except Declined as declined:
        return spelling.declined(declined)
    except (DatabaseError, OSError) as error:
        # Ours to mend; the client is told to come again, and nothing half-done stays.
        log.error("A provider's call could not be kept: %s.", type(error).__name__)
        return spelling.declined(Declined(ResponseCode.SAVE_FAILED))


def traced(response: HttpResponse) -> HttpResponse:
    """The same answer with the number by which it is asked about."""
    response["Request-ID"] = new_id().hex
    response["Cache-Control"] = "no-store"
    return response


def program_of(request: HttpRequest) -> Program | None:
    """The program that a request's login and secret belong to; None for none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(given) > 400:
        return None
    try:
        login, colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return access.program(login, secret) if colon else None


def key_of(request: HttpRequest) -> str:
    """The key by which the request is known again; "" for none. Raises `Declined` for a long one."""
    key = request.headers.get(IDEMPOTENCY_HEADER, "").strip()
    if len(key) > KEY_LIMIT:
        raise Declined(ResponseCode.INVALID_REQUEST, f"A key has at most {KEY_LIMIT} characters.")
    return key


def aware_of(request: HttpRequest) -> datetime | None:
    """When the provider became aware, where a header says so. What cannot be right was not said: no report is
    lost to it.
    """
    try:
        moment = datetime.fromisoformat(request.headers.get(AWARE_HEADER, "").strip())
        return moment if can_be_right(moment, now=now()) else None
    except (ValueError, TypeError):  # no moment, or one without a time zone
        return None


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes, whether its length was announced or not. Raises `Declined` where it was cut."""
    body = request.META["wsgi.input"]
    left = _length(request)
    while left is None or left > 0:
        piece = body.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            break
        left = None if left is None else left - len(piece)
        yield piece
    if left:
        raise Declined(ResponseCode.MALFORMED_FILE)


def _length(request: HttpRequest) -> int | None:
    text = str(request.META.get("CONTENT_LENGTH") or "")
    if text.isascii() and text.isdigit():
        return int(text)
    return None if "chunked" in request.headers.get("Transfer-Encoding", "").lower() else 0


def whole(request: HttpRequest, limit: int) -> bytes:
    """A body that is small. Raises `Declined` for a larger one, which is not read to its end."""
    if (_length(request) or 0) > limit:
        raise Declined(ResponseCode.INVALID_REQUEST, f"It is larger than {limit} bytes.")
    held = bytearray()
    for piece in pieces(request):
        held += piece
        if len(held) > limit:
            raise Declined(ResponseCode.INVALID_REQUEST, f"It is larger than {limit} bytes.")
    return bytes(held)
