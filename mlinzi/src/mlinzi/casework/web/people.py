"""The people of a case, and what belongs to nobody known yet."""

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
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent
from mlinzi.casework.web.frame import opened_texts, show_case
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _page_of(case: Case) -> str:
    return reverse("casework:people", args=[case.number])


@needs(Action.CASE_OPEN)
@require_safe
def people(request: HttpRequest, number: str) -> HttpResponse:
    """Who has a part in the case; what is known of them once the case was opened."""
    case = reads.case_for(number, Action.CASE_OPEN, by=signed_in(request))
    rows, traces = reads.people_of(case), reads.traces_of(case)
    things = [*map(reads.sealed_person, rows), *map(reads.sealed_trace, traces)]
    texts = opened_texts(request, case, things)
    known = {
        row.id: acts.person_fields(texts.of(reads.PERSON, row.id, "fields")) if texts else {} for row in rows
    }
    context = {
        "people": [(row, known[row.id]) for row in rows],
        "removed": reads.people_of(case, removed=True),
        "traces": [(row, texts.of(reads.TRACE, row.id, "value") if texts else "") for row in traces],
        "opened": texts is not None,
    }
    return show_case(request, "people.html", case, "people", context)


@needs(Action.CASE_PEOPLE)
@show_or_send
def add_person(request: HttpRequest, number: str) -> HttpResponse:
    """Write somebody down."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PEOPLE, by=officer)
    form = forms.PersonForm(_language(), reads.reports_of(case).rows, **sent(request))
    return form_page(
        request,
        "person.html",
        form,
        lambda: acts.add_person(
            number, form.told(), form_key=form.key, by=officer, now=now(), keys=keyring()
        ),
        then=_page_of(case),
        said=_("Written down, sealed."),
        context={"case": case, "new": True},
    )


@needs(Action.CASE_PEOPLE)
@show_or_send
def change_person(request: HttpRequest, number: str, person_id: UUID) -> HttpResponse:
    """Change what is known of somebody. The case has to be open: nobody changes what they cannot read."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PEOPLE, by=officer)
    person = reads.person_in(case, person_id)
    texts = opened_texts(request, case, [reads.sealed_person(person)])
    if texts is None:
        messages.error(request, _("Open the case first and say why; then you can change this."))
        return redirect("casework:case", case.number)
    arguments = sent(request)
    if request.method != "POST":
        known = acts.person_fields(texts.of(reads.PERSON, person.id, "fields"))
        clear = {
            "part": person.part,
            "suspected": person.suspected,
            "sex": person.sex,
            "relation": person.relation.code if person.relation else "",
            "report": str(person.report_id or ""),
        }
        arguments["initial"] = {**clear, **forms.initial_of(known), **(arguments["initial"] or {})}
    form = forms.PersonForm(_language(), reads.reports_of(case).rows, **arguments)
    return form_page(
        request,
        "person.html",
        form,
        lambda: acts.change_person(number, person_id, form.told(), by=officer, now=now(), keys=keyring()),
        then=_page_of(case),
        said=_("Changed, sealed."),
        context={"case": case, "person": person},
    )


@needs(Action.CASE_PEOPLE)
@require_POST
def remove_person(request: HttpRequest, number: str, person_id: UUID) -> HttpResponse:
    """Take somebody out of a case, or bring them back."""
    back = "back" in request.POST
    act = acts.bring_back_person if back else acts.remove_person
    try:
        act(number, person_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("Brought back.") if back else _("Taken out; you can bring them back."))
    return redirect("casework:people", number)


@needs(Action.CASE_PEOPLE)
@show_or_send
def add_trace(request: HttpRequest, number: str) -> HttpResponse:
    """Write down a link, an account or a phone number of nobody known yet."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_PEOPLE, by=officer)
    form = forms.TraceForm(**sent(request))
    return form_page(
        request,
        "trace.html",
        form,
        lambda: acts.add_trace(
            number,
            form.chosen,
            form.cleaned_data["value"],
            form_key=form.key,
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=_page_of(case),
        said=_("Written down, sealed."),
        context={"case": case},
    )


@needs(Action.CASE_PEOPLE)
@require_POST
def remove_trace(request: HttpRequest, number: str, trace_id: UUID) -> HttpResponse:
    """Take a link, an account or a number out again."""
    acts.remove_trace(number, trace_id, by=signed_in(request), now=now())
    messages.success(request, _("Taken out."))
    return redirect("casework:people", number)
