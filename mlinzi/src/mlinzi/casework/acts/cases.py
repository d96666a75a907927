"""What officers do with a case: take, give, judge, note, close, reopen."""

from datetime import datetime

from django.db import transaction

from mlinzi.access.rules import Officer, allowed
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.claims import ask_claim
from mlinzi.casework.acts.common import lock, remember_form, subject_of, tell_mailboxes, write_to
from mlinzi.casework.acts.lateness import end_clock
from mlinzi.casework.acts.second import spend_second
from mlinzi.casework.models import Case, Note
from mlinzi.casework.rules import (
    URGENCY_ORDER,
    Action,
    CaseState,
    Event,
    Outcome,
    Reason,
    SecondKind,
    Urgency,
)
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake_reads
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


@transaction.atomic
def take(number: str, *, by: Officer, now: datetime) -> Case:
    """Take a case to oneself.

    1. find it through the officer's eyes, 2. lock, 3. ask the rules, 4. write, 5. meet the triage deadline
    and tell the mailbox, 6. record. Of two who take at once one gets it and the other is told who has it; a
    second click of the same officer changes nothing.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_to_take(number, by=by).id)
    _may_assign(case, to=by.id, by=by)
    assignee = str(case.assignee_id or "")
    name = case.assignee.name if case.assignee else ""
    if reasons := rules.why_not_take(
        CaseState(case.state), assignee=assignee, taker=by.id, assignee_name=name
    ):
        raise Refused(reasons)
    if assignee == by.id:
        return case
    if case.state == CaseState.NEW:
        ask_claim(case, by=by, now=now)
    _hand_over(case, by.id, by=by, now=now)
    audit.record("casework.case.take", reads.CASE, case.id, by=by, now=now)
    return case


@transaction.atomic
def assign(
    number: str, person_id: str, *, by: Officer, now: datetime, keys: KeyRing, handed_over: bool = False
) -> Case:
    """Give a case to a colleague.

    1. find it through the officer's eyes, 2. lock, 3. ask the rules, 4. write, 5. meet the triage deadline
    and tell mailbox and colleague, 6. record. Raises `NotFound`, or `Refused` with the reasons.

    Args:
        handed_over: whoever has the case gives it to the next shift, which needs no further right.
    """
    case = lock(reads.case_to_take(number, by=by).id)
    if not (handed_over and str(case.assignee_id or "") == by.id):
        _may_assign(case, to=person_id, by=by)
    colleague = next((c for c in reads.colleagues(case, now=now) if c.id == person_id), None)
    if reasons := rules.why_not_assign(CaseState(case.state), can_work=colleague is not None):
        raise Refused(reasons)
    if str(case.assignee_id or "") == person_id:
        return case
    _hand_over(case, person_id, by=by, now=now)
    entry = audit.record(
        "casework.case.assign", reads.CASE, case.id, by=by, now=now, details={"to": person_id}
    )
    if person_id != by.id and colleague:
        to = [(person_id, colleague.language)]
        write_to(to, "case.assign", f"assign:{entry}", f"/cases/{case.number}/", by=by, now=now, keys=keys)
    return case


def _may_assign(case: Case, *, to: str, by: Officer) -> None:
    """The scope "own" is the right to take a case oneself; so the owner that the rule asks for is the one it
    goes to.
    """
    relation = reads.relation_of(case)
    if not allowed(by, Action.CASE_ASSIGN, reads.owned_by(relation, to)):
        raise NotFound


def _hand_over(case: Case, person_id: str, *, by: Officer, now: datetime) -> None:
    case.assignee_id = person_id
    if case.organisation is None:
        case.organisation = directory.organisation(by.organisation)
    if case.state == CaseState.NEW:
        case.state = CaseState.OPEN
        end_clock(reads.CASE, case.id, "triage", case, by=by, now=now)
        tell_mailboxes(case, Event.TAKEN, by=by, now=now)
    case.save()
    deadlines.hand_over(subject_of(case), by=by, now=now)


@transaction.atomic
def judge(
    number: str, *, urgency: Urgency, category: str, reason: Reason, by: Officer, now: datetime
) -> Case:
    """Judge urgency and category anew.

    1. find through the officer's eyes, lock, 2. ask the rules, 3. write, with the sentence that explains it,
    4. where triage still waits, count its time again by the new urgency, 5. record what it was and what it
    is.

    Args:
        category: a category's pack id, or "" for not known.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_TRIAGE, by=by).id)
    named = intake_reads.category_named(category) if category else None
    reasons = rules.why_not_judge(CaseState(case.state), reason=reason)
    if category and named is None:
        reasons.append("Choose the category from the list.")
    if reasons:
        raise Refused(reasons)
    before = {"was": case.urgency, "category_was": case.category.pack_id if case.category else ""}
    judged = rules.judged_by_officer(urgency, reason)
    if case.urgency != judged.urgency:
        case.urgency, case.urgency_order = judged.urgency, URGENCY_ORDER[judged.urgency]
        case.urgency_sentence, case.urgency_row = judged.sentence, ""
        deadlines.restart(subject_of(case), "triage", risk=case.urgency, service="", by=by, now=now)
    case.category = named
    case.save()
    audit.record(
        "casework.case.judge",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={**before, "is": judged.urgency.value, "category_is": category, "reason": reason.value},
    )
    return case


@transaction.atomic
def note(number: str, text: str, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Write a note: 1. find, lock, 2. carried out already? 3. ask the rules, 4. seal and write, 5. record."""
    case = lock(reads.case_for(number, Action.CASE_NOTE, by=by).id)
    if reads.made_by_form(case.id, by.id, form_key):
        return
    if reasons := rules.why_not_note(CaseState(case.state), text):
        raise Refused(reasons)
    written = Note(id=new_id(), case=case, written_by=by.id, written_at=now)
    written.sealed = vault.seal_text(clean_text(text), reads.NOTE, written.id, "text", keys=keys)
    written.save(force_insert=True)
    remember_form(case, form_key, written.id, by=by, now=now)
    audit.record("casework.case.note", reads.CASE, case.id, by=by, now=now)


@transaction.atomic
def close(number: str, outcome: Outcome, *, by: Officer, now: datetime) -> Case:
    """Close a case: 1. find, lock, 2. ask the rules, 3. where the risk is high, use what a second person
    agreed to, 4. write, 5. meet what is due, tell the mailbox, 6. record.
    """
    case = lock(reads.case_for(number, Action.CASE_CLOSE, by=by).id)
    agreed = reads.agreed_second(case, SecondKind.CLOSE, "", now=now)
    facts = reads.closure_facts(case, agreed=agreed is not None)
    if reasons := rules.why_not_end(CaseState(case.state), facts, outcome=outcome):
        raise Refused(reasons)
    if facts.high:
        spend_second(case, SecondKind.CLOSE, by=by, now=now)
    case.state, case.closed_at, case.outcome = CaseState.CLOSED, now, outcome
    case.save()
    deadlines.meet(reads.CASE, str(case.id), "triage", by=by, now=now)
    deadlines.drop(reads.CASE, str(case.id), by=by, now=now)
    tell_mailboxes(case, Event.CLOSED, by=by, now=now)
    audit.record(
        "casework.case.close", reads.CASE, case.id, by=by, now=now, details={"outcome": outcome.value}
    )
    return case


@transaction.atomic
def reopen(number: str, reason: Reason, *, by: Officer, now: datetime) -> Case:
    """Open a closed case again: 1. find, lock, 2. ask the rules, 3. write, 4. tell the mailbox, 5. record.

    It goes back to whoever had it; to the officer who opens it where nobody had.
    """
    case = lock(reads.case_for(number, Action.CASE_CLOSE, by=by).id)
    if reasons := rules.why_not_reopen(CaseState(case.state), reason=reason, joined=reads.is_joined(case)):
        raise Refused(reasons)
    case.state, case.closed_at, case.outcome = CaseState.OPEN, None, ""
    case.assignee_id = case.assignee_id or by.id
    case.save()
    tell_mailboxes(case, Event.REOPENED, by=by, now=now)
    audit.record(
        "casework.case.reopen", reads.CASE, case.id, by=by, now=now, details={"reason": reason.value}
    )
    return case
