"""Look something up, one's own questions, and the unusual ones."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import carried_out, sent, show
from mlinzi.casework.web.lists import more
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring


@needs(Action.LOOK_UP)
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest) -> HttpResponse:
    """Ask, and read the answer on the same page: what was asked stands in no address."""
    officer, form = signed_in(request), forms.LookForm(**sent(request))
    found: list[acts.Found] = []

    def act() -> None:
        data = form.cleaned_data
        found.append(acts.look_up(data["asked"], data["purpose"], by=officer, now=now(), keys=keyring()))

    answered = request.method == "POST" and carried_out(form, act)
    page = reads.looks_of(by=officer, after=request.GET.get("after", ""))
    context = {
        "form": form,
        "found": found[0] if answered else None,
        "page": page,
        "more": more(page.next),
    }
    return show(request, "look_up.html", context, status=422 if form.is_bound and not answered else 200)


@needs(Action.DUTY_PLAN)
@require_safe
def unusual(request: HttpRequest) -> HttpResponse:
    """What was unusual, for whoever answers for the team."""
    page = reads.unusual_looks(by=signed_in(request), after=request.GET.get("after", ""))
    return show(request, "unusual.html", {"page": page, "more": more(page.next)})


@needs(Action.DUTY_PLAN)
@require_POST
def see_unusual(request: HttpRequest, asked_id: UUID) -> HttpResponse:
    """Say that one has looked into it."""
    try:
        acts.see_unusual(asked_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    else:
        messages.success(request, _("Noted."))
    return redirect("casework:unusual")
