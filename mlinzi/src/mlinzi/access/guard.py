"""What every view declares: which action it asks for. One that does not keeps the sites from starting."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from mlinzi.access import acts, reads
from mlinzi.access.models import Person
from mlinzi.access.rules import Officer, factor_is_fresh, may_at_all, typed_to_keep
from mlinzi.kernel.clock import now as clock_now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring

PUBLIC = "public"


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def officer_of(request: HttpRequest) -> Officer | None:
    """The signed-in person with the rights that hold now, computed once a request; None for nobody.

    A session that has given no second factor yet carries no right but that to one's own account.
    """
    held = getattr(request, "_officer", False)
    if held is not False:
        return cast("Officer | None", held)
    user = request.user
    found = None
    if isinstance(user, Person) and user.is_active:
        # Only a site with sessions gets here, and only such a site has the sign-in library.
        from mlinzi.access.sessions import factor_at

        found = reads.officer(user, now=clock_now(), factor_at=factor_at(request))
        if found.factor_at is None:
            found = reads.without_factor(found)
    request._officer = found  # type: ignore[attr-defined]
    return found


def needs(action: str, *, fresh_factor: bool = False, before_factor: bool = False) -> Callable[[View], View]:
    """Declare the action a view asks for.

    Whoever is not signed in goes to the sign-in page. Whoever lacks the action in every scope gets the same
    "nothing here" as for an address that does not exist.

    Args:
        fresh_factor: ask for the second factor again when the last one is older than ten minutes. What was
            being sent is kept and comes back into the form (see `typed_text`).
        before_factor: open to somebody who has not given a second factor: the pages that set one up.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            officer = officer_of(request)
            if officer is None:
                return to_sign_in(request)
            if not may_at_all(officer, action):
                raise NotFound
            if fresh_factor and _asks_factor(officer, before_factor):
                return _to_confirm(request, officer)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        guarded.before_factor = before_factor  # type: ignore[attr-defined]
        return cast(View, guarded)

    return declare


def _asks_factor(officer: Officer, before_factor: bool) -> bool:
    if factor_is_fresh(officer, now=clock_now()):
        return False
    # Whoever has no factor yet cannot be asked for one when setting up the first.
    return not (before_factor and not reads.has_factor(officer.id))


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


def to_sign_in(request: HttpRequest, **notes: str) -> HttpResponse:
    """Send somebody to the sign-in page, and back to where they were afterwards."""
    return redirect(f"{reverse('account_login')}?{urlencode({'next': page_of(request), **notes})}")


def _to_confirm(request: HttpRequest, officer: Officer) -> HttpResponse:
    if request.method == "POST":
        keep_typed_text(request, officer.id)
    return redirect(f"{reverse('access:confirm')}?{urlencode({'next': page_of(request)})}")


def page_of(request: HttpRequest) -> str:
    """The page somebody is on: for a form that was sent, the page on which it stood."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if came_from and url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.path


def keep_typed_text(request: HttpRequest, person_id: UUID | str, *, posted_to: str = "") -> bool:
    """Keep what was sent in a form, sealed, until the same person comes back. Returns whether there was
    anything.
    """
    typed = typed_to_keep(request.POST.lists(), request.FILES)
    if not typed.fields:
        return False
    acts.keep_typed(person_id, posted_to or request.path, typed, now=clock_now(), keys=keyring())
    return True


def typed_text(request: HttpRequest, posted_to: str = "") -> dict[str, str | list[str]] | None:
    """What this person had typed here when the session ended, once; None where there is nothing.

    A view that shows a form calls it on GET and gives the result to the form as `initial`::

        form = NoteForm(initial=typed_text(request))

    A page whose forms are sent to other addresses names the address: ``typed_text(request, note_address)``.
    A field with one value comes back as text, one with several as a list. Files are never kept; a message
    says so.
    """
    if request.method not in {"GET", "HEAD"} or not isinstance(request.user, Person):
        return None
    typed = acts.give_typed_back(request.user.pk, posted_to or request.path, now=clock_now(), keys=keyring())
    if typed is None:
        return None
    messages.info(request, _("What you had typed is back in the form. It has not been sent yet."))
    if typed.left_out:
        messages.warning(request, _("Files and very long texts could not be kept; please add them again."))
    return {name: values[0] if len(values) == 1 else list(values) for name, values in typed.fields.items()}
