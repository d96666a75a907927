"""One's own account: second factors, password, language."""

import contextlib
from base64 import b64encode

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as passkeys
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kinga.envelope import EnvelopeError
from mlinzi.access import acts, limits, reads, sealing
from mlinzi.access.forms import LanguageForm, NewAppForm, NewPasskeyForm, PasswordForm
from mlinzi.access.guard import needs, signed_in
from mlinzi.access.models import Person
from mlinzi.access.rules import Action
from mlinzi.access.web.parts import form_page, person_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.kernel.typed import refuse

_PENDING = "pending_app"


@needs(Action.SELF)
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One's own account."""
    person = person_of(request)
    factors = [
        {
            "id": factor.pk,
            "is_app": factor.type == Authenticator.Type.TOTP,
            "name": factor.data.get("name", ""),
            "added": factor.created_at,
            "used": factor.last_used_at,
        }
        for factor in reads.factors_of(person.pk)
    ]
    context = {
        "factors": factors,
        "has_app": any(factor["is_app"] for factor in factors),
        "grants": reads.grants_of(person, now=now()),
        "form": LanguageForm(initial={"language": person.language or settings.LANGUAGE_CODE}),
    }
    return render(request, "access/account.html", context)


@needs(Action.SELF, before_factor=True)
@require_safe
def first_factor(request: HttpRequest) -> HttpResponse:
    """Choose how to prove who one is, before anything else is open."""
    if reads.has_factor(person_of(request).pk):
        return redirect("access:account")
    return render(request, "access/first_factor.html")


@needs(Action.SELF, fresh_factor=True, before_factor=True)
def add_app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: show its secret, take its first code."""
    person = person_of(request)
    secret = _pending_secret(request, person)
    form = NewAppForm(request.POST or None, user=person, secret=secret)
    if request.method == "POST" and form.is_valid():
        try:
            added = acts.add_app(secret, by=signed_in(request), now=now())
        except Refused as error:
            refuse(form, error)
        else:
            del request.session[_PENDING]
            _proved(request, person, added, Authenticator.Type.TOTP)
            messages.success(request, _("The authenticator app is set up."))
            return redirect("access:account")
    adapter = get_adapter()
    address = adapter.build_totp_url(person, secret)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    square = b64encode(adapter.build_totp_svg(address).encode()).decode()
    context = {"square_address": f"data:image/svg+xml;base64,{square}", "secret": spaced}
    return form_page(request, "access/add_app.html", form, context)


def _pending_secret(request: HttpRequest, person: Person) -> str:
    """The secret that is being set up, waiting sealed in the session.

    It stays the same until it is used: a page that is loaded anew must not ask for codes of another secret
    than the one that was photographed.
    """
    with contextlib.suppress(KeyError, EnvelopeError):
        return str(sealing.unseal(request.session[_PENDING], person.pk, "pending", keys=keyring())["secret"])
    secret = str(generate_totp_secret())
    request.session[_PENDING] = sealing.seal({"secret": secret}, person.pk, "pending", keys=keyring())
    return secret


@needs(Action.SELF, fresh_factor=True, before_factor=True)
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey: a phone, a computer or a key on the key ring."""
    person = person_of(request)
    form = NewPasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"].strip() or _("Passkey")
        added = acts.add_passkey(name, form.cleaned_data["credential"], by=signed_in(request), now=now())
        _proved(request, person, added, Authenticator.Type.WEBAUTHN)
        messages.success(request, _("The passkey is set up."))
        return redirect("access:account")
    context = {"js_data": {"creation_options": passkeys.begin_registration(person, False)}}
    return form_page(request, "access/add_passkey.html", form, context)


def _proved(request: HttpRequest, person: Person, factor_id: int, kind: str) -> None:
    """Whoever has just set up a factor has given it, so this session need not ask for it at once."""
    record_authentication(request, person, "mfa", id=factor_id, type=kind)


@needs(Action.SELF, fresh_factor=True)
def remove_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove a second factor, after asking."""
    if factor_id not in {factor.pk for factor in reads.factors_of(person_of(request).pk)}:
        raise NotFound
    if request.method != "POST":
        return render(request, "access/remove_factor.html")
    try:
        acts.remove_factor(factor_id, by=signed_in(request), now=now())
    except Refused as error:
        return render(request, "access/remove_factor.html", {"reasons": error.reasons}, status=422)
    messages.success(request, _("The second factor is removed."))
    return redirect("access:account")


@needs(Action.SELF, fresh_factor=True)
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST or None, user=person_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = _changed_password(request, form)
        except Refused as error:
            refuse(form, error)
        else:
            # Every session carries a digest of the password; this one goes on, all others end.
            update_session_auth_hash(request, person)
            messages.success(request, _("The password is changed. All your other sessions have ended."))
            return redirect("access:account")
    return form_page(request, "access/password.html", form)


def _changed_password(request: HttpRequest, form: PasswordForm) -> Person:
    usage = limits.consume(request, "password", person_of(request).email)
    if usage is None:
        raise Refused([_("Too many attempts failed. Wait five minutes.")])
    old, new = form.cleaned_data["old_password"], form.cleaned_data["new_password"]
    person = acts.change_password(old=old, new=new, by=signed_in(request), now=now())
    usage.rollback()
    return person


@needs(Action.SELF)
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of one's own pages and letters."""
    form = LanguageForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data["language"]
        acts.choose_language(chosen, by=signed_in(request), now=now())
        answer = redirect("access:account")
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, secure=settings.HTTPS, samesite="Lax")
        return answer
    return redirect("access:account")
