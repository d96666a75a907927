"""What every view declares: which action it asks for. A view without a declaration keeps the sites from starting."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Protocol, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from mlinzi.access import reads
from mlinzi.access.models import Person
from mlinzi.access.rules import Officer, factor_is_fresh, may_at_all
from mlinzi.kernel.clock import now as clock_now
from mlinzi.kernel.errors import NotFound

PUBLIC = "public"


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def officer_of(request: HttpRequest) -> Officer | None:
    """The signed-in person with the rights that hold now, computed once a request; None when nobody is signed in."""
    held = getattr(request, "_officer", False)
    if held is not False:
        return cast("Officer | None", held)
    user = request.user
    found = None
    if isinstance(user, Person) and user.is_active:
        found = reads.officer(user, now=clock_now(), factor_at=_factor_at(request))
    request._officer = found  # type: ignore[attr-defined]
    return found


def _factor_at(request: HttpRequest) -> datetime | None:
    """When this session last gave a second factor, from the records that the sign-in library keeps."""
    records = request.session.get("account_authentication_methods", [])
    times = [r["at"] for r in records if r.get("method") == "mfa" and "at" in r]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def needs(action: str, *, fresh_factor: bool = False) -> Callable[[View], View]:
    """Declare the action a view asks for.

    Whoever is not signed in goes to the sign-in page. Whoever lacks the action in every scope gets the same
    "nothing here" as for an address that does not exist. With `fresh_factor`, the second factor is asked again
    when the last one is older than ten minutes.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            officer = officer_of(request)
            if officer is None:
                return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
            if not may_at_all(officer, action):
                raise NotFound
            if fresh_factor and not factor_is_fresh(officer, now=clock_now()):
                return redirect(f"{reverse('access:confirm')}?{urlencode({'next': request.path})}")
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return cast(View, guarded)

    return declare


def open_to_all(view: View) -> View:
    """Declare that a view asks for no action: the public door and the sign-in pages."""
    view.action = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(request: HttpRequest) -> Officer:
    """The officer inside a view that `needs` an action. Raises `NotFound` where there is none."""
    officer = officer_of(request)
    if officer is None:
        raise NotFound
    return officer
