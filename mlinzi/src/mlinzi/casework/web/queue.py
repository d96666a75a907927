"""What waits: the queue, who reads what, the next one, and the filters an officer keeps."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import may_at_all
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import show
from mlinzi.casework.web.lists import more
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused

MOST = 500


@needs(Action.QUEUE_SEE)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Cases that nobody has taken, as far as the filter goes, with who reads which of them."""
    officer, moment = signed_in(request), now()
    language = get_language() or settings.LANGUAGE_CODE
    form = forms.QueueForm(language, request.GET)
    chosen, wanted = form.chosen(), form.wanted()
    page = reads.queue(by=officer, now=moment, wanted=wanted, after=request.GET.get("after", ""))
    waiting = [row.case for row in page.rows]
    claims, said = reads.claims_on(waiting, now=moment), reads.urgency_said(waiting, language)
    context = {
        "page": page,
        "rows": [(row, claims.get(row.case.id), said[row.case.id]) for row in page.rows],
        "more": more(page.next, **chosen),
        "unsorted": reads.unsorted_count(),
        "may_take": may_at_all(officer, Action.CASE_ASSIGN),
        "form": form,
        "filtered": bool(chosen),
        "chosen": chosen,
        "count": reads.waiting_count(by=officer, wanted=wanted, now=moment, most=MOST),
        "most": MOST,
        "name_form": forms.FilterNameForm(),
        "filters": [(kept, urlencode(kept.chosen)) for kept in reads.filters_of(by=officer)],
    }
    return show(request, "queue.html", context)


@needs(Action.CASE_ASSIGN)
@require_POST
def next_one(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent case that nobody reads, and go to it."""
    number = acts.claim_next(by=signed_in(request), now=now())
    if not number:
        messages.info(request, _("Nothing waits that nobody reads."))
        return redirect("casework:queue")
    return redirect("casework:case", number)


@needs(Action.CASE_ASSIGN)
@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Give a claim back."""
    try:
        acts.release(number, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("Others can read it again."))
    return redirect("casework:queue")


@needs(Action.QUEUE_SEE)
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep what is chosen under a name."""
    form = forms.QueueForm(get_language() or settings.LANGUAGE_CODE, request.POST)
    chosen = form.chosen()
    try:
        acts.save_filter(request.POST.get("name", ""), chosen, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("The filter is kept."))
    return redirect(f"{reverse('casework:queue')}?{urlencode(chosen)}")


@needs(Action.QUEUE_SEE)
@require_POST
def drop_filter(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Forget a filter."""
    acts.drop_filter(filter_id, by=signed_in(request))
    messages.success(request, _("The filter is gone."))
    return redirect("casework:queue")
