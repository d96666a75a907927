"""The frame of a case's pages: its head, and the tabs that this officer may open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mlinzi.access.guard import signed_in
from mlinzi.access.rules import Officer, allowed
from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action
from mlinzi.casework.web.common import purpose_of, show
from mlinzi.deadlines import reads as deadlines
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.rules import SealedText


@dataclass(frozen=True)
class Tab:
    """A page of a case: the name of its address, what it is called, the action that opens it."""

    name: str
    label: str | Promise
    action: Action


TABS = (
    Tab("case", _("Overview"), Action.CASE_SEE),
    Tab("timeline", _("Timeline"), Action.CASE_OPEN),
    Tab("consents", _("Consent"), Action.CASE_CONSENT),
    Tab("people", _("People"), Action.CASE_OPEN),
    Tab("plan", _("Plan"), Action.CASE_PLAN),
    Tab("court", _("Court"), Action.CASE_COURT),
    Tab("papers", _("On paper"), Action.CASE_SUMMARISE),
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


def subject_of(case: Case) -> str:
    """What the session remembers a case's purpose under."""
    return f"{reads.CASE}:{case.id}"


def opened_texts(request: HttpRequest, case: Case, things: Sequence[SealedText]) -> "Texts | None":
    """Sealed texts of a case in clear, if this session said why it opens the case within the last fifteen
    minutes; recorded first, each time. None where it did not.
    """
    officer, moment = signed_in(request), now()
    purpose = purpose_of(request.session, subject_of(case), moment)
    if purpose is None or not allowed(officer, Action.CASE_OPEN, reads.relation_of(case)):
        return None
    texts = acts.open_parts(case.number, things, purpose, by=officer, now=moment, keys=keyring())
    return Texts({(t.record, t.id, t.name): text for t, text in zip(things, texts, strict=True)})


class Texts:
    """Texts in clear by the place that they came from."""

    def __init__(self, held: dict[tuple[str, str, str], str]) -> None:
        self._held = held

    def of(self, record: str, id: object, name: str) -> str:
        """One of them; "" for what was empty."""
        return self._held.get((record, str(id), name), "")
