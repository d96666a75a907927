"""The frame of a case's pages: its head, and the tabs that this officer may open."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mlinzi.access.guard import signed_in
from mlinzi.access.rules import Officer, allowed
from mlinzi.casework import reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import show
from mlinzi.deadlines import reads as deadlines


@dataclass(frozen=True)
class Tab:
    """A page of a case: the name of its address, what it is called, the action that opens it."""

    name: str
    label: str | Promise
    action: Action


TABS = (
    Tab("case", _("Overview"), Action.CASE_SEE),
    Tab("history", _("Who opened it and why"), Action.CASE_HISTORY),
)


def may_here(officer: Officer, case: Case) -> dict[str, bool]:
    """What the officer may do with this case, by the last word of the action; for the page's buttons."""
    relation = reads.relation_of(case)
    may = {
        action.value.rsplit(".", 1)[1]: allowed(officer, action, relation)
        for action in Action
        if ".case." in action
    }
    may["take"] = allowed(officer, Action.CASE_ASSIGN, reads.owned_by(relation, officer.id))
    return may


def show_case(
    request: HttpRequest, template: str, case: Case, tab: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of a case inside its frame. `tab` is the name of the tab that it stands under."""
    officer = signed_in(request)
    relation = reads.relation_of(case)
    tabs = [entry for entry in TABS if allowed(officer, entry.action, relation)]
    due = deadlines.open_for(reads.CASE, [str(case.id)]).get(str(case.id))
    frame = {
        "case": case,
        "may": may_here(officer, case),
        "tabs": tabs,
        "tab": tab,
        "due_at": due.due_at if due else None,
    }
    return show(request, template, {**frame, **context}, status=status)
