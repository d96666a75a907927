"""What happens in court, and which offences the case is about."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent
from mlinzi.casework.web.frame import opened_texts, show_case
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.law import reads as law

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@needs(Action.CASE_COURT)
@require_safe
def court(request: HttpRequest, number: str) -> HttpResponse:
    """Sessions, orders, offences, and how the prosecution stands."""
    case = reads.case_for(number, Action.CASE_COURT, by=signed_in(request))
    events, offences = reads.court_of(case), reads.offences_of(case)
    things = [*map(reads.sealed_of, events), *(reads.sealed_of(offence.row) for offence in offences)]
    texts = opened_texts(request, case, things)
    stands = reads.care_item("prosecution", case.prosecution)
    context = {
        "opened": texts is not None,
        "events": [(row, texts.of(reads.COURT, row.id, "text") if texts else "") for row in events],
        "offences": [(o, texts.of(reads.OFFENCE, o.row.id, "why") if texts else "") for o in offences],
        "prosecution": stands.label if stands else {},
    }
    return show_case(request, "court.html", case, "court", context)


@needs(Action.CASE_COURT)
@show_or_send
def session(request: HttpRequest, number: str) -> HttpResponse:
    """Keep a session of a court."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_COURT, by=officer)
    form = forms.CourtForm(_language(), **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.add_court(
            number,
            data["session"],
            data["on"],
            outcome=data["outcome"],
            order=data["order"],
            next_on=data["next_on"],
            text=data["text"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return form_page(
        request,
        "plan_form.html",
        form,
        act,
        then=reverse("casework:court", args=[case.number]),
        said=_("Kept."),
        context={"case": case, "heading": _("A session in court"), "back": "court"},
    )


@needs(Action.CASE_COURT)
@show_or_send
def offence(request: HttpRequest, number: str) -> HttpResponse:
    """Name an offence by provision of the law."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_COURT, by=officer)
    form = forms.OffenceForm(law.provisions(), **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.name_offence(
            number,
            data["provision"],
            data["on"],
            data["why"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        )

    return form_page(
        request,
        "plan_form.html",
        form,
        act,
        then=reverse("casework:court", args=[case.number]),
        said=_("Kept."),
        context={"case": case, "heading": _("Name an offence"), "back": "court"},
    )


@needs(Action.CASE_COURT)
@require_POST
def remove_offence(request: HttpRequest, number: str, offence_id: UUID) -> HttpResponse:
    """Take an offence out again."""
    acts.remove_offence(number, offence_id, by=signed_in(request), now=now())
    messages.success(request, _("Taken out."))
    return redirect("casework:court", number)


@needs(Action.CASE_COURT)
@show_or_send
def prosecution(request: HttpRequest, number: str) -> HttpResponse:
    """Keep how the prosecution stands."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_COURT, by=officer)
    arguments = sent(request)
    if request.method != "POST":
        arguments["initial"] = {"prosecution": case.prosecution, **(arguments["initial"] or {})}
    form = forms.ProsecutionForm(_language(), **arguments)
    return form_page(
        request,
        "plan_form.html",
        form,
        lambda: acts.set_prosecution(number, form.cleaned_data["prosecution"], by=officer, now=now()),
        then=reverse("casework:court", args=[case.number]),
        said=_("Kept."),
        context={"case": case, "heading": _("Prosecution"), "back": "court"},
    )
