"""What waits for a second person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mlinzi.access import acts, reads
from mlinzi.access.forms import DecisionForm
from mlinzi.access.guard import needs, signed_in
from mlinzi.access.models import Proposal
from mlinzi.access.rules import Action
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.typed import refuse

ON_A_PAGE = 50
KINDS = {
    Action.FACTOR_RESTORE: gettext_lazy("Let somebody set up a new second factor"),
    Action.PERSON_GRANT: gettext_lazy("Give a role"),
}


@dataclass(frozen=True)
class Line:
    """A proposal as the pages show it."""

    id: UUID
    kind: str
    about: str
    role: str
    area: str
    until: datetime | None
    reason: str
    by: str
    at: datetime
    expires_at: datetime
    state: str
    decided_by: str
    own: bool


def _lines(proposals: list[Proposal], officer_id: str) -> list[Line]:
    names = reads.names_of(
        {i for p in proposals for i in (p.proposed_by, p.subject_person, p.decided_by) if i}
    )
    return [_line(proposal, names, officer_id) for proposal in proposals]


def _line(proposal: Proposal, names: dict[str, str], officer_id: str) -> Line:
    until = proposal.details.get("until")
    return Line(
        id=proposal.id,
        kind=str(KINDS.get(Action(proposal.kind), proposal.kind))
        if proposal.kind in set(Action)
        else proposal.kind,
        about=names.get(proposal.subject_person) or f"{proposal.subject_type} {proposal.subject_id}",
        role=reads.role_label(proposal.details.get("role", "")),
        area=reads.area_label(proposal.details.get("area", "")),
        until=datetime.fromisoformat(until) if until else None,
        reason=proposal.reason,
        by=names.get(proposal.proposed_by, proposal.proposed_by),
        at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        state=_state(proposal),
        decided_by=names.get(proposal.decided_by, ""),
        own=officer_id in {proposal.proposed_by, proposal.subject_person},
    )


def _state(proposal: Proposal) -> str:
    if proposal.approved is not None:
        return "approved" if proposal.approved else "refused"
    return "expired" if proposal.expires_at <= now() else "waiting"


@needs(Action.PROPOSAL_APPROVE)
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """What an officer may decide, and what was decided."""
    officer = signed_in(request)
    decided = request.GET.get("show") == "decided"
    found = reads.proposals(by=officer, waiting=not decided, now=now())
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": _lines(list(page), officer.id),
        "decided": decided,
        "show": "show=decided" if decided else "",
    }
    return render(request, "access/proposals.html", context)


@needs(Action.PROPOSAL_APPROVE, fresh_factor=True)
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Approve or refuse."""
    officer = signed_in(request)
    found = reads.proposal_for(proposal_id, by=officer)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        approve = form.cleaned_data["decision"] == "approve"
        try:
            acts.decide(found.id, approve=approve, by=officer, now=now())
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(
                request, _("Approved and done.") if approve else _("Refused. Nothing was changed.")
            )
            return redirect("access:proposals")
    context = {"form": form, "line": _lines([found], officer.id)[0]}
    return render(request, "access/proposal.html", context, status=422 if form.errors else 200)
