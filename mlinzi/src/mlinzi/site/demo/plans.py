"""What the invented officers write down of people, risk, plan and court, and who of them is on duty."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mlinzi.access.rules import Officer, may_at_all
from mlinzi.casework import acts, reads
from mlinzi.casework.acts import PersonTold
from mlinzi.casework.rules import Action, GoalState, NeedState, Part, PersonField, Rank, Sex
from mlinzi.law import reads as law

if TYPE_CHECKING:
    from mlinzi.site.demo.lives import Steps

SHIFT = timedelta(hours=8)
GOALS = ("Sleeps where nobody can reach her.", "Goes to school again.", "Knows whom to call.")
TASKS = ("Call the teacher.", "Ask the service to keep the account's records.", "Visit the home.")
SAFE = ("To my aunt next door.", "To my teacher, Mrs Invented.")


def plan_help(steps: "Steps", officer: Officer) -> None:
    """Write down the child and a suspect, assess the risk, set a goal, give a task, write a safety plan; now
    and then there is a day in court.
    """
    for part, name in ((Part.CHILD, "Invented child"), (Part.SUSPECT, "Invented person")):
        fields = {PersonField.NAME: f"{name} {steps.chance.randrange(1000)}"}
        if part is Part.CHILD:
            fields[PersonField.BORN] = str(steps.chance.randrange(7, 17))
        else:
            fields[PersonField.ACCOUNTS] = f"Kijani Chat: invented_{steps.chance.randrange(10**6)}"
        told = PersonTold(part, sex=steps.chance.choice([Sex.FEMALE, Sex.MALE]), fields=fields)
        acts.add_person(
            steps.number, told, form_key=os.urandom(16), by=officer, now=steps.later(0.2), keys=steps.keys
        )
    _assess(steps, officer)
    _promise(steps, officer)
    if steps.chance.random() < 0.3:
        _court(steps, officer)


def _assess(steps: "Steps", officer: Officer) -> None:
    questions = reads.risk_questions(reads.risk_form())
    answers = {question: steps.chance.choice(options).id for question, options in questions.options.items()}
    acts.assess_risk(
        steps.number,
        answers,
        level="",
        reason="",
        form_key=os.urandom(16),
        by=officer,
        now=steps.later(0.2),
        keys=steps.keys,
    )


def _promise(steps: "Steps", officer: Officer) -> None:
    at, key = steps.later(0.2), os.urandom
    need = steps.chance.choice(reads.care_items("need")).code
    acts.set_need(steps.number, need, NeedState.ARRANGED, by=officer, now=at)
    goal, task = steps.chance.choice(GOALS), steps.chance.choice(TASKS)
    due = at.date() + timedelta(days=steps.chance.randrange(1, 10))
    acts.add_goal(steps.number, goal, due, form_key=key(16), by=officer, now=at, keys=steps.keys)
    acts.give_task(steps.number, task, officer.id, due, form_key=key(16), by=officer, now=at, keys=steps.keys)
    first = reads.care_items("safety")[0].code
    safe = {first: steps.chance.choice(SAFE)}
    acts.write_safety_plan(steps.number, safe, form_key=key(16), by=officer, now=at, keys=steps.keys)


def _court(steps: "Steps", officer: Officer) -> None:
    at = steps.later(24)
    acts.add_court(
        steps.number,
        reads.care_items("session")[0].code,
        at.date(),
        outcome="",
        order="",
        next_on=at.date() + timedelta(days=30),
        text="An invented court, matter 17.",
        form_key=os.urandom(16),
        by=officer,
        now=at,
        keys=steps.keys,
    )
    if provisions := law.provisions():
        acts.name_offence(
            steps.number,
            steps.chance.choice(provisions).pack_id,
            at.date() - timedelta(days=3),
            "By what was told.",
            form_key=os.urandom(16),
            by=officer,
            now=at,
            keys=steps.keys,
        )


def end_plan(steps: "Steps", officer: Officer) -> None:
    """Say what became of everything that was planned, so that the case can end."""
    case = reads.case_for(steps.number, Action.CASE_PLAN, by=officer)
    at = steps.later(0.5)
    for task in reads.case_tasks(case):
        acts.end_task(steps.number, task.id, by=officer, now=at)
    for goal in reads.goals_of(case):
        acts.end_goal(steps.number, goal.id, GoalState.REACHED, by=officer, now=at)
    for need in reads.needs_of(case):
        acts.set_need(steps.number, need.item.code, NeedState.GIVEN, by=officer, now=at)


def put_on_duty(people: Sequence[Officer], *, now: datetime) -> None:
    """Put the people who watch the queue on duty for a week, in turns, two at a time."""
    planners = [who for who in people if may_at_all(who, Action.DUTY_PLAN)]
    if not planners:
        return
    planner = planners[0]
    able = [id for id, _ in reads.watchers(planner.organisation, now=now)]
    begin = now.replace(minute=0, second=0, microsecond=0)
    for turn in range(21):
        start = begin + turn * SHIFT
        for rank, place in ((Rank.FIRST, turn), (Rank.SECOND, turn + 1)):
            if rank is Rank.FIRST or len(able) > 1:
                person = able[place % len(able)]
                acts.add_shift(person, rank, start, start + SHIFT, by=planner, now=now)
