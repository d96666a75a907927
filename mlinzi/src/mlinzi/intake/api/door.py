"""What the calls of programs share: who asks, the key of a request, its body piece by piece, its trace."""

import base64
import binascii
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse

from kinga.cybertip.codes import IDEMPOTENCY_HEADER, ResponseCode
from mlinzi.access import reads as access
from mlinzi.access.reads import Program
from mlinzi.intake.acts import Declined
from mlinzi.intake.rules.provider import KEY_LIMIT
from mlinzi.kernel.ids import new_id

PIECE = 1 << 18
REALM = 'Basic realm="Reports of providers", charset="UTF-8"'


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
