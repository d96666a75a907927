"""The pages of an organisation without account, which came by a link in a letter.

The address in the letter changes nothing and shows nothing: it puts a short-lived cookie and leads on to a
clean address. Whatever is wrong with a link, the page is the same.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import open_to_all
from mlinzi.casework import acts, reads, rules
from mlinzi.casework.forms import DoneForm, WordsForm
from mlinzi.casework.rules import ReferralState
from mlinzi.casework.web.common import carried_out, show
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring

COOKIE, SALT = "mlinzi_asked", "casework.guest"
View = Callable[..., HttpResponse]


def same_page_for_all(view: View) -> View:
    """Whatever is wrong with a link, whoever holds it reads the same page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            return render(request, "casework/guest_gone.html", status=404)

    return guarded


def _link_id(request: HttpRequest) -> UUID:
    """The link in the signed cookie. Raises `NotFound` where there is none, or it is not ours, or too old."""
    lasts = int(rules.GUEST_COOKIE_LASTS.total_seconds())
    held = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=lasts)
    if not held:
        raise NotFound
    return UUID(held)


@open_to_all
@require_safe
@same_page_for_all
def arrive(_request: HttpRequest, token: str) -> HttpResponse:
    """The address in the letter: a cookie for half an hour, and on to an address without the token.

    Nothing is used up or acknowledged, since programs that look through mail open addresses too.
    """
    link = acts.link_of_token(token, now=now())
    response = redirect("casework:guest")
    response.set_signed_cookie(
        COOKIE,
        str(link),
        salt=SALT,
        max_age=int(rules.GUEST_COOKIE_LASTS.total_seconds()),
        path=reverse("casework:guest"),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",  # a letter leads here from another site, and the cookie has to come along
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _page(request: HttpRequest, template: str, status: int = 200, **context: object) -> HttpResponse:
    link = reads.live_link(_link_id(request), now=now())
    referral = link.referral
    moves = {to.value for to in rules.REFERRAL_MOVES[ReferralState(referral.state)]}
    shown = {"referral": referral, "link": link, "moves": moves, **context}
    return show(request, template, shown, status=status)


@open_to_all
@require_safe
@same_page_for_all
def guest(request: HttpRequest) -> HttpResponse:
    """What is asked, by whom and until when; nothing of what is shared."""
    return _page(request, "guest.html")


@open_to_all
@require_POST
@same_page_for_all
def open_copy(request: HttpRequest) -> HttpResponse:
    """Show what is shared, recorded first, each time."""
    copy = acts.open_by_link(_link_id(request), now=now(), keys=keyring())
    return _page(request, "guest.html", copy=copy)


@open_to_all
@require_POST
@same_page_for_all
def accept(request: HttpRequest) -> HttpResponse:
    """Say that the organisation takes it up."""
    try:
        acts.answer_by_link(_link_id(request), ReferralState.ACCEPTED, now=now(), keys=keyring())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("You have accepted. Say here when it is done."))
    return redirect("casework:guest")


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
@same_page_for_all
def decline(request: HttpRequest) -> HttpResponse:
    """Say no, with the reason."""
    link, form = _link_id(request), WordsForm(_("Why can you not help?"), request.POST or None)

    def act() -> object:
        words = form.cleaned_data["text"]
        return acts.answer_by_link(link, ReferralState.DECLINED, words, now=now(), keys=keyring())

    return _with_form(request, form, act, title=_("Decline"), button=_("Decline"))


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
@same_page_for_all
def done(request: HttpRequest) -> HttpResponse:
    """Say that the help is given, what came of it, and what was done."""
    link, form = _link_id(request), DoneForm(get_language() or "", request.POST or None)

    def act() -> object:
        words, outcome = form.cleaned_data["text"], form.cleaned_data["outcome"]
        return acts.answer_by_link(
            link, ReferralState.DONE, words, outcome=outcome, now=now(), keys=keyring()
        )

    return _with_form(request, form, act, title=_("The help is given"), button=_("Mark as done"))


def _with_form(
    request: HttpRequest,
    form: WordsForm | DoneForm,
    act: Callable[[], object],
    *,
    title: str,
    button: str,
) -> HttpResponse:
    if request.method == "POST" and carried_out(form, act):
        response = redirect("casework:guest_thanks")
        response.delete_cookie(COOKIE, path=reverse("casework:guest"))
        return response
    status = 422 if form.is_bound else 200
    return _page(request, "guest_words.html", status=status, form=form, title=title, button=button)


@open_to_all
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """The end of it: whoever asked was told, and the link opens nothing any more."""
    return render(request, "casework/guest_thanks.html")
