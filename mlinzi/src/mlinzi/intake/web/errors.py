"""Errors, in every language of the country, without the database where that may be what broke."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from mlinzi.intake.rules.form import FIELDS
from mlinzi.intake.web import common

# What a person typed themselves; everything else that a form carries goes back unseen.
WRITTEN = ("story", "text", "say", "link", "account", "service", "address", "organisation", "position")
_KEPT = {*FIELDS, "text", "mark", "once", "work", "skip", "number_end"}


def _error(request: HttpRequest, kind: str, status: int, **context: Any) -> HttpResponse:
    """A page that needs neither the database nor the language of whoever reads it."""
    held = common.LAST.held()
    # Whoever was reading in one language finds it first.
    first = [w for w in held if request.path.startswith(f"/{w.language}/")]
    ordered = [*first, *(w for w in held if w not in first)]
    with translation.override(ordered[0].language):
        everything = {
            "words": ordered[0],
            "all_words": ordered,
            "kind": kind,
            "closed": status >= 500,
            "demonstration": held[0].demonstration,
            **context,
        }
        answer = HttpResponse(render_to_string("intake/error.html", everything), status=status)
    return common.with_exit(answer, ordered[0])


def not_found(request: HttpRequest) -> HttpResponse:
    return _error(request, "not_found", 404)


def not_allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    answer = _error(request, "not_allowed", 405)
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def bad_request(request: HttpRequest) -> HttpResponse:
    return _error(request, "bad_request", 400)


def fault(request: HttpRequest) -> HttpResponse:
    return _error(request, "fault", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away. What was typed goes back to whoever typed it, ready to be sent again.

    The form keeps its mark: had the first try been saved after all, the second changes nothing.
    """
    kept = {name: text for name, text in request.POST.items() if name in _KEPT}
    written = {name: kept.pop(name) for name in WRITTEN if kept.get(name)}
    return _error(request, "unavailable", 503, kept=kept, written=written, address=request.path)
