"""One case: its page, opening it, its history, its files."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, reads, rules
from mlinzi.casework.forms import OpenForm
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, CaseState
from mlinzi.casework.web.common import forget_purpose, purpose_of, remember_purpose
from mlinzi.casework.web.frame import may_here, show_case, subject_of
from mlinzi.intake.reads import told_words
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.downloads import attachment


@needs(Action.CASE_SEE)
@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """A case: the clear facts, and what is sealed if the session said why within the last 15 minutes."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_SEE, by=officer)
    may, purpose = may_here(officer, case), purpose_of(request.session, subject_of(case), moment)
    opened = None
    if purpose and may["open"]:
        page = _page_asked_for(request)
        opened = acts.open_case(number, purpose, page=page, by=officer, now=moment, keys=keyring())
    context = {
        "opened": opened,
        "open_form": OpenForm(rules.purposes_for_case()),
        "purpose": purpose,
        "similar": reads.similar(case, by=officer),
        "decided": reads.decided_about(case, by=officer),
        "joined": reads.is_joined(case),
        "referrals": reads.referrals_of(case),
        "drafts": reads.drafts_of(case),
        "not_agreed": reads.not_agreed(case),
        "sealed_files": reads.files_of(case),
        "reporters": reads.reporters_of(case),
        "told": [told_words(report.details, get_language() or "") for report in opened.reports]
        if opened
        else [],
        "notes_count": case.notes.count(),
        "seconds": reads.seconds_of(case),
        "claim": reads.claim_of(case, now=moment),
        "why_urgent": reads.urgency_said([case], get_language() or "")[case.id],
    }
    return show_case(request, "case.html", case, "case", context)


def _page_asked_for(request: HttpRequest) -> int:
    """Which page of the reports; the first where the address was mangled."""
    asked = request.GET.get("reports", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


@needs(Action.CASE_OPEN)
@require_POST
def open_case(request: HttpRequest, number: str) -> HttpResponse:
    """Say why a case is opened; the case's page then shows what is sealed, each time recorded first."""
    case = reads.case_for(number, Action.CASE_OPEN, by=signed_in(request))
    form = OpenForm(rules.purposes_for_case(), request.POST)
    if form.is_valid() and not _claimed(request, case):
        return redirect("casework:queue")
    if form.is_valid():
        remember_purpose(
            request.session, subject_of(case), rules.Purpose(form.cleaned_data["purpose"]), now()
        )
    else:
        messages.error(request, _("Say why you open this case."))
    return redirect("casework:case", case.number)


def _claimed(request: HttpRequest, case: Case) -> bool:
    """Claim what waits before it is read, for whoever could take it; somebody else's claim is told."""
    officer = signed_in(request)
    if case.state != CaseState.NEW or not may_here(officer, case)["take"]:
        return True
    try:
        acts.claim(case.number, by=officer, now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
        return False
    return True


@needs(Action.CASE_OPEN)
@require_POST
def shut_case(request: HttpRequest, number: str) -> HttpResponse:
    """Shut a case again before its fifteen minutes are over."""
    case = reads.case_for(number, Action.CASE_OPEN, by=signed_in(request))
    forget_purpose(request.session, subject_of(case))
    return redirect("casework:case", case.number)


@needs(Action.CASE_HISTORY)
@require_safe
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Who did what with a case, and why."""
    case, lines = reads.history(number, by=signed_in(request))
    return show_case(request, "history.html", case, "history", {"lines": lines})


@needs(Action.CASE_OPEN)
@require_safe
def timeline(request: HttpRequest, number: str) -> HttpResponse:
    """What happened around a case, and what lies ahead."""
    moment = now()
    line = reads.timeline(number, by=signed_in(request), now=moment)
    context = {"line": line, "now": moment, "limit": 200}
    return show_case(request, "timeline.html", line.case, "timeline", context)


@needs(Action.CASE_FILE)
@require_POST
def download(request: HttpRequest, number: str, file_id: UUID) -> HttpResponse:
    """Hand out a file as an attachment, never to be shown in the browser; recorded first."""
    officer, moment = signed_in(request), now()
    case = reads.case_for(number, Action.CASE_FILE, by=officer)
    purpose = purpose_of(request.session, subject_of(case), moment)
    if purpose is None:
        messages.error(request, _("Open the case first, so that it is known why the file is opened."))
        return redirect("casework:case", case.number)
    file = acts.open_file(
        number, file_id, purpose, folder=settings.VAULT, by=officer, now=moment, keys=keyring()
    )
    return attachment(file)
