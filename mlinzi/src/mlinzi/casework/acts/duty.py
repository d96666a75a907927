"""Plan who is on duty, and hand over from shift to shift."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.cases import assign
from mlinzi.casework.acts.common import write_to
from mlinzi.casework.models import DutyShift, Handover
from mlinzi.casework.rules import Action, Rank, Shift
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

WEEK = reads.WEEK
AROUND = 2 * rules.SHIFT_LIMIT


@transaction.atomic
def add_shift(
    person_id: str, rank: Rank, starts_at: datetime, ends_at: datetime, *, by: Officer, now: datetime
) -> DutyShift:
    """Put somebody of one's own organisation on duty.

    1. lock the organisation's shifts of that time, 2. ask the rules, 3. write, 4. record.

    Raises `Refused` with the reasons.
    """
    _may_plan(by)
    house = directory.organisation(by.organisation)
    near = DutyShift.objects.select_for_update().filter(
        organisation=house, ends_at__gt=starts_at - AROUND, starts_at__lt=ends_at + AROUND
    )
    able = {id for id, _ in reads.watchers(by.organisation, now=now)}
    shift = Shift(person_id, rank, starts_at, ends_at)
    if reasons := rules.why_not_shift(shift, reads.as_rules(list(near)), now=now, can_work=person_id in able):
        raise Refused(reasons)
    made = DutyShift.objects.create(
        organisation=house,
        person_id=person_id,
        rank=rank,
        starts_at=starts_at,
        ends_at=ends_at,
        made_by_id=by.id,
        made_at=now,
    )
    details = {"person": person_id, "rank": rank.value}
    audit.record("casework.duty.add", "casework.duty", made.id, by=by, now=now, details=details)
    return made


@transaction.atomic
def remove_shift(shift_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take a shift away: 1. find, 2. remove, 3. record. Raises `NotFound`."""
    _may_plan(by)
    shift = reads.shift_for(shift_id, by=by)
    details = {"person": str(shift.person_id), "rank": shift.rank}
    audit.record("casework.duty.remove", "casework.duty", shift.id, by=by, now=now, details=details)
    shift.delete()


@transaction.atomic
def copy_week(*, by: Officer, now: datetime) -> tuple[int, int]:
    """Plan the next seven days as the last seven were: each shift that began within them once more, a week
    later.

    1. find them, 2. add each, as if it were planned by hand, 3. leave out those that cannot be, such as of
    somebody who is on duty then already or works here no more.

    Returns how many were planned and how many were left out.
    """
    _may_plan(by)
    planned = left_out = 0
    for shift in reads.shifts_begun(by=by, since=now - WEEK, until=now):
        times = (shift.starts_at + WEEK, shift.ends_at + WEEK)
        try:
            add_shift(str(shift.person_id), Rank(shift.rank), *times, by=by, now=now)
        except Refused:
            left_out += 1
        else:
            planned += 1
    return planned, left_out


def _may_plan(by: Officer) -> None:
    if not by.scopes_of(Action.DUTY_PLAN):
        raise NotFound


@transaction.atomic
def hand_over(
    to: str, numbers: Sequence[str], words: str, *, by: Officer, now: datetime, keys: KeyRing
) -> Handover:
    """Hand over to a colleague of one's own organisation: words, and cases that become theirs.

    1. ask the rules, 2. give each case over, all or none, 3. seal the words and write, 4. tell the colleague,
    5. record.

    Args:
        to: the colleague's id. numbers: of cases that the officer holds.

    Raises `NotFound` for a case that the officer does not see, or `Refused` with the reasons.
    """
    able = {c.id: c for c in reads.team_mates(by=by, now=now)}
    if reasons := rules.why_not_hand_over(
        words, to_self=to == by.id, cases=len(numbers), can_work=to in able
    ):
        raise Refused(reasons)
    given = []
    for number in sorted(set(numbers)):
        case = reads.case_for(number, Action.CASE_SEE, by=by)
        if str(case.assignee_id or "") != by.id:
            raise Refused([f"Case {case.number} is not yours; it cannot be handed over."])
        given.append(assign(number, to, by=by, now=now, keys=keys, handed_over=True))
    made = Handover(
        id=new_id(),
        organisation=directory.organisation(by.organisation),
        by_id=by.id,
        to_id=to,
        made_at=now,
    )
    made.words = vault.seal_text(clean_text(words), reads.HANDOVER, made.id, "words", keys=keys)
    made.save(force_insert=True)
    made.cases.set(given)
    people = [(to, able[to].language)]
    write_to(people, "handover", f"handover:{made.id}", "/handover/", by=by, now=now, keys=keys)
    details: dict[str, Detail] = {"to": to, "cases": len(given)}
    audit.record("casework.handover.make", reads.HANDOVER, made.id, by=by, now=now, details=details)
    return made


def read_handover(handover_id: UUID, *, by: Officer, now: datetime, keys: KeyRing) -> str:
    """Read what was handed over and confirm it; recorded first. Raises `NotFound`. Call it outside a
    transaction.
    """
    found = reads.handover_for(handover_id, by=by)
    text = vault.open_own(
        reads.sealed_handover(found), by=by, now=now, keys=keys, action="casework.handover.read"
    )
    if found.read_at is None and str(found.to_id) == by.id:
        found.read_at = now
        found.save(update_fields=["read_at"])
    return text
