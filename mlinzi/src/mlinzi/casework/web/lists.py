"""The lists officers work from."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Action as AccessAction
from mlinzi.access.rules import may_at_all
from mlinzi.casework import reads
from mlinzi.casework.forms import FilterForm, ReferralFilterForm
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import show
from mlinzi.kernel.clock import now


@needs(AccessAction.SELF)
@require_safe
def my_work(request: HttpRequest) -> HttpResponse:
    """What the officer has to do; everybody's first page."""
    officer = signed_in(request)
    late = may_at_all(officer, Action.DEADLINE_SEE) and reads.board(by=officer, now=now(), limit=1).rows
    works = any(right.action.startswith("casework.") for right in officer.rights)
    return show(
        request,
        "my_work.html",
        {
            "work": reads.my_work(by=officer),
            "late": late,
            "works": works,
            "untold": reads.untold(by=officer),
            "offered": reads.transfers_to_answer(by=officer),
            "tasks": reads.tasks_of(by=officer),
            "handovers": reads.handovers_to(by=officer),
            "explain": reads.lates_to_explain(by=officer),
            "today": now().date(),
        },
    )


@needs(Action.CASE_SEE)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Cases the officer may see, filtered."""
    form = FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = reads.cases(by=signed_in(request), after=request.GET.get("after", ""), **chosen)
    further = more(page.next, **chosen)
    return show(
        request, "cases.html", {"page": page, "more": further, "form": form, "filtered": any(chosen.values())}
    )


@needs(Action.REFERRAL_SEE)
@require_safe
def referrals(request: HttpRequest) -> HttpResponse:
    """Referrals sent by and sent to the officer's organisation."""
    officer, form = signed_in(request), ReferralFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = reads.referrals(by=officer, after=request.GET.get("after", ""), **chosen)
    context = {"page": page, "more": more(page.next, **chosen), "form": form, "house": officer.organisation}
    return show(request, "referrals.html", {**context, "filtered": any(chosen.values())})


@needs(Action.DEADLINE_SEE)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is overdue within the officer's reach."""
    page = reads.board(by=signed_in(request), now=now(), after=request.GET.get("after", ""))
    return show(request, "board.html", {"page": page, "more": more(page.next)})


def more(cursor: str, **chosen: str) -> str:
    """The query of the next page, with what was chosen; "" where there is none."""
    kept = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode({**kept, 'after': cursor})}" if cursor else ""
