"""Pages of providers' people, and of whoever watches over them."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mlinzi.access.guard import needs, signed_in, typed_text
from mlinzi.access.rules import may_at_all
from mlinzi.directory.acts import ToldByProvider
from mlinzi.industry import acts, reads
from mlinzi.industry.acts import Filed
from mlinzi.industry.forms.company import ContactsForm, HandInForm, ReportForm, is_document, read_table
from mlinzi.industry.rules import COLUMNS, Action
from mlinzi.industry.web.common import more
from mlinzi.industry.words import CERTAINTY, STATES, STEPS
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.kernel.typed import refuse
from mlinzi.law.rules import Certainty
from mlinzi.vault.uploads import TOO_LARGE, was_dropped

_show_or_send = require_http_methods(["GET", "HEAD", "POST"])
_MOST_SHOWN = 20


def _show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"industry/{template}", context, status=status)


def _taken(request: HttpRequest, filed: list[Filed], *, live: bool) -> HttpResponse:
    """What was taken, with what of it was slightly wrong. The page itself is the answer: neither stands in an
    address or a cookie.
    """
    return _show(request, "taken.html", {"filed": filed, "one": len(filed) == 1, "live": live})


def _carried_out(form: forms.Form, act: Callable[[], list[Filed]]) -> list[Filed] | None:
    try:
        return act()
    except Refused as error:
        refuse(form, error)
    return None


@needs(Action.REPORT_SEE)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What one's own company has reported and tested, the newest first."""
    officer = signed_in(request)
    rows, cursor = reads.receipts(by=officer, after=request.GET.get("after", ""))
    shown = [{"row": row, "state": STATES[row.state]} for row in rows]
    may_file = may_at_all(officer, Action.REPORT_FILE)
    return _show(request, "reports.html", {"rows": shown, "more": more(cursor), "may_file": may_file})


@needs(Action.REPORT_FILE)
@_show_or_send
def new_report(request: HttpRequest) -> HttpResponse:
    """Write down a report by hand."""
    officer = signed_in(request)
    own = reads.own_provider(Action.REPORT_FILE, by=officer)
    form = ReportForm(request.POST or None, initial=typed_text(request))
    if request.method == "POST" and form.is_valid():
        told = form.told
        filed = _carried_out(
            form, lambda: acts.file_reports([told], live=form.live, by=officer, now=now(), keys=keyring())
        )
        if filed:
            return _taken(request, filed, live=form.live)
    context = {"form": form, "house": own.organisation}
    return _show(request, "report.html", context, 422 if form.is_bound else 200)


@needs(Action.REPORT_FILE)
@_show_or_send
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand in a table of reports or a document: all of it is taken, or nothing and every reason is said."""
    officer = signed_in(request)
    reads.own_provider(Action.REPORT_FILE, by=officer)
    form = HandInForm(request.POST or None, request.FILES or None)
    if was_dropped(request):
        form.add_error("file", TOO_LARGE)
    if request.method == "POST" and form.is_valid():
        filed = _carried_out(form, lambda: _handed_in(form, officer))
        if filed:
            return _taken(request, filed, live=form.live)
    return _show(request, "hand_in.html", {"form": form, "columns": COLUMNS}, 422 if form.is_bound else 200)


def _handed_in(form: HandInForm, officer: Any) -> list[Filed]:
    raw, who = form.cleaned_data["file"], {"live": form.live, "by": officer, "now": now(), "keys": keyring()}
    if is_document(raw):
        return [acts.file_document(raw, **who)]
    told, problems = read_table(raw)
    if problems:
        more = len(problems) - _MOST_SHOWN
        last = [_("And %(more)s more.") % {"more": more}] if more > 0 else []
        raise Refused([_("Nothing was taken."), *problems[:_MOST_SHOWN], *last])
    return acts.file_reports(told, **who)


@needs(Action.PROVIDER_EDIT)
@_show_or_send
def company(request: HttpRequest) -> HttpResponse:
    """How far the company is, and what is left before its programs may send real reports."""
    officer = signed_in(request)
    own = reads.own_provider(Action.PROVIDER_EDIT, by=officer)
    if request.method == "POST":
        left = acts.look_at_tests(by=officer, now=now())
        if left:
            messages.info(request, _("We looked. What is left stands below."))
        else:
            messages.success(request, _("All is passed. Your programs may get a way in for real reports."))
        return redirect("industry:company")
    found = reads.readiness(own)
    steps = [{"label": STEPS[one.step], "passed": one.passed} for one in found.steps]
    return _show(request, "company.html", {"own": own, "steps": steps, "left": found.missing})


@needs(Action.PROVIDER_EDIT)
@_show_or_send
def contacts(request: HttpRequest) -> HttpResponse:
    """Who answers at the company."""
    officer = signed_in(request)
    own = reads.own_provider(Action.PROVIDER_EDIT, by=officer)
    held = {name: getattr(own, name) for name in asdict(ToldByProvider())}
    form = ContactsForm(request.POST or None, initial=held | (typed_text(request) or {}))
    if request.method == "POST" and form.is_valid():
        acts.describe(form.told, by=officer, now=now())
        messages.success(request, _("It is kept."))
        return redirect("industry:company")
    return _show(request, "contacts.html", {"form": form}, 422 if form.is_bound else 200)


@needs(Action.STANDING_SEE)
@require_safe
def standings(request: HttpRequest) -> HttpResponse:
    """How companies met the duty to report, and how each figure is made."""
    rows, duty = reads.standings(by=signed_in(request), now=now()), reads.duty()
    sure = CERTAINTY[Certainty(duty.certainty)] if duty and duty.certainty else ""
    context = {"rows": rows, "duty": duty, "sure": sure, "days": reads.SPAN.days}
    return _show(request, "standings.html", context)
