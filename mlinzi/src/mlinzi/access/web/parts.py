"""What the pages of this room share."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from mlinzi.access.models import Person
from mlinzi.kernel.errors import NotFound


def person_of(request: HttpRequest) -> Person:
    """The signed-in person. Raises `NotFound` where there is none."""
    if not isinstance(request.user, Person):
        raise NotFound
    return request.user


def form_page(
    request: HttpRequest, template: str, form: forms.Form, context: dict[str, Any] | None = None
) -> HttpResponse:
    """A page with a form; one that was refused answers 422 with all that was typed."""
    return render(request, template, {"form": form, **(context or {})}, status=422 if form.errors else 200)


def where_next(request: HttpRequest, default: str) -> str:
    """The page of this site to go on to."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else default
