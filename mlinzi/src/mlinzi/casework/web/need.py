"""Conflicts of interest, and cases that are opened in need."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import carried_out, form_page, sent, show
from mlinzi.casework.web.frame import opened_texts
from mlinzi.intake.reads import told_words
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.rules import SealedText

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@needs(Action.CASE_SEE)
@show_or_send
def declare(request: HttpRequest, number: str) -> HttpResponse:
    """Say that one is related to somebody in the case: it asks first, since the case is gone at once."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_SEE, by=officer)
    if request.method == "POST":
        acts.declare_conflict(number, by=officer, now=now(), keys=keyring())
        messages.success(request, _("Thank you. You cannot see this case any more; a supervisor knows why."))
        return redirect("casework:my_work")
    return show(request, "declare.html", {"case": case})


@needs(Action.CASE_FENCE)
@require_safe
def fences(request: HttpRequest) -> HttpResponse:
    """Conflicts of interest that stand."""
    page = reads.fences_seen(by=signed_in(request), after=request.GET.get("after", ""))
    return show(request, "fences.html", {"page": page, "more": f"?after={page.next}" if page.next else ""})


@needs(Action.CASE_FENCE)
@show_or_send
def lift(request: HttpRequest, fence_id: UUID) -> HttpResponse:
    """Let somebody see a case again, with a reason."""
    officer = signed_in(request)
    fence = reads.fence_for(fence_id, by=officer)
    form = forms.WordsForm(_("Why is the conflict of interest over?"), **sent(request))
    return form_page(
        request,
        "lift.html",
        form,
        lambda: acts.lift_fence(fence_id, form.cleaned_data["text"], by=officer, now=now(), keys=keyring()),
        then=reverse("casework:fences"),
        said=_("They can see the case again."),
        context={"fence": fence, "case": fence.case},
    )


@needs(Action.CASE_GLASS, fresh_factor=True)
@show_or_send
def break_glass(request: HttpRequest) -> HttpResponse:
    """Open a case that is not one's own."""
    officer, form = signed_in(request), forms.BreakForm(**sent(request))

    def act() -> None:
        data = form.cleaned_data
        try:
            acts.break_glass(
                data["number"], data["reason"], data["words"], by=officer, now=now(), keys=keyring()
            )
        except NotFound:
            form.add_error("number", _("There is no such case. Your attempt is recorded."))

    if request.method == "POST" and carried_out(form, act) and form.is_valid():
        return redirect("casework:in_need", form.cleaned_data["number"].strip().upper())
    return show(request, "break.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(Action.CASE_GLASS)
@require_safe
def in_need(request: HttpRequest, number: str) -> HttpResponse:
    """A case that was opened in need: to read, until its hour is over."""
    officer, moment = signed_in(request), now()
    asked = request.GET.get("reports", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    opened = acts.open_in_need(number, page=page, by=officer, now=moment, keys=keyring())
    case = reads.any_case(number, by=officer)
    glass = reads.glass_of(case, by=officer, now=moment)
    context = {
        "case": case,
        "opened": opened,
        "glass": glass,
        "may": {},
        "told": [told_words(report.details, get_language() or "") for report in opened.reports],
        "reporters": reads.reporters_of(case),
        "referrals": reads.referrals_of(case),
    }
    return show(request, "in_need.html", context)


@needs(Action.CASE_REVIEW)
@require_safe
def glasses(request: HttpRequest) -> HttpResponse:
    """Openings in need that wait for a supervisor's word."""
    page = reads.glasses_waiting(by=signed_in(request), after=request.GET.get("after", ""))
    return show(request, "glasses.html", {"page": page, "more": f"?after={page.next}" if page.next else ""})


@needs(Action.CASE_REVIEW)
@show_or_send
def review(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """Judge an opening in need."""
    officer = signed_in(request)
    glass = reads.glass_for(glass_id, by=officer)
    things = [SealedText(reads.GLASS, str(glass.id), "words", bytes(glass.words))]
    texts = opened_texts(request, glass.case, things)
    form = forms.ReviewGlassForm(**sent(request))
    return form_page(
        request,
        "review_glass.html",
        form,
        lambda: acts.review_glass(
            glass_id,
            form.cleaned_data["verdict"],
            form.cleaned_data["words"],
            by=officer,
            now=now(),
            keys=keyring(),
        ),
        then=reverse("casework:glasses"),
        said=_("Your judgement is recorded."),
        context={
            "glass": glass,
            "case": glass.case,
            "opened": texts is not None,
            "words": texts.of(reads.GLASS, glass.id, "words") if texts else "",
        },
    )
