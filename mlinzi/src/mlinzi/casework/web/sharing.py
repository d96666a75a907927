"""Sharing a case: asking for help, seeing first what will be read, on whose word."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import allowed
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, Basis
from mlinzi.casework.web.common import carried_out, form_page, purpose_of, sent, show
from mlinzi.casework.web.frame import show_case
from mlinzi.directory import reads as directory
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.kernel.typed import refuse

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def shown_first(
    request: HttpRequest, number: str, form: forms.ReferForm, context: dict[str, object]
) -> HttpResponse | None:
    """The page on which the officer sees what the receiver will read, before anything is sent; None where the
    form was not sent in order to look, or what it asks for is refused.
    """
    looked = "send" in request.POST and request.POST.get("seen")
    if request.method != "POST" or looked or not form.is_valid():
        return None
    if "change" in request.POST:
        return show(request, "refer.html", {"form": form, **context})
    try:
        seen = acts.preview(number, form.wish(), by=signed_in(request), now=now(), keys=keyring())
    except Refused as refused:
        refuse(form, refused)
        return None
    return show(request, "refer.html", {"form": form, "copy": seen.copy, "seen": seen.digest, **context})


@needs(Action.CASE_REFER)
@show_or_send
def refer(request: HttpRequest, number: str) -> HttpResponse:
    """Refer a case: the help that is needed, who is asked and what is shared, a look at it, and send."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_REFER, by=officer)
    services = forms.ServiceForm(_language(), request.GET if "service" in request.GET else None)
    if not services.is_bound or not services.is_valid():
        status = 422 if services.is_bound else 200
        return show(request, "refer_service.html", {"case": case, "form": services}, status=status)
    service = services.cleaned_data["service"]
    receivers = reads.receivers(case, service, now=moment)
    override = allowed(officer, Action.CASE_OVERRIDE, reads.relation_of(case))
    grounds = [basis for basis in Basis if override or basis is not Basis.BEST_INTEREST]
    law = reads.provisions(now=moment)
    form = forms.ReferForm(service, receivers, reads.shareable(case), law, grounds, **sent(request))
    context = {
        "case": case,
        "service": directory.services().get(pack_id=service),
        "silent": [r for r in receivers if not r.answerable],
        "anybody": bool(receivers),
    }
    if page := shown_first(request, number, form, context):
        return page
    asked: list[acts.Asked] = []

    def act() -> None:
        wish, keys = form.wish(), keyring()
        asked.append(acts.refer_or_ask(number, wish, form_key=form.key, by=officer, now=moment, keys=keys))

    if request.method == "POST" and carried_out(form, act):
        said = _("The organisation was asked; you read here what it answers.")
        if asked[0].draft:
            said = _("A second person was asked. Nothing is sent before they agree.")
        messages.success(request, said)
        return redirect(reverse("casework:case", args=[case.number]))
    return show(request, "refer.html", {"form": form, **context}, status=422 if form.is_bound else 200)


@needs(Action.CASE_CONSENT)
@require_http_methods(["GET", "HEAD"])
def consents(request: HttpRequest, number: str) -> HttpResponse:
    """Who agreed to what in a case, every version; and what rests on a word that was taken back."""
    case = reads.case_for(number, Action.CASE_CONSENT, by=signed_in(request))
    context = {"consents": reads.consents_of(case), "stranded": reads.to_take_back(case)}
    context["not_agreed"] = reads.not_agreed(case)
    return show_case(request, "consents.html", case, "consents", context)


def _form(request: HttpRequest, case: Case, **start: object) -> forms.ConsentForm:
    arguments = sent(request)
    if start and request.method != "POST":
        arguments["initial"] = {**start, **(arguments["initial"] or {})}
    files = [(str(file.id), file.stored_at) for file in reads.files_of(case)]
    return forms.ConsentForm(
        _language(), reads.shareable(case), reads.reports_of(case).rows, files, **arguments
    )


@needs(Action.CASE_CONSENT)
@show_or_send
def add_consent(request: HttpRequest, number: str) -> HttpResponse:
    """Record to what somebody agreed."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CONSENT, by=officer)
    form = _form(request, case)
    return form_page(
        request,
        "consent.html",
        form,
        lambda: acts.record_consent(
            number, form.given(), form_key=form.key, by=officer, now=now(), keys=keyring()
        ),
        then=reverse("casework:consents", args=[case.number]),
        said=_("The consent is recorded."),
        context={"case": case, "change": False},
    )


@needs(Action.CASE_CONSENT)
@show_or_send
def change_consent(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Record that somebody agrees to something else from now on; what they had agreed to before stays."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CONSENT, by=officer)
    form = _form(request, case, **forms.as_typed(reads.consent_in(case, line)))
    return form_page(
        request,
        "consent.html",
        form,
        lambda: acts.record_consent(
            number,
            form.given(),
            instead_of=line,
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=reverse("casework:consents", args=[case.number]),
        said=_("The change is recorded; what was agreed before stays in the list."),
        context={"case": case, "change": True},
    )


@needs(Action.CASE_CONSENT)
@show_or_send
def withdraw_consent(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Note that a consent was taken back, after a look at what rests on it."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_CONSENT, by=officer)
    if request.method == "POST":
        acts.withdraw_consent(number, line, by=officer, now=now())
        messages.success(request, _("Nothing new is shared on it. Take back below what rests on it."))
        return redirect("casework:consents", case.number)
    referrals, transfers = reads.resting_on(case, line)
    context = {"case": case, "consent": reads.consent_in(case, line), "referrals": referrals}
    return show(request, "consent_withdraw.html", {**context, "transfers": transfers})


@needs(Action.CASE_OPEN)
@require_http_methods(["GET", "HEAD"])
def evidence(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """How we know of a consent; recorded first, and shown only where the session said why."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_OPEN, by=officer)
    purpose = purpose_of(request.session, f"{reads.CASE}:{case.id}", moment)
    if purpose is None:
        messages.error(request, _("Open the case first, so that it is known why this is opened."))
        return redirect("casework:case", case.number)
    found = acts.open_evidence(number, line, purpose, by=officer, now=moment, keys=keyring())
    return show(request, "evidence.html", {"case": case, "evidence": found})


@needs(Action.CASE_REFER)
@require_POST
def send_draft(request: HttpRequest, number: str, draft_id: UUID) -> HttpResponse:
    """Send what a second person agreed to, and exactly that."""
    try:
        acts.send_draft(number, draft_id, by=signed_in(request), now=now(), keys=keyring())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("The organisation was asked; you read here what it answers."))
    return redirect("casework:case", number)


@needs(Action.CASE_REFER)
@require_POST
def drop_draft(request: HttpRequest, number: str, draft_id: UUID) -> HttpResponse:
    """Drop what waits for a second person."""
    acts.drop_draft(number, draft_id, by=signed_in(request), now=now())
    messages.success(request, _("It was dropped; nothing was sent."))
    return redirect("casework:case", number)
