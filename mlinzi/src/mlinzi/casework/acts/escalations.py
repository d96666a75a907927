"""Write to the people whom a passed deadline concerns."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Scope
from mlinzi.casework import reads
from mlinzi.casework.acts.common import write_to
from mlinzi.casework.models import Case, Glass, Referral, Task, Transfer
from mlinzi.casework.rules import Action, Rank
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines import reads as deadline_reads
from mlinzi.deadlines.rules import Where
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing

People = list[tuple[str, str]]


def tell_escalations(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 100) -> int:
    """Write letters for the steps that deadlines took, one transaction each. Returns how many steps were
    told.

    1. find who is meant, 2. queue a letter to each, which holds a number and nothing else, 3. mark the step.
    The letters' effect keys keep a step that is told twice (a kill in between, two workers) from writing
    twice.
    """
    told = 0
    for subject_type in (reads.CASE, reads.REFERRAL, reads.TRANSFER, reads.GLASS, reads.TASK):
        for step in list(deadline_reads.untold(subject_type, limit=limit)):
            with transaction.atomic():
                deadline = step.deadline
                about = "deadline.reminder" if step.rung < 0 else "deadline.overdue"
                subject = _subject(subject_type, deadline.subject_id)
                people = _who(subject, step.where, step.role, now)
                effect = f"deadline:{deadline.id}:{step.rung}"
                people_told = write_to(people, about, effect, subject.path, by=by, now=now, keys=keys)
                deadlines.mark_told(step.id, people=people_told, now=now)
                told += 1
    return told


@dataclass(frozen=True)
class _Subject:
    """What a deadline is about: the page, who holds it, whose it is, and the action by which it could be
    taken up.
    """

    case: Case
    path: str
    holder: tuple[str, str] | None
    organisation: str
    area: str
    could: str


def _who(subject: _Subject, where: str, role: str, now: datetime) -> People:
    """The people of a step.

    Where nobody is found in the place that the ladder names, those who watch the clocks of the whole country
    are told: a step that tells nobody would let something wait unseen, and the same role in another place has
    no business with it. Where nobody is on duty, whoever could take it up is told at once. Nobody is told of
    a case that does not exist for them.
    """
    house, area = subject.organisation, subject.area
    found: People = []
    match Where(where):
        case Where.ASSIGNEE:
            found = [subject.holder] if subject.holder else _holding(subject.could, now, organisation=house)
        case Where.DUTY if house:
            on_duty = reads.on_duty(house, Rank(role), now=now)
            found = on_duty or _holding(subject.could, now, organisation=house)
        case Where.SAME_ORGANISATION if house:
            found = _in_role(role, now, organisation=house)
        case Where.AREA if area:
            found = _in_role(role, now, area=area)
        case Where.NATIONAL:
            found = _in_role(role, now)
    return reads.not_fenced(subject.case, found) or reads.not_fenced(
        subject.case, _holding(Action.DEADLINE_SEE, now, scope=Scope.NATIONAL)
    )


def _subject(subject_type: str, subject_id: str) -> _Subject:
    if subject_type == reads.CASE:
        case = Case.objects.select_related("assignee", "organisation", "area").get(id=subject_id)
        holder, house, could = case.assignee, case.organisation, Action.QUEUE_SEE
        path = f"/cases/{case.number}/"
    elif subject_type == reads.GLASS:
        glass = Glass.objects.select_related("case__organisation", "case__area").get(id=subject_id)
        case, holder, house, could = glass.case, None, glass.case.organisation, Action.CASE_REVIEW
        path = "/glass/"
    elif subject_type == reads.TASK:
        task = Task.objects.select_related("to", "case__organisation", "case__area").get(id=subject_id)
        case, holder, house, could = task.case, task.to, task.case.organisation, Action.CASE_PLAN
        path = f"/cases/{case.number}/plan/"
    elif subject_type == reads.TRANSFER:
        transfer = Transfer.objects.select_related("to", "case__area").get(id=subject_id)
        case, holder, house, could = transfer.case, None, transfer.to, Action.TRANSFER_ANSWER
        path = f"/transfers/{transfer.number}/"
    else:
        referral = Referral.objects.select_related("taken_by", "to", "case__area").get(id=subject_id)
        case, holder, house, could = referral.case, referral.taken_by, referral.to, Action.REFERRAL_ANSWER
        path = f"/referrals/{referral.number}/"
    return _Subject(
        case,
        path,
        (str(holder.id), holder.language) if holder and holder.is_active else None,
        str(house.uuid) if house else "",
        case.area.pack_id if case.area else "",
        could,
    )


def _holding(action: str, now: datetime, *, organisation: str = "", scope: Scope | None = None) -> People:
    people = access.who_may(action, now=now, organisation=organisation, scope=scope)
    return access.addressees(people)


def _in_role(role: str, now: datetime, *, organisation: str = "", area: str = "") -> People:
    people = access.holders(role, now=now, organisation=organisation, area=area)
    return access.addressees(people)
