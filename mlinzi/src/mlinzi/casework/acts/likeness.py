"""Decide whether two cases are one matter: join them, say that they are not, undo either."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.claims import ask_claim
from mlinzi.casework.acts.common import lock, subject_of, tell_mailboxes, write_to
from mlinzi.casework.models import Case, CaseReport, Likeness
from mlinzi.casework.rules import (
    Action,
    CaseState,
    DifferentWhy,
    Event,
    JoinFacts,
    Outcome,
    SameWhy,
    Verdict,
)
from mlinzi.deadlines import acts as deadlines
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing


def _both(number: str, other_number: str, *, by: Officer) -> tuple[Case, Case]:
    """Two cases through the officer's eyes, both locked, always in the same order."""
    case = reads.case_for(number, Action.CASE_TRIAGE, by=by)
    other = reads.case_for(other_number, Action.CASE_TRIAGE, by=by)
    held = {id: lock(id) for id in sorted({case.id, other.id})}
    return held[case.id], held[other.id]


@transaction.atomic
def join_cases(
    number: str, other_number: str, why: SameWhy, *, by: Officer, now: datetime, keys: KeyRing
) -> Likeness:
    """Lay the reports of another case into this one, because both are one matter.

    1. find both through the officer's eyes, lock, 2. decided the same already? 3. ask the rules, 4. undo what
    stood between them, 5. move the reports; each keeps its number and mailbox, 6. this one becomes as urgent
    as the more urgent of the two, 7. the other one ends as a duplicate, its clock with it, 8. whoever
    reported reads that somebody works on it, where that is new, 9. record on both, 10. write to whoever had
    the other one.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case, other = _both(number, other_number, by=by)
    standing = None if case == other else reads.standing_between(case, other)
    if standing and standing.verdict == Verdict.SAME and standing.case_id == case.id:
        return standing  # the second click
    facts = JoinFacts(
        CaseState(case.state),
        CaseState(other.state),
        itself=case == other,
        other_works=reads.something_begun(other),
        same_eyes=reads.kept_away(case) == reads.kept_away(other),
    )
    if reasons := rules.why_not_join_cases(facts, why):
        raise Refused(reasons)
    for waiting in (one for one in (case, other) if one.state == CaseState.NEW):
        ask_claim(waiting, by=by, now=now)
    if standing:
        _undo(standing, "", by=by, now=now)
    moved = list(other.reports.values_list("report_id", flat=True))
    other.reports.update(case=case)
    made = decide(case, other, Verdict.SAME, why, by=by, now=now, reports=moved, was=other.state)
    _rise(case, other, by=by, now=now)
    if case.state != CaseState.NEW and other.state == CaseState.NEW:
        tell_mailboxes(case, Event.TAKEN, by=by, now=now, only=moved)
    other.state, other.closed_at, other.outcome = CaseState.CLOSED, now, Outcome.DUPLICATE
    other.save(update_fields=["state", "closed_at", "outcome"])
    deadlines.meet(reads.CASE, str(other.id), "triage", by=by, now=now)
    _record("casework.case.unite", made, by=by, now=now)
    if other.assignee and str(other.assignee_id) != by.id:
        to, page = [(str(other.assignee_id), other.assignee.language)], f"/cases/{case.number}/"
        write_to(to, "case.unite", f"unite:{made.id}", page, by=by, now=now, keys=keys)
    return made


def decide(
    case: Case,
    other: Case,
    verdict: Verdict,
    why: str,
    *,
    by: Officer,
    now: datetime,
    reports: list[UUID] | None = None,
    was: str = "",
) -> Likeness:
    """Write a decision about two cases down, for acts that have asked the rules and hold both locks.

    Args:
        reports: those that were the other's. was: the state that the other was in.
    """
    held = [str(id) for id in reports or []]
    return Likeness.objects.create(
        case=case,
        other=other,
        verdict=verdict,
        why=why,
        reports=held,
        was=was,
        decided_by_id=by.id,
        decided_at=now,
    )


def _rise(case: Case, other: Case, *, by: Officer, now: datetime) -> None:
    """Take over from another case what makes it the more pressing: its urgency, its age."""
    older, since = other.received_at < case.received_at, other.received_at
    case.received_at = min(case.received_at, since)
    higher = other.urgency_order < case.urgency_order
    if higher:
        case.urgency, case.urgency_order = other.urgency, other.urgency_order
        case.urgency_sentence, case.urgency_row = other.urgency_sentence, other.urgency_row
        case.urgency_numbers = other.urgency_numbers
    if case.state == CaseState.NEW and (older or higher):
        risk = case.urgency
        deadlines.restart(subject_of(case), "triage", risk=risk, service="", by=by, now=now, since=since)
    if other.in_danger == "yes":
        case.in_danger = "yes"
    case.save()


def _record(action: str, made: Likeness, *, by: Officer, now: datetime) -> None:
    for one, two in ((made.case_id, made.other_id), (made.other_id, made.case_id)):
        details = {"other": str(two), "why": made.undone_why or made.why, "decision": str(made.id)}
        audit.record(action, reads.CASE, one, by=by, now=now, details=details)


@transaction.atomic
def tell_apart(number: str, other_number: str, why: DifferentWhy, *, by: Officer, now: datetime) -> Likeness:
    """Say that two cases are not the same matter, so that nobody is asked again.

    1. find both through the officer's eyes, lock, 2. decided already? 3. ask the rules, 4. write, 5. record.
    Raises `NotFound`, or `Refused` with the reasons.
    """
    case, other = _both(number, other_number, by=by)
    standing = None if case == other else reads.standing_between(case, other)
    if standing and standing.verdict == Verdict.DIFFERENT:
        return standing
    if reasons := rules.why_not_differ(itself=case == other, joined=standing is not None, why=why):
        raise Refused(reasons)
    made = decide(case, other, Verdict.DIFFERENT, why, by=by, now=now)
    _record("casework.case.differ", made, by=by, now=now)
    return made


@transaction.atomic
def ask_anew(number: str, likeness_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take back that two cases are not the same matter: 1. find, lock, 2. write, 3. record. A second call
    does nothing. Raises `NotFound`, also for a decision that joined them.
    """
    case = lock(reads.case_for(number, Action.CASE_TRIAGE, by=by).id)
    made = reads.likeness_in(case, likeness_id)
    if made.verdict != Verdict.DIFFERENT:
        raise NotFound
    if made.undone_at is None:
        _undo(made, "", by=by, now=now)
        _record("casework.case.ask_anew", made, by=by, now=now)


def _undo(made: Likeness, why: str, *, by: Officer, now: datetime) -> None:
    made.undone_by_id, made.undone_at, made.undone_why = UUID(by.id), now, why
    made.save(update_fields=["undone_by", "undone_at", "undone_why"])


@transaction.atomic
def disjoin(number: str, likeness_id: UUID, why: DifferentWhy, *, by: Officer, now: datetime) -> Case:
    """Take two joined cases apart again.

    1. find the case that holds the reports and the other one through the officer's eyes, lock, 2. ask the
    rules, 3. those reports that were the other's go back, as far as they still lie here, 4. the other one is
    again what it was, and its clock runs if nobody had taken it, 5. remember that the two are not the same,
    6. record on both.

    Returns the case that stands by itself again. Raises `NotFound`, or `Refused` with the reasons.
    """
    case = reads.case_for(number, Action.CASE_TRIAGE, by=by)
    made = reads.likeness_in(case, likeness_id)
    held, other = _both(made.case.number, made.other.number, by=by)
    made.refresh_from_db()
    standing = made.undone_at is None and made.verdict == Verdict.SAME
    if reasons := rules.why_not_undo(CaseState(held.state), standing=standing, why=why):
        raise Refused(reasons)
    CaseReport.objects.filter(case=held, report_id__in=[UUID(id) for id in made.reports]).update(case=other)
    other.state, other.closed_at, other.outcome = made.was, None, ""
    other.save(update_fields=["state", "closed_at", "outcome"])
    if other.state == CaseState.NEW:
        since, risk = other.received_at, other.urgency
        deadlines.start(subject_of(other), "triage", risk=risk, service="", by=by, now=now, since=since)
    held.received_at = held.reports.aggregate(first=Min("report__received_at"))["first"] or held.received_at
    held.save(update_fields=["received_at"])
    _undo(made, why, by=by, now=now)
    decide(held, other, Verdict.DIFFERENT, why, by=by, now=now)
    _record("casework.case.disjoin", made, by=by, now=now)
    return other
