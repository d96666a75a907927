"""Sessions end when idle; nothing but setting up the second factor is open before there is one."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from mlinzi.access import acts, limits, reads, sessions
from mlinzi.access.guard import PUBLIC, keep_typed_text, page_of, to_sign_in
from mlinzi.access.models import Person
from mlinzi.access.rules import SessionEnd
from mlinzi.kernel.clock import now as clock_now

Handler = Callable[[HttpRequest], HttpResponse]


class idle_sessions_end:
    """Ends a session after 15 minutes without a request, and after 12 hours in any case.

    What was being sent when that happens is kept for the same person and not done.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if isinstance(person, Person):
            now = clock_now()
            why = sessions.why_ends(request, now=now)
            if why is None:
                sessions.see(request, now=now)
            else:
                _end(request, person, why)
                request._ended_for = person  # type: ignore[attr-defined]
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        # Here, and not in __call__, because by now it is known that the form was ours (the check against
        # forgery has run): else another site could leave its words in somebody's form.
        person = getattr(request, "_ended_for", None)
        if person is None or getattr(view, "action", PUBLIC) == PUBLIC:
            return None
        kept = request.method == "POST" and keep_typed_text(request, person.pk, posted_to=_posted_to(request))
        return to_sign_in(request, ended="kept" if kept else "idle")


def _posted_to(request: HttpRequest) -> str:
    """The address of the form: where it was sent, or what the page's script says when it hands in what was
    typed.
    """
    return request.POST.get("posted_to", "") if request.path == reverse("access:keep") else request.path


@transaction.atomic
def _end(request: HttpRequest, person: Person, why: SessionEnd) -> None:
    acts.record_session_end(person, why, now=clock_now())
    logout(request)


class second_factor_first:
    """Before a session has given a second factor it reaches only the pages that give one or set one up.

    What counts is this session and not the account: else whoever had only the password, and had signed in
    before the owner set up a factor, would be let in by the owner's factor.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        person = request.user
        if (
            isinstance(person, Person)
            and sessions.factor_at(request)
            and not limits.is_known(request, person.email)
        ):
            limits.remember(request, response, person.email)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if not isinstance(request.user, Person) or sessions.factor_at(request):
            return None
        if getattr(view, "action", PUBLIC) == PUBLIC or getattr(view, "before_factor", False):
            return None
        if reads.has_factor(request.user.pk):
            return redirect(f"{reverse('access:confirm')}?{urlencode({'next': page_of(request)})}")
        return redirect("access:first_factor")
