"""What the pages share: showing, carrying out a form, and the purpose that a session remembers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from mlinzi.access.guard import typed_text
from mlinzi.casework.rules import OPENING_LASTS, Purpose
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.typed import refuse

OPENED = "casework_opened"


def show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of this room. `now` is the moment that "late" and "in two hours" are counted from."""
    return render(request, f"casework/{template}", {"now": now(), **context}, status=status)


def carried_out(form: forms.Form, act: Callable[[], object]) -> bool:
    """Let a form do its work. What the act refuses stands on the form afterwards, with everything typed."""
    if not form.is_valid():
        return False
    try:
        act()
    except Refused as refused:
        refuse(form, refused)
        return False
    return True


def form_page(
    request: HttpRequest,
    template: str,
    form: forms.Form,
    act: Callable[[], object],
    *,
    then: str,
    said: str,
    context: dict[str, Any],
) -> HttpResponse:
    """A page with one form: show it, carry it out and go on to `then`, or show again what is wrong."""
    if request.method == "POST" and carried_out(form, act):
        messages.success(request, said)
        return redirect(then)
    return show(request, template, {"form": form, **context}, status=422 if form.is_bound else 200)


def sent(request: HttpRequest) -> dict[str, Any]:
    """The arguments of a form: what was sent, or what had been typed here when the session ended."""
    if request.method == "POST":
        return {"data": request.POST, "files": request.FILES}
    return {"initial": typed_text(request)}


def remember_purpose(session: SessionBase, subject: str, purpose: Purpose, at: datetime) -> None:
    """Keep for fifteen minutes why somebody opened a record; whatever is older is forgotten."""
    held = {name: pair for name, pair in session.get(OPENED, {}).items() if pair[1] > at.timestamp()}
    held[subject] = [purpose.value, (at + OPENING_LASTS).timestamp()]
    session[OPENED] = held


def purpose_of(session: SessionBase, subject: str, at: datetime) -> Purpose | None:
    """Why this session opened a record within the last fifteen minutes; None where it did not."""
    purpose, until = session.get(OPENED, {}).get(subject, ("", 0.0))
    return Purpose(purpose) if purpose and at.timestamp() < until else None


def forget_purpose(session: SessionBase, subject: str) -> None:
    """Shut a record again."""
    session[OPENED] = {name: pair for name, pair in session.get(OPENED, {}).items() if name != subject}
