"""The ways in of providers' programs: given, shown once, ended."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mlinzi.access import acts, reads
from mlinzi.access.forms import CredentialForm
from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Action, may_at_all
from mlinzi.access.web.parts import form_page
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.typed import refuse

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@needs(Action.CREDENTIAL_SEE)
@require_safe
def credentials(request: HttpRequest) -> HttpResponse:
    """The credentials that an officer may see."""
    officer = signed_in(request)
    may_give = may_at_all(officer, Action.CREDENTIAL_GIVE)
    context = {"credentials": reads.credentials_seen(by=officer), "may_give": may_give}
    return render(request, "access/credentials.html", context)


@needs(Action.CREDENTIAL_GIVE)
@show_or_send
def give(request: HttpRequest) -> HttpResponse:
    """Give a program a way in. The answer shows the secret: the only page that ever does."""
    officer = signed_in(request)
    form = CredentialForm(request.POST or None, by=officer)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            given = acts.give_credential(
                asked["organisation"], live=asked["kind"] == "live", by=officer, now=now()
            )
        except Refused as error:
            refuse(form, error)
        else:
            return render(request, "access/credential_given.html", {"given": given})
    return form_page(request, "access/give_credential.html", form)


@needs(Action.CREDENTIAL_GIVE)
@show_or_send
def end(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """Ask, then end a credential."""
    officer = signed_in(request)
    found = reads.credential_for(credential_id, Action.CREDENTIAL_GIVE, by=officer)
    if request.method == "POST":
        acts.end_credential(credential_id, by=officer, now=now())
        messages.success(request, _("It has ended. Its next request is refused."))
        return redirect("access:credentials")
    return render(request, "access/end_credential.html", {"credential": found})
