"""In and out: password, second factor, confirming, invitations, keeping a session."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from mlinzi.access import acts, reads, sessions
from mlinzi.access.forms import ConfirmCodeForm, ConfirmPasskeyForm, WelcomeForm
from mlinzi.access.guard import keep_typed_text, needs, open_to_all
from mlinzi.access.models import Person
from mlinzi.access.rules import Action, SessionEnd
from mlinzi.access.web.parts import form_page, person_of, where_next
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound

_INVITED = "invitation"


class _SignIn(LoginView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return answer


class _SecondFactor(AuthenticateView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, **_kinds(self.stage.login.user)}

    def form_invalid(self, _form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(), status=422)
        return answer


_sign_in, _second_factor, _sign_out = _SignIn.as_view(), _SecondFactor.as_view(), LogoutView.as_view()


def _kinds(person: Person) -> dict[str, bool]:
    kinds = {factor.type for factor in reads.factors_of(person.pk)}
    return {"has_app": Authenticator.Type.TOTP in kinds, "has_passkey": Authenticator.Type.WEBAUTHN in kinds}


@open_to_all
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail address and password."""
    answer: HttpResponse = _sign_in(request)
    return answer


@open_to_all
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second factor, after the password. Only then is somebody signed in."""
    answer: HttpResponse = _second_factor(request)
    return answer


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _sign_out(request)
    return answer


@needs(Action.SELF, before_factor=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """Give the second factor again, and go back to where one was."""
    person = person_of(request)
    kinds = _kinds(person)
    if not any(kinds.values()):
        return redirect("access:first_factor")
    code = request.POST if "code" in request.POST else None
    passkey = request.POST if "credential" in request.POST else None
    code_form, passkey_form = ConfirmCodeForm(code, user=person), ConfirmPasskeyForm(passkey, user=person)
    given = code_form if code is not None else passkey_form
    onwards = where_next(request, "/")
    if request.method == "POST" and given.is_valid():
        given.save()
        return redirect(onwards)
    context = {"form": code_form, "webauthn_form": passkey_form, "next": onwards, **kinds}
    if kinds["has_passkey"]:
        context["js_data"] = {"request_options": passkeys.begin_authentication(person)}
    return render(request, "access/confirm.html", context, status=422 if given.errors else 200)


@open_to_all
@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The address in the letter: put the invitation into the session, go on without the token in the address.

    Nothing is used up, since programs that look through mail open addresses too.
    """
    try:
        found = acts.invitation_of(token, now=now())
    except NotFound:
        return render(request, "access/welcome_gone.html", status=404)
    if isinstance(request.user, Person):
        logout(request)
    # The id and not the token: whoever reads the table of sessions cannot make an address of it.
    request.session[_INVITED] = str(found.id)
    return redirect("access:welcome")


@open_to_all
def welcome(request: HttpRequest) -> HttpResponse:
    """Choose a password; then the second factor is set up."""
    found = reads.open_invitation(request.session.get(_INVITED), now=now())
    if found is None:
        return render(request, "access/welcome_gone.html", status=404)
    form = WelcomeForm(request.POST or None, user=found.person)
    if request.method == "POST" and form.is_valid():
        person = acts.accept_invitation(found.id, password=form.cleaned_data["new_password"], now=now())
        request.session.flush()
        record_authentication(request, person, method="password")
        get_adapter(request).login(request, person)
        return redirect("access:first_factor")
    return form_page(request, "access/welcome.html", form, {"invited": found.person})


@needs(Action.SELF, before_factor=True)
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there: the session goes on for another 15 minutes."""
    sessions.see(request, now=now())
    return HttpResponse(status=204)


@needs(Action.SELF, before_factor=True)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """The page's script hands in what was typed, because nobody moved: keep it and end the session."""
    person = person_of(request)
    posted_to = request.POST.get("posted_to", "")
    if posted_to:
        keep_typed_text(request, person.pk, posted_to=posted_to)
    acts.record_session_end(person, SessionEnd.IDLE, now=now())
    logout(request)
    return HttpResponse(status=204)
