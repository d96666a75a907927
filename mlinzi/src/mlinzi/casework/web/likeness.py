"""Whether two cases are one matter: deciding it, and undoing what was decided."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mlinzi.access.guard import needs, signed_in
from mlinzi.access.rules import Officer
from mlinzi.casework import acts, forms, reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import form_page, sent
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring


@needs(Action.CASE_TRIAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def same(request: HttpRequest, number: str) -> HttpResponse:
    """Say whether another case is the same matter; `?with=` names it, then both are shown together."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_TRIAGE, by=officer)
    asked = request.POST.get("other") or request.GET.get("with", "")
    arguments = sent(request)
    if request.method != "POST":
        arguments["initial"] = {"other": asked, **(arguments["initial"] or {})}
    form = forms.LikenessForm(**arguments)

    def act() -> None:
        other, why = form.cleaned_data["other"], form.same()
        try:
            if why:
                acts.join_cases(number, other, why, by=officer, now=now(), keys=keyring())
            else:
                acts.tell_apart(number, other, form.different(), by=officer, now=now())
        except NotFound:
            raise Refused([_("There is no case with this number that you may join.")]) from None

    then, said = (
        reverse("casework:case", args=[case.number]),
        _("Your decision is kept. You can undo it here."),
    )
    context = {"case": case, "pair": _pair(case, asked, by=officer)}
    return form_page(request, "same.html", form, act, then=then, said=said, context=context)


def _pair(case: Case, asked: str, *, by: Officer) -> list[tuple[Case, str]]:
    """Both cases with the sentences that explain their urgency; nothing where no other one is seen."""
    try:
        other = reads.case_for(asked, Action.CASE_TRIAGE, by=by)
    except NotFound:
        return []
    said = reads.urgency_said([case, other], get_language() or "")
    return [(case, said[case.id]), (other, said[other.id])] if other != case else []


@needs(Action.CASE_TRIAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def disjoin(request: HttpRequest, number: str, likeness_id: UUID) -> HttpResponse:
    """Take two joined cases apart again."""
    officer = signed_in(request)
    case = reads.case_for(number, Action.CASE_TRIAGE, by=officer)
    made = reads.likeness_in(case, likeness_id)
    form = forms.DisjoinForm(**sent(request))
    then = reverse("casework:case", args=[case.number])
    return form_page(
        request,
        "disjoin.html",
        form,
        lambda: acts.disjoin(number, likeness_id, form.chosen(), by=officer, now=now()),
        then=then,
        said=_("The two cases stand apart again."),
        context={"case": case, "made": made},
    )


@needs(Action.CASE_TRIAGE)
@require_POST
def ask_anew(request: HttpRequest, number: str, likeness_id: UUID) -> HttpResponse:
    """Take back that two cases are not the same matter."""
    acts.ask_anew(number, likeness_id, by=signed_in(request), now=now())
    messages.success(request, _("The two cases may be joined again."))
    return redirect("casework:case", number)
