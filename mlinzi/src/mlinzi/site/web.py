"""Pages that belong to no room: errors, the language, the log's signed head, whether the site is well."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from mlinzi.access.guard import open_to_all
from mlinzi.audit import reads as audit
from mlinzi.directory import reads as directory
from mlinzi.intake import web as door
from mlinzi.kernel.errors import Refused
from mlinzi.site.templatetags.assets import public_sheet

# Django hands its error handlers arguments by name. They stay unused: a page that quoted them would tell.

DATABASE_AWAY = (OperationalError, InterfaceError)


def _public() -> bool:
    return settings.ROOT_URLCONF == "mlinzi.site.urls_public"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """The one answer for what is absent and what is forbidden. It names nothing of the request."""
    if _public():
        return door.not_found(request)
    return render(request, "not_found.html", status=404)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """A refusal with its reasons, for acts that a page did not foresee."""
    return render(request, "refused.html", {"reasons": error.reasons}, status=409)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form whose protection ran out. Says what to do; nothing was changed."""
    return render(request, "form_expired.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """What was sent cannot be read, or is larger than any form of ours."""
    if _public():
        return door.bad_request(request)
    return _without_database("staff_fault.html", {"too_large": True}, 400)


def fault(request: HttpRequest) -> HttpResponse:
    """Something of ours broke. The page is made without the database, which may be what broke."""
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):  # it failed before a view was reached
        return unavailable(request)
    if _public():
        return door.fault(request)
    return _without_database("staff_fault.html", {}, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database does not answer: say so, that nothing was saved, and what to do."""
    if _public():
        return door.unavailable(request)
    return _without_database("staff_fault.html", {"database_down": True}, 503)


def _without_database(template: str, context: dict[str, bool], status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template, context), status=status)


@open_to_all
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language of the staff site in a cookie and go back to the page."""
    answer = set_language(request)
    assert isinstance(answer, HttpResponse)  # noqa: S101
    return answer


@open_to_all
@require_safe
def look(request: HttpRequest, digest: str) -> HttpResponse:  # noqa: ARG001
    """The public site's style as one file. Another content has another address, so it may be kept for ever;
    an address of before gets the style of now, which is not kept."""
    sheet, current = public_sheet()
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    if digest == current:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@open_to_all
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Whether this site answers and reaches its database."""
    directory.deployment()
    return HttpResponse("ok\n", content_type="text/plain")


@open_to_all
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The newest signed head up to which the whole log was checked, for whoever wants to keep a copy."""
    head = audit.published_head()
    if head is None:
        return HttpResponse(
            "No head has been published yet.\n", status=404, content_type="text/plain; charset=utf-8"
        )
    return HttpResponse(head, content_type="text/plain; charset=utf-8")
