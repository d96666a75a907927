"""Handing a case over: offering it, what the other organisation reads and answers."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import allowed
from mlinzi.casework import acts, forms, reads, rules
from mlinzi.casework.models import Transfer
from mlinzi.casework.rules import Action, Basis
from mlinzi.casework.web.common import form_page, purpose_of, remember_purpose, sent, show
from mlinzi.casework.web.lists import more
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def subject_of(transfer: Transfer) -> str:
    """What the session remembers an offer's purpose under."""
    return f"{reads.TRANSFER}:{transfer.id}"


@needs(Action.TRANSFER_SEE)
@require_safe
def transfers(request: HttpRequest) -> HttpResponse:
    """Cases offered by and to the officer's organisation."""
    page = reads.transfers(by=signed_in(request), after=request.GET.get("after", ""))
    return show(request, "transfers.html", {"page": page, "more": more(page.next)})


@needs(Action.CASE_TRANSFER)
@show_or_send
def offer(request: HttpRequest, number: str) -> HttpResponse:
    """Offer a case to another organisation; it moves when they take it."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_TRANSFER, by=officer)
    grounds, law = [Basis.CONSENT, Basis.LAW], reads.provisions(now=moment)
    takers = reads.takers(case, now=moment)
    form = forms.TransferForm("", takers, reads.shareable(case), law, grounds, **sent(request))
    return form_page(
        request,
        "transfer_offer.html",
        form,
        lambda: acts.offer_transfer(
            number, form.wish(), form_key=form.key, by=officer, now=moment, keys=keyring()
        ),
        then=reverse("casework:case", args=[case.number]),
        said=_("The case is offered. It stays with you until they take it."),
        context={"case": case, "anybody": bool(takers)},
    )


@needs(Action.TRANSFER_SEE)
@require_safe
def transfer_page(request: HttpRequest, number: str) -> HttpResponse:
    """An offered case: who offers it and until when; the receiver may open what is shared."""
    officer, moment = signed_in(request), now()
    transfer = reads.transfer_for(number, Action.TRANSFER_SEE, by=officer)
    may = {
        "answer": allowed(
            officer,
            Action.TRANSFER_ANSWER,
            reads.transfer_relation_of(transfer, Action.TRANSFER_ANSWER),
        ),
        "revoke": allowed(
            officer, Action.CASE_TRANSFER, reads.transfer_relation_of(transfer, Action.CASE_TRANSFER)
        ),
        "case": allowed(officer, Action.CASE_SEE, reads.relation_of(transfer.case)),
    }
    waits = transfer.state == rules.ReferralState.SENT
    purpose = purpose_of(request.session, subject_of(transfer), moment)
    copy = None
    if purpose and may["answer"] and waits:
        copy = acts.open_transfer(number, purpose, by=officer, now=moment, keys=keyring())
    context = {"transfer": transfer, "may": may, "waits": waits, "copy": copy}
    open_form = forms.OpenForm(rules.purposes_for_referral())
    return show(request, "transfer.html", {**context, "open_form": open_form})


@needs(Action.TRANSFER_ANSWER)
@require_POST
def open_transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Say why the shared copy is opened; the offer's page then shows it, each time recorded first."""
    transfer = reads.transfer_for(number, Action.TRANSFER_ANSWER, by=signed_in(request))
    form = forms.OpenForm(rules.purposes_for_referral(), request.POST)
    if form.is_valid():
        purpose = rules.Purpose(form.cleaned_data["purpose"])
        remember_purpose(request.session, subject_of(transfer), purpose, now())
    else:
        messages.error(request, _("Say why you open this referral."))
    return redirect("casework:transfer", transfer.number)


@needs(Action.TRANSFER_ANSWER)
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Take over a case."""
    try:
        transfer = acts.accept_transfer(number, by=signed_in(request), now=now(), keys=keyring())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
        return redirect("casework:transfer", number)
    messages.success(request, _("The case is yours."))
    return redirect("casework:case", transfer.case.number)


Act = Callable[..., Transfer]


def _with_words(
    request: HttpRequest, number: str, action: Action, act: Act, *, title: str, label: str, button: str
) -> HttpResponse:
    officer = signed_in(request)
    transfer = reads.transfer_for(number, action, by=officer)
    form = forms.WordsForm(label, **sent(request))
    return form_page(
        request,
        "transfer_words.html",
        form,
        lambda: act(number, form.cleaned_data["text"], by=officer, now=now(), keys=keyring()),
        then=reverse("casework:transfers"),
        said=_("It is kept, and the other side was told."),
        context={"transfer": transfer, "title": title, "button": button},
    )


@needs(Action.TRANSFER_ANSWER)
@show_or_send
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Say no to a case, with the reason."""
    return _with_words(
        request,
        number,
        Action.TRANSFER_ANSWER,
        acts.decline_transfer,
        title=_("Decline the case"),
        label=_("Why can you not take it?"),
        button=_("Decline"),
    )


@needs(Action.CASE_TRANSFER)
@show_or_send
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    """Take an offer back, with the reason."""
    return _with_words(
        request,
        number,
        Action.CASE_TRANSFER,
        acts.revoke_transfer,
        title=_("Take the offer back"),
        label=_("Why is it taken back?"),
        button=_("Take back"),
    )
