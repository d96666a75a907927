"""What goes to the children's case system: laying it out, and what to do when it does not arrive."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import allowed
from mlinzi.casework import acts, reads, rules
from mlinzi.casework.forms import ExportForm, GiveUpForm, OpenForm
from mlinzi.casework.models import Outgoing
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.casework.web.lists import more
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring


@needs(Action.CASE_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, number: str) -> HttpResponse:
    """Lay out what a referral shares, and what is ticked of people, for the children's case system."""
    officer = signed_in(request)
    referral = reads.referral_to_send(number, by=officer)
    form = ExportForm(reads.sendable(referral.case), **sent(request))
    return form_page(
        request,
        "export.html",
        form,
        lambda: acts.export(
            number,
            form.cleaned_data["people"],
            switched_on=bool(settings.CPIMS_URL),
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=reverse("casework:referral", args=[referral.number]),
        said=_("It is on its way; you see here when it has arrived."),
        context={"referral": referral},
    )


@needs(Action.OUTGOING_SEE)
@require_safe
def stuck(request: HttpRequest) -> HttpResponse:
    """What did not go out. No content, only codes."""
    page = reads.stuck_outgoing(by=signed_in(request), after=request.GET.get("after", ""))
    return show(request, "outgoing_stuck.html", {"page": page, "more": more(page.next)})


def _shown(request: HttpRequest, outgoing_id: UUID, answer: str | None = None) -> HttpResponse:
    officer = signed_in(request)
    row = reads.outgoing_for(outgoing_id, Action.OUTGOING_SEE, by=officer)
    may_mend = allowed(officer, Action.OUTGOING_MEND, reads.relation_of(row.case))
    context = {"row": row, "may_mend": may_mend, "answer": answer, "most_tries": rules.MOST_TRIES}
    return show(request, "outgoing.html", {**context, "open_form": OpenForm(rules.purposes_for_case())})


@needs(Action.OUTGOING_SEE)
@require_safe
def outgoing(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """One message: when it was tried, what failed; what was answered only after one says why."""
    return _shown(request, outgoing_id)


@needs(Action.OUTGOING_MEND)
@require_POST
def open_answer(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """Show what the other side answered, recorded first. It is shown once and not remembered."""
    officer, form = signed_in(request), OpenForm(rules.purposes_for_case(), request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you open this answer."))
        return _shown(request, outgoing_id)
    purpose = rules.Purpose(form.cleaned_data["purpose"])
    text = acts.open_outgoing_answer(outgoing_id, purpose, by=officer, now=now(), keys=keyring())
    return _shown(request, outgoing_id, text)


@needs(Action.OUTGOING_MEND)
@require_POST
def retry(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """Try once more."""
    try:
        acts.retry_outgoing(outgoing_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("It is tried again within a minute."))
    return redirect("casework:outgoing", outgoing_id)


@needs(Action.OUTGOING_MEND)
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """Give up, with the reason."""
    officer = signed_in(request)
    row: Outgoing = reads.outgoing_for(outgoing_id, Action.OUTGOING_MEND, by=officer)
    form = GiveUpForm(**sent(request))
    return form_page(
        request,
        "outgoing_give_up.html",
        form,
        lambda: acts.give_up_outgoing(outgoing_id, form.cleaned_data["reason"], by=officer, now=now()),
        then="casework:stuck",
        said=_("It is given up."),
        context={"row": row},
    )
