"""Write to the people whom a passed deadline concerns."""

from datetime import datetime

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Scope
from mlinzi.casework import reads
from mlinzi.casework.acts.common import write_to
from mlinzi.casework.models import Case, Referral, Transfer
from mlinzi.casework.rules import Action
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines import reads as deadline_reads
from mlinzi.deadlines.rules import Where
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing

People = list[tuple[str, str]]


_FOLDERS = {reads.CASE: "cases", reads.REFERRAL: "referrals", reads.TRANSFER: "transfers"}


def tell_escalations(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 100) -> int:
    """Write letters for the steps that deadlines took, one transaction each. Returns how many steps were
    told.

    1. find who is meant, 2. queue a letter to each, which holds a number and nothing else, 3. mark the step.
    The letters' effect keys keep a step that is told twice (a kill in between, two workers) from writing
    twice.
    """
    told = 0
    for subject_type in _FOLDERS:
        for step in list(deadline_reads.untold(subject_type, limit=limit)):
            with transaction.atomic():
                deadline = step.deadline
                about = "deadline.reminder" if step.rung < 0 else "deadline.overdue"
                number, people = _who(subject_type, deadline.subject_id, step.where, step.role, now)
                folder = _FOLDERS[subject_type]
                effect = f"deadline:{deadline.id}:{step.rung}"
                people_told = write_to(
                    people, about, effect, f"/{folder}/{number}/", by=by, now=now, keys=keys
                )
                deadlines.mark_told(step.id, people=people_told, now=now)
                told += 1
    return told


def _who(subject_type: str, subject_id: str, where: str, role: str, now: datetime) -> tuple[str, People]:
    """The number of the subject and the people of a step.

    Where nobody is found in the place that the ladder names, those who watch the clocks of the whole country
    are told: a step that tells nobody would let something wait unseen, and the same role in another place has
    no business with it.
    """
    number, assignee, organisation, area, could = _subject(subject_type, subject_id)
    found: People = []
    match Where(where):
        case Where.ASSIGNEE:
            found = [assignee] if assignee else _holding(could, now, organisation=organisation)
        case Where.SAME_ORGANISATION if organisation:
            found = _in_role(role, now, organisation=organisation)
        case Where.AREA if area:
            found = _in_role(role, now, area=area)
        case Where.NATIONAL:
            found = _in_role(role, now)
    return number, found or _holding(Action.DEADLINE_SEE, now, scope=Scope.NATIONAL)


def _subject(subject_type: str, subject_id: str) -> tuple[str, tuple[str, str] | None, str, str, str]:
    """Number, assignee, organisation, area, and the action whose holders could take the matter up."""
    if subject_type == reads.CASE:
        case = Case.objects.select_related("assignee", "organisation", "area").get(id=subject_id)
        holder, house, could = case.assignee, case.organisation, Action.QUEUE_SEE
        number = case.number
    elif subject_type == reads.TRANSFER:
        transfer = Transfer.objects.select_related("to", "case__area").get(id=subject_id)
        case, holder, house, could = transfer.case, None, transfer.to, Action.TRANSFER_ANSWER
        number = transfer.number
    else:
        referral = Referral.objects.select_related("taken_by", "to", "case__area").get(id=subject_id)
        case, holder, house, could = referral.case, referral.taken_by, referral.to, Action.REFERRAL_ANSWER
        number = referral.number
    return (
        number,
        (str(holder.id), holder.language) if holder and holder.is_active else None,
        str(house.uuid) if house else "",
        case.area.pack_id if case.area else "",
        could,
    )


def _holding(action: str, now: datetime, *, organisation: str = "", scope: Scope | None = None) -> People:
    people = access.who_may(action, now=now, organisation=organisation, scope=scope)
    return [(str(person.id), person.language) for person in people]


def _in_role(role: str, now: datetime, *, organisation: str = "", area: str = "") -> People:
    people = access.holders(role, now=now, organisation=organisation, area=area)
    return [(str(person.id), person.language) for person in people]
