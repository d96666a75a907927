"""Pages that belong to no room: home and errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mlinzi.kernel.errors import Refused


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The one answer for what is absent and what is forbidden. It names nothing of the request."""
    return render(request, "not_found.html", status=404)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """A refusal with its reasons, for acts that a page did not foresee."""
    return render(request, "refused.html", {"reasons": error.reasons}, status=409)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose protection ran out. Says what to do; nothing was changed."""
    return render(request, "form_expired.html", status=403)
