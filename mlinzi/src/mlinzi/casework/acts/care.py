"""Assess risk, plan help, and keep what happens in court."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import begin_day, lock, remember_form, subject_of, write_to
from mlinzi.casework.acts.lateness import end_clock
from mlinzi.casework.models import (
    CareItem,
    Case,
    CourtEvent,
    Goal,
    Need,
    OffenceInCase,
    PlanReview,
    RiskAssessment,
    RiskForm,
    SafetyPlan,
    Task,
)
from mlinzi.casework.rules import Action, CaseState, GoalState, NeedState, Urgency
from mlinzi.deadlines.acts import Subject
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import Loaded, load_rows
from mlinzi.law import reads as law
from mlinzi.vault import acts as vault

Rows = Iterable[tuple[str, Mapping[str, Any]]]


@transaction.atomic
def load_care(*, items: Rows, risk: Rows, by: Actor, now: datetime) -> Loaded:
    """Load the lists that officers choose from, and the questions about risk: 1. load, 2. record."""
    loaded = load_rows(CareItem, items)
    loaded += load_rows(RiskForm, risk)
    if loaded.added or loaded.changed:
        details = {"added": len(loaded.added), "changed": len(loaded.changed), "kept": len(loaded.kept)}
        audit.record("casework.pack.load", "casework.careitem", "-", by=by, now=now, details=details)
    return loaded


def _begin(number: str, action: Action, form_key: bytes, by: Officer) -> tuple[Case, bool]:
    """The case, locked, and whether this form was carried out already."""
    case = lock(reads.case_for(number, action, by=by).id)
    return case, bool(reads.made_by_form(case.id, by.id, form_key))


def _end(
    case: Case, action: str, made: object, form_key: bytes, *, by: Officer, now: datetime, **details: str
) -> None:
    remember_form(case, form_key, made, by=by, now=now)
    audit.record(action, reads.CASE, case.id, by=by, now=now, details=details)


@transaction.atomic
def assess_risk(
    number: str,
    answers: Mapping[str, str],
    *,
    level: str,
    reason: str,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Keep an assessment of risk.

    1. find, lock, 2. carried out already? 3. ask the rules, 4. seal the answers and write, 5. the case shows
    the newest level, 6. record.

    Args:
        answers: the chosen option by question. level: the officer's own, "" for that of the answers; reason:
            why it is another one.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case, done = _begin(number, Action.CASE_PLAN, form_key, by)
    if done:
        return
    form = reads.risk_form()
    questions = reads.risk_questions(form)
    if reasons := rules.why_not_assess(CaseState(case.state), questions, answers, level=level, reason=reason):
        raise Refused(reasons)
    by_rule = rules.assess(questions, answers).level
    made = RiskAssessment(
        id=new_id(),
        case=case,
        form_version=form.version,
        by_rule=by_rule,
        level=Urgency(level) if level else by_rule,
        made_by_id=by.id,
        made_at=now,
    )
    kept = {"answers": dict(answers), "reason": clean_text(reason)}
    made.answers = vault.seal_text(
        json.dumps(kept, ensure_ascii=False), reads.RISK, made.id, "answers", keys=keys
    )
    made.save(force_insert=True)
    case.risk = made.level
    case.save(update_fields=["risk"])
    _end(case, "casework.risk.assess", made.id, form_key, by=by, now=now, level=made.level, by_rule=by_rule)


@transaction.atomic
def set_need(number: str, code: str, state: NeedState, *, by: Officer, now: datetime) -> None:
    """Say what the child needs, or what became of it: 1. find, lock, 2. ask the rules, 3. write, 4.
    record.
    """
    case = lock(reads.case_for(number, Action.CASE_PLAN, by=by).id)
    item = reads.care_item("need", code)
    if item is None:
        raise Refused(["Choose a need from the list."])
    if case.state == CaseState.CLOSED:
        raise Refused(["This case is closed; open it again first."])
    Need.objects.update_or_create(
        case=case, item=item, defaults={"state": state, "changed_by_id": by.id, "changed_at": now}
    )
    details = {"need": code, "state": state.value}
    audit.record("casework.need.set", reads.CASE, case.id, by=by, now=now, details=details)


@transaction.atomic
def add_goal(
    number: str,
    text: str,
    by_when: date | None,
    *,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Add a goal to the plan: 1. find, lock, 2. carried out already? 3. ask the rules, 4. seal and write, 5.
    record.
    """
    case, done = _begin(number, Action.CASE_PLAN, form_key, by)
    if done:
        return
    if reasons := rules.why_not_plan(CaseState(case.state), text):
        raise Refused(reasons)
    goal = Goal(id=new_id(), case=case, by_when=by_when, made_by_id=by.id, made_at=now)
    goal.sealed = vault.seal_text(clean_text(text), reads.GOAL, goal.id, "text", keys=keys)
    goal.save(force_insert=True)
    _end(case, "casework.goal.add", goal.id, form_key, by=by, now=now)


@transaction.atomic
def end_goal(number: str, goal_id: UUID, state: GoalState, *, by: Officer, now: datetime) -> None:
    """Say what became of a goal: 1. find, lock, 2. write, 3. record. Raises `NotFound`."""
    case = lock(reads.case_for(number, Action.CASE_PLAN, by=by).id)
    goal = case.goals.filter(id=goal_id).first()
    if goal is None:
        raise NotFound
    goal.state, goal.ended_at = state, None if state is GoalState.OPEN else now
    goal.save(update_fields=["state", "ended_at"])
    audit.record("casework.goal.end", reads.CASE, case.id, by=by, now=now, details={"state": state.value})


@transaction.atomic
def review_plan(
    number: str,
    text: str,
    next_on: date | None,
    *,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Note how the plan stands and when it is looked at again: 1. find, lock, 2. carried out already? 3. ask
    the rules, 4. seal and write, 5. meet the clock of the look before, start the one of the next, 6. record.
    """
    case, done = _begin(number, Action.CASE_PLAN, form_key, by)
    if done:
        return
    today = directory.local_day(now)
    if reasons := rules.why_not_review_plan(CaseState(case.state), text, next_on=next_on, today=today):
        raise Refused(reasons)
    review = PlanReview(id=new_id(), case=case, next_on=next_on, made_by_id=by.id, made_at=now)
    review.sealed = vault.seal_text(clean_text(text), reads.REVIEW, review.id, "text", keys=keys)
    review.save(force_insert=True)
    end_clock(reads.CASE, case.id, "plan_review", case, by=by, now=now)
    if next_on:
        begin_day(subject_of(case), "plan_review", next_on, case, by=by, now=now)
    _end(case, "casework.plan.review", review.id, form_key, by=by, now=now)


@transaction.atomic
def write_safety_plan(
    number: str,
    texts: Mapping[str, str],
    *,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Write the next version of the safety plan: 1. find, lock, 2. carried out already? 3. ask the rules, 4.
    seal and write, 5. record.

    Args:
        texts: by the pack's headings; those that the pack does not know are left out.
    """
    case, done = _begin(number, Action.CASE_PLAN, form_key, by)
    if done:
        return
    headings = [item.code for item in reads.care_items("safety")]
    kept = {code: clean_text(texts[code]) for code in headings if texts.get(code, "").strip()}
    if reasons := rules.why_not_plan(CaseState(case.state), "\n".join(kept.values())):
        raise Refused(reasons)
    last = reads.safety_plan_of(case)
    plan = SafetyPlan(
        id=new_id(), case=case, version=last.version + 1 if last else 1, made_by_id=by.id, made_at=now
    )
    text = json.dumps(kept, ensure_ascii=False)
    plan.sealed = vault.seal_text(text, reads.SAFETY, plan.id, "texts", keys=keys)
    plan.save(force_insert=True)
    _end(case, "casework.safety.write", plan.id, form_key, by=by, now=now)


@transaction.atomic
def give_task(
    number: str,
    title: str,
    to: str,
    due_on: date,
    *,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Give a colleague or oneself something to do: 1. find, lock, 2. carried out already? 3. ask the rules,
    4. seal and write, 5. start its clock, 6. tell the colleague, 7. record.

    Args:
        to: a person's id: one of `reads.colleagues`, or the officer's own.
    """
    case, done = _begin(number, Action.CASE_PLAN, form_key, by)
    if done:
        return
    able = {colleague.id: colleague for colleague in reads.colleagues(case, now=now)}
    can_work = to in able or to == by.id
    if reasons := rules.why_not_task(
        CaseState(case.state), title, due_on, today=now.date(), can_work=can_work
    ):
        raise Refused(reasons)
    task = Task(id=new_id(), case=case, to_id=to, due_on=due_on, made_by_id=by.id, made_at=now)
    task.sealed = vault.seal_text(clean_text(title), reads.TASK, task.id, "title", keys=keys)
    task.save(force_insert=True)
    begin_day(_clock_of(task, case), "task", due_on, case, by=by, now=now)
    if to != by.id:
        path = f"/cases/{case.number}/plan/"
        write_to([(to, able[to].language)], "task", f"task:{task.id}", path, by=by, now=now, keys=keys)
    _end(case, "casework.task.give", task.id, form_key, by=by, now=now)


def _clock_of(task: Task, case: Case) -> Subject:
    """A task as the deadlines see it: it is with whoever was given it, wherever its case goes."""
    return replace(subject_of(case), type=reads.TASK, id=str(task.id), assignee=str(task.to_id))


@transaction.atomic
def end_task(number: str, task_id: UUID, *, by: Officer, now: datetime) -> None:
    """Say that a task is done or not needed: 1. find, lock, 2. write, 3. meet its clock, 4. record."""
    case = lock(reads.case_for(number, Action.CASE_PLAN, by=by).id)
    task = reads.task_in(case, task_id)
    if task.done_at is None:
        task.done_at = now
        task.save(update_fields=["done_at"])
        end_clock(reads.TASK, task.id, "task", case, by=by, now=now)
        audit.record("casework.task.end", reads.CASE, case.id, by=by, now=now)


@transaction.atomic
def add_court(
    number: str,
    session: str,
    on: date,
    *,
    outcome: str,
    order: str,
    next_on: date | None,
    text: str,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Keep a session of a court: 1. find, lock, 2. carried out already? 3. ask the rules, 4. seal and write,
    5. record.

    Args:
        session, outcome, order: codes of the pack; "" for no outcome or order yet. text: the court, its
            number of the matter, what was said; sealed.
    """
    case, done = _begin(number, Action.CASE_COURT, form_key, by)
    if done:
        return
    kind = reads.care_item("session", session)
    reasons = rules.why_not_court(CaseState(case.state), on=on, next_on=next_on)
    if kind is None:
        reasons.append("Choose what kind of session it is.")
    if reasons or kind is None:
        raise Refused(reasons)
    event = CourtEvent(
        id=new_id(),
        case=case,
        session=kind,
        outcome=reads.care_item("court_outcome", outcome),
        order=reads.care_item("order", order),
        on=on,
        next_on=next_on,
        made_by_id=by.id,
        made_at=now,
    )
    event.sealed = vault.seal_text(clean_text(text), reads.COURT, event.id, "text", keys=keys)
    event.save(force_insert=True)
    _end(case, "casework.court.add", event.id, form_key, by=by, now=now, session=session)


@transaction.atomic
def name_offence(
    number: str,
    provision: str,
    on: date,
    why: str,
    *,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Name an offence that the case is about: 1. find, lock, 2. carried out already? 3. ask the rules, 4.
    seal and write, 5. record.

    Args:
        provision: a provision's pack id. on: the day of the act. Raises `NotFound`, or `Refused`.
    """
    case, done = _begin(number, Action.CASE_COURT, form_key, by)
    if done:
        return
    row = law.provision_row(provision)
    there = case.offences.filter(provision_id=row, on=on, removed_at=None).exists()
    if reasons := rules.why_not_offence(CaseState(case.state), on=on, today=now.date(), there_already=there):
        raise Refused(reasons)
    offence = OffenceInCase(id=new_id(), case=case, provision_id=row, on=on, made_by_id=by.id, made_at=now)
    offence.sealed = vault.seal_text(clean_text(why), reads.OFFENCE, offence.id, "why", keys=keys)
    offence.save(force_insert=True)
    _end(case, "casework.offence.name", offence.id, form_key, by=by, now=now, provision=provision)


@transaction.atomic
def remove_offence(number: str, offence_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take an offence out again: 1. find, lock, 2. write, 3. record."""
    case = lock(reads.case_for(number, Action.CASE_COURT, by=by).id)
    offence = case.offences.filter(id=offence_id, removed_at=None).first()
    if offence is None:
        raise NotFound
    offence.removed_at = now
    offence.save(update_fields=["removed_at"])
    audit.record("casework.offence.remove", reads.CASE, case.id, by=by, now=now)


@transaction.atomic
def set_prosecution(number: str, code: str, *, by: Officer, now: datetime) -> None:
    """Keep how the prosecution stands: 1. find, lock, 2. write, 3. record."""
    case = lock(reads.case_for(number, Action.CASE_COURT, by=by).id)
    if code and reads.care_item("prosecution", code) is None:
        raise Refused(["Choose how the prosecution stands from the list."])
    case.prosecution = code
    case.save(update_fields=["prosecution"])
    audit.record("casework.court.outcome", reads.CASE, case.id, by=by, now=now, details={"is": code})
