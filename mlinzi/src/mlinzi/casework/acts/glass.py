"""Open a case in need: for an hour, to read, with two people told and a supervisor's word within a day."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Scope, factor_is_fresh
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, subject_of, write_to
from mlinzi.casework.acts.opening import OpenCase, open_gathered
from mlinzi.casework.models import Case, Glass
from mlinzi.casework.rules import Action, GlassReason, GlassVerdict, Purpose
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Subject
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def break_glass(number: str, reason: str, words: str, *, by: Officer, now: datetime, keys: KeyRing) -> Glass:
    """Open a case that is not one's own.

    1. record the attempt and commit, so that trying numbers leaves a trace, 2. find the case; for whoever is
    fenced out of it there is none, 3. ask the rules, 4. in one transaction: write, tell two people, start the
    clock of the review, record.

    Raises `NotFound` for a number that no case has, or `Refused` with the reasons. Call it outside a
    transaction.
    """
    audit.record_before_opening(
        "casework.glass.try",
        "access.person",
        by.id,
        by=by,
        now=now,
        purpose=Purpose.BREAK_GLASS,
        details={"reason": reason if reason in set(GlassReason) else ""},
    )
    case = reads.any_case(number, by=by)
    sees = reads.cases_seen(Action.CASE_OPEN, by=by).filter(id=case.id).exists()
    if reasons := rules.why_not_break(
        reason=reason,
        words=words,
        factor_fresh=factor_is_fresh(by, now=now),
        sees=sees,
    ):
        raise Refused(reasons)
    with transaction.atomic():
        case = lock(case.id)
        if glass := reads.glass_of(case, by=by, now=now):
            return glass
        return _write(case, GlassReason(reason), words, by=by, now=now, keys=keys)


def _write(
    case: Case, reason: GlassReason, words: str, *, by: Officer, now: datetime, keys: KeyRing
) -> Glass:
    glass = Glass(id=new_id(), case=case, person_id=by.id, reason=reason, broken_at=now)
    glass.until = rules.glass_ends(now)
    glass.words = vault.seal_text(clean_text(words), reads.GLASS, glass.id, "words", keys=keys)
    glass.save(force_insert=True)
    write_to(_two_people(case, by, now), "glass", f"glass:{glass.id}", "/glass/", by=by, now=now, keys=keys)
    on = subject_of(case)
    clock = Subject(reads.GLASS, str(glass.id), organisation=on.organisation, area=on.area)
    deadlines.start(clock, "glass_review", risk=case.urgency, service="", by=by, now=now)
    details = {"reason": reason.value, "glass": str(glass.id)}
    audit.record("casework.glass.break", reads.CASE, case.id, by=by, now=now, details=details)
    return glass


def _two_people(case: Case, by: Officer, now: datetime) -> list[tuple[str, str]]:
    """The supervisors of the case's organisation and the officer of the case; where that is fewer than two,
    those who supervise the whole country as well.
    """
    house = str(case.organisation.uuid) if case.organisation else ""
    able = access.who_may(Action.CASE_REVIEW, now=now, organisation=house)
    people = {str(p.id): p.language for p in able}
    if case.assignee and case.assignee.is_active:
        people[str(case.assignee_id)] = case.assignee.language
    people.pop(by.id, None)
    if len(people) < 2:
        national = access.who_may(Action.DEADLINE_SEE, now=now, scope=Scope.NATIONAL)
        people |= {str(p.id): p.language for p in national if str(p.id) != by.id}
    return reads.not_fenced(case, people.items())


def open_in_need(number: str, *, page: int = 1, by: Officer, now: datetime, keys: KeyRing) -> OpenCase:
    """Read a case that was opened in need and whose hour is not over; recorded first, each time.

    Raises `NotFound` once it is. Call it outside a transaction.
    """
    case = reads.any_case(number, by=by)
    if reads.glass_of(case, by=by, now=now) is None:
        raise NotFound
    return open_gathered(
        case, Purpose.BREAK_GLASS, page=page, action=Action.CASE_GLASS, by=by, now=now, keys=keys
    )


@transaction.atomic
def review_glass(
    glass_id: UUID, verdict: str, words: str, *, by: Officer, now: datetime, keys: KeyRing
) -> Glass:
    """Judge an opening in need: 1. find, lock, 2. ask the rules, 3. write, 4. stop the clock, 5. tell whoever
    opened it, 6. record. Raises `NotFound`, or `Refused` with the reasons.
    """
    found = reads.glass_for(glass_id, by=by)
    lock(found.case_id)
    glass = Glass.objects.select_for_update(of=("self",)).select_related("person", "case").get(id=found.id)
    if reasons := rules.why_not_review(
        reviewer=by.id,
        person=str(glass.person_id),
        reviewed=glass.reviewed_at is not None,
        verdict=verdict,
        words=words,
    ):
        raise Refused(reasons)
    glass.verdict, glass.reviewed_by_id, glass.reviewed_at = GlassVerdict(verdict), by.id, now
    if words.strip():
        glass.answer = vault.seal_text(clean_text(words), reads.GLASS, glass.id, "answer", keys=keys)
    glass.save()
    deadlines.meet(reads.GLASS, str(glass.id), "glass_review", by=by, now=now)
    people = [(str(glass.person_id), glass.person.language)]
    write_to(people, "glass.answer", f"glass:{glass.id}:answer", "/", by=by, now=now, keys=keys)
    details = {"verdict": glass.verdict, "glass": str(glass.id)}
    audit.record("casework.glass.review", reads.CASE, glass.case_id, by=by, now=now, details=details)
    return glass
