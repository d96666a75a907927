"""What every answer carries, and how errors look from outside."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.site.web import DATABASE_AWAY, bad_request, not_found, refused, unavailable

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


def quiet_headers(get_response: Handler) -> Handler:
    """Nothing is kept by browsers or proxies on the way, and no other page learns where one came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def own_forms_only(get_response: Handler) -> Handler:
    """The door takes forms from its own pages only, as far as a browser says where one comes from.

    Cookies are not sent along from other sites; this keeps another site from beginning a draft in somebody's
    browser, and from clearing it away. Browsers that say nothing are believed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
            return bad_request(request)
        return get_response(request)

    return middleware


_OWN = ("none", "same-origin")


def in_the_countrys_time(get_response: Handler) -> Handler:
    """Pages for officers say the time that the clock on their wall says. What is stored is UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(directory.time_zone()):
            return get_response(request)

    return middleware


class plain_errors:  # used like the function middlewares beside it
    """Turns our errors into pages: the absent and the forbidden into the same one, byte for byte."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotFound):
            return not_found(request)
        if isinstance(error, Refused):
            return refused(request, error)
        if isinstance(error, DATABASE_AWAY):
            log.error("the database does not answer", exc_info=error)
            return unavailable(request)
        return None
