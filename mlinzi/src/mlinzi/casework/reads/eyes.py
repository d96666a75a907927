"""The only roads to a case and a referral: through the eyes of an officer."""

from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Relation
from mlinzi.casework.models import Case, Fence, Referral
from mlinzi.casework.rules import Action, CaseState
from mlinzi.kernel.errors import NotFound

OneCase: TypeAlias = Case
CASE, REFERRAL, NOTE, REPORT = "casework.case", "casework.referral", "casework.note", "intake.report"


def relation_of(case: Case) -> Relation:
    """How a case stands to people."""
    return Relation(
        assigned=frozenset({str(case.assignee_id)} if case.assignee_id else ()),
        unit=str(case.unit_id or ""),
        area=case.area.pack_id if case.area else "",
        organisations=frozenset({str(case.organisation.uuid)} if case.organisation else ()),
    )


def owned_by(relation: Relation, person_id: str) -> Relation:
    """The same relation with an owner: for the right to take a case, that is whoever it goes to."""
    return replace(relation, owner=person_id)


def case_eyes(action: str, by: Officer) -> Q:
    """The cases an officer may see for an action, as a filter; the same answer as `relation_of`, in SQL."""
    mine = access.visible(
        by,
        action,
        assigned="assignee_id",
        unit="unit_id",
        area="area__pack_id",
        organisations=("organisation__uuid",),
    )
    return mine & ~Q(id__in=fenced_rows(by))


def fenced_rows(by: Officer) -> "QuerySet[Fence, UUID]":
    """The cases that do not exist for an officer who is related to somebody in them."""
    return Fence.objects.filter(person_id=UUID(by.id), lifted_at=None).values_list("case_id", flat=True)


def fenced_cases(*, by: Officer) -> set[str]:
    """The ids of the cases that do not exist for an officer, as text: for what lies in other rooms."""
    return {str(id) for id in fenced_rows(by)}


def any_case(number: str, *, by: Officer) -> Case:
    """A case by its number, whoever may see it: for acts that have recorded that somebody asks. Raises
    `NotFound`.
    """
    rows = Case.objects.select_related("category", "area", "organisation", "unit", "assignee")
    found = rows.filter(number=spoken(number)).exclude(id__in=fenced_rows(by)).first()
    if found is None:
        raise NotFound
    return found


def cases_seen(action: str, *, by: Officer) -> QuerySet[Case]:
    """The cases an officer may see for an action, in no order."""
    rows = Case.objects.filter(case_eyes(action, by))
    return rows.select_related("category", "area", "organisation", "unit", "assignee")


def case_for(number: str, action: str, *, by: Officer) -> Case:
    """One case by its spoken number. Raises `NotFound` for the absent and the forbidden alike."""
    found = cases_seen(action, by=by).filter(number=spoken(number)).first()
    if found is None:
        raise NotFound
    return found


def case_to_take(number: str, *, by: Officer) -> Case:
    """A case that waits in the queue, or one the officer sees anyway. Raises `NotFound`."""
    waiting = Q(state=CaseState.NEW) & case_eyes(Action.QUEUE_SEE, by)
    rows = Case.objects.filter(waiting | case_eyes(Action.CASE_SEE, by), number=spoken(number))
    found = rows.select_related("area", "organisation", "assignee").first()
    if found is None:
        raise NotFound
    return found


def referral_relation_of(referral: Referral, action: str) -> Relation:
    """How a referral stands to people: the two sides of it have different rights.

    To see: the case's officer and organisation, and the receiver. To open and to answer: the receiver alone.
    To take back: the sender alone.
    """
    receiver, case = str(referral.to.uuid), relation_of(referral.case)
    if action in {Action.REFERRAL_OPEN, Action.REFERRAL_ANSWER}:
        taken = frozenset({str(referral.taken_by_id)} if referral.taken_by_id else ())
        return Relation(assigned=taken, organisations=frozenset({receiver}))
    if action == Action.REFERRAL_REVOKE:
        return case
    return Relation(
        assigned=case.assigned, unit=case.unit, area=case.area, organisations=case.organisations | {receiver}
    )


def referral_sides(action: str, *, by: Officer) -> list[QuerySet[Referral]]:
    """The referrals an officer may see for an action, rows for each way of being entitled: together they are
    `referrals_seen`. Asked for one by one the database walks an index for each; "this or that" across two
    tables makes it read all rows.
    """
    columns: dict[str, dict[str, Any]] = {
        "assigned": {"assigned": "case__assignee_id"},
        "unit": {"unit": "case__unit_id"},
        "area": {"area": "case__area__pack_id"},
        "receiver": {"organisations": ("to__uuid",)},
        "sender": {"organisations": ("case__organisation__uuid",)},
    }
    sides = [access.visible(by, action, **column) for column in columns.values()]
    wanted = [Q()] if Q() in sides else [side for side in sides if side != Q(pk__in=[])]
    return [Referral.objects.filter(side & ~Q(case_id__in=fenced_rows(by))) for side in wanted]


def referrals_seen(action: str, *, by: Officer) -> QuerySet[Referral]:
    """The referrals an officer may see for an action; the same answer as `referral_relation_of`, in SQL."""
    sender = "case__organisation__uuid"
    if action in {Action.REFERRAL_OPEN, Action.REFERRAL_ANSWER}:
        mine = access.visible(by, action, assigned="taken_by_id", organisations=("to__uuid",))
    else:
        sides = (sender,) if action == Action.REFERRAL_REVOKE else ("to__uuid", sender)
        mine = access.visible(
            by,
            action,
            assigned="case__assignee_id",
            unit="case__unit_id",
            area="case__area__pack_id",
            organisations=sides,
        )
    return Referral.objects.filter(mine & ~Q(case_id__in=fenced_rows(by))).select_related(
        "case__area", "case__organisation", "case__category", "to", "service", "made_by", "taken_by"
    )


def referral_for(number: str, action: str, *, by: Officer) -> Referral:
    """One referral by its spoken number. Raises `NotFound` for the absent and the forbidden alike."""
    found = referrals_seen(action, by=by).filter(number=spoken(number)).first()
    if found is None:
        raise NotFound
    return found


def spoken(number: str) -> str:
    """A number as it is kept, from what somebody typed. What nobody can type is the number of nothing: the
    database would stumble over a NUL, and the absent has one answer.
    """
    return number.strip().upper()[:16] if number.isprintable() else ""
