"""Who is on duty, how the team stands, what was late, and handing over."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Action as AccessAction
from mlinzi.access.rules import may_at_all
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent, show
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import keyring

show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@needs(Action.DUTY_SEE)
@require_safe
def duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty now, who is next, and when nobody is."""
    officer, moment = signed_in(request), now()
    context = {
        "board": reads.duty_board(by=officer, now=moment),
        "shifts": reads.shifts(by=officer, since=moment, until=moment + 2 * reads.WEEK),
        "may_plan": may_at_all(officer, Action.DUTY_PLAN),
    }
    return show(request, "duty.html", context)


@needs(Action.DUTY_PLAN)
@show_or_send
def add(request: HttpRequest) -> HttpResponse:
    """Put somebody on duty."""
    officer, moment = signed_in(request), now()
    form = forms.ShiftForm(reads.watchers(officer.organisation, now=moment), **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.add_shift(
            data["person"], form.chosen, data["starts_at"], data["ends_at"], by=officer, now=moment
        )

    then = reverse("casework:duty")
    return form_page(
        request, "shift.html", form, act, then=then, said=_("They are on duty then."), context={}
    )


@needs(Action.DUTY_PLAN)
@require_POST
def copy_week(request: HttpRequest) -> HttpResponse:
    """Plan the next seven days as the last seven were."""
    planned, left_out = acts.copy_week(by=signed_in(request), now=now())
    if planned:
        said = ngettext("%(n)s shift is planned.", "%(n)s shifts are planned.", planned)
        messages.success(request, said % {"n": planned})
    else:
        messages.error(request, _("There was no shift in the last seven days that could be planned again."))
    if left_out:
        said = _("Left out, because they cannot be or are planned already: %(n)s.")
        messages.info(request, said % {"n": left_out})
    return redirect("casework:duty")


@needs(Action.DUTY_PLAN)
@show_or_send
def remove(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Take a shift away, after asking."""
    officer = signed_in(request)
    shift = reads.shift_for(shift_id, by=officer)
    if request.method == "POST":
        acts.remove_shift(shift_id, by=officer, now=now())
        messages.success(request, _("The shift is gone."))
        return redirect("casework:duty")
    return show(request, "remove_shift.html", {"shift": shift})


@needs(Action.TEAM_SEE)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """How the team stands, and what was late."""
    officer = signed_in(request)
    page = reads.lates(by=officer, after=request.GET.get("after", ""))
    context = {
        "team": reads.team(by=officer, now=now()),
        "page": page,
        "more": f"?after={page.next}" if page.next else "",
        "many": reads.MANY,
        "counts": {
            "seconds": len(reads.waiting_seconds(by=officer, now=now()).rows),
            "glasses": len(reads.glasses_waiting(by=officer).rows),
            "unusual": len(reads.unusual_looks(by=officer).rows),
            "fences": len(reads.fences_seen(by=officer).rows),
        },
    }
    return show(request, "team.html", context)


@needs(Action.DUTY_PLAN)
@require_POST
def see_late(request: HttpRequest, late_id: UUID) -> HttpResponse:
    """Take note of something that was late."""
    try:
        acts.see_late(late_id, by=signed_in(request), now=now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    return redirect("casework:team")


@needs(AccessAction.SELF)
@show_or_send
def explain(request: HttpRequest, late_id: UUID) -> HttpResponse:
    """Say why one was late."""
    officer = signed_in(request)
    late = reads.own_late(late_id, by=officer)
    form = forms.LateForm(**sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.explain_late(late_id, data["why"], data["words"], by=officer, now=now(), keys=keyring())

    then, said = reverse("casework:my_work"), _("Thank you; the reason is kept.")
    return form_page(request, "explain.html", form, act, then=then, said=said, context={"late": late})


@needs(Action.DUTY_SEE)
@show_or_send
def handover(request: HttpRequest) -> HttpResponse:
    """Hand over: what the next shift has to know, and which cases go over. Below, what was handed to me."""
    officer, moment = signed_in(request), now()
    mine = reads.my_work(by=officer).cases
    form = forms.HandoverForm(reads.team_mates(by=officer, now=moment), mine, **sent(request))

    def act() -> None:
        data = form.cleaned_data
        acts.hand_over(data["to"], data["cases"], data["words"], by=officer, now=moment, keys=keyring())

    return form_page(
        request,
        "handover.html",
        form,
        act,
        then=reverse("casework:handover"),
        said=_("Handed over."),
        context={"to_me": reads.handovers_to(by=officer)},
    )


@needs(Action.DUTY_SEE)
@require_POST
def read(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Read what was handed over; it is confirmed with that."""
    officer = signed_in(request)
    text = acts.read_handover(handover_id, by=officer, now=now(), keys=keyring())
    found = reads.handover_for(handover_id, by=officer)
    cases = [case.number for case in found.cases.order_by("number")]
    return show(request, "handed_over.html", {"handover": found, "text": text, "cases": cases})
