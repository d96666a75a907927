"""Risk, plan, court, and how a case ends: history kept, nothing ends while something is open."""

import os
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, OffenceInCase, RiskAssessment, Task
from mlinzi.casework.rules import (
    CaseState,
    ClosureFacts,
    GoalState,
    NeedState,
    Outcome,
    Reason,
    RiskOption,
    RiskQuestions,
    Urgency,
    assess,
    why_not_assess,
    why_not_end,
)
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_web import browser, key_in, open_it, page, send, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.law import reads as law
from tests.people import AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Letter

FORM = RiskQuestions(
    {
        "near": [RiskOption("yes", 4, "high"), RiskOption("no", 0)],
        "alone": [RiskOption("yes", 3), RiskOption("no", 0)],
        "young": [RiskOption("yes", 3), RiskOption("no", 0)],
    },
    medium_from=3,
    high_from=6,
)
ANSWERS = st.fixed_dictionaries({q: st.sampled_from(["yes", "no"]) for q in FORM.options})


@given(answers=ANSWERS)
def test_the_level_is_that_of_the_points_or_of_one_answer_alone(answers: dict[str, str]) -> None:
    points = sum(
        o.points for q, o in ((q, o) for q in FORM.options for o in FORM.options[q]) if o.id == answers[q]
    )
    found = assess(FORM, answers)
    if answers["near"] == "yes" or points >= 6:
        assert found.level is Urgency.HIGH
    else:
        assert found.level is (Urgency.MEDIUM if points >= 3 else Urgency.LOW)
    assert found.level.value in found.sentence


@given(answers=ANSWERS, question=st.sampled_from(sorted(FORM.options)))
def test_every_question_has_to_be_answered(answers: dict[str, str], question: str) -> None:
    del answers[question]
    assert why_not_assess(CaseState.OPEN, FORM, answers, level="", reason="")


def test_another_level_than_the_answers_give_needs_a_reason() -> None:
    answers = dict.fromkeys(FORM.options, "no")
    assert why_not_assess(CaseState.OPEN, FORM, answers, level="high", reason="")
    assert not why_not_assess(CaseState.OPEN, FORM, answers, level="high", reason="I was there.")
    assert not why_not_assess(CaseState.OPEN, FORM, answers, level="low", reason="")


@given(
    facts=st.builds(
        ClosureFacts,
        open_referrals=st.integers(0, 2),
        open_tasks=st.integers(0, 2),
        open_goals=st.integers(0, 2),
        open_needs=st.integers(0, 2),
        unexplained=st.integers(0, 2),
        high=st.booleans(),
        agreed=st.booleans(),
    )
)
@example(facts=ClosureFacts(0, 0, 0, 0, 0, high=True, agreed=False))
@example(facts=ClosureFacts(0, 0, 0, 0, 0, high=True, agreed=True))
def test_a_case_ends_only_when_nothing_is_open(facts: ClosureFacts) -> None:
    nothing_open = not any(
        (facts.open_referrals, facts.open_tasks, facts.open_goals, facts.open_needs, facts.unexplained)
    )
    allowed = nothing_open and (facts.agreed or not facts.high)
    assert (why_not_end(CaseState.OPEN, facts, outcome=Outcome.HELPED) == []) is allowed


def assessed(desk: Desk, case: Case, *, level: str = "", reason: str = "", worst: bool = False) -> None:
    questions = reads.risk_questions(reads.risk_form())
    pick = max if worst else min
    answers = {q: pick(options, key=lambda o: o.points).id for q, options in questions.options.items()}
    acts.assess_risk(
        case.number,
        answers,
        level=level,
        reason=reason,
        form_key=os.urandom(16),
        by=desk.officer(AMINA),
        now=now(),
        keys=keyring(),
    )


def test_assessments_are_kept_and_the_newest_counts(desk: Desk) -> None:
    case = desk.taken()
    assessed(desk, case, worst=True)
    assessed(desk, case)
    case.refresh_from_db()
    assert case.risk == "low"
    assert [r.level for r in reads.risks_of(case)] == ["low", "high"]
    with pytest.raises(Refused, match="why the level"):
        assessed(desk, case, level="high")
    assessed(desk, case, level="high", reason="She did not dare to answer.")
    newest = reads.risks_of(case)[0]
    assert (newest.by_rule, newest.level) == ("low", "high")
    assert b"dare" not in bytes(newest.answers)


def test_a_case_of_high_risk_ends_with_two_people_and_not_by_an_old_agreement(desk: Desk) -> None:
    case = desk.taken()
    assessed(desk, case, worst=True)
    amina = desk.officer(AMINA)
    with pytest.raises(Refused, match="second person"):
        acts.close(case.number, Outcome.HELPED, by=amina, now=now())
    desk.may_close(case)
    acts.close(case.number, Outcome.HELPED, by=amina, now=now())
    acts.reopen(case.number, Reason.NEW_INFORMATION, by=amina, now=now())
    with pytest.raises(Refused, match="second person"):
        acts.close(case.number, Outcome.HELPED, by=amina, now=now())


def test_what_is_open_is_named_when_a_case_shall_end(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()

    def key() -> bytes:
        return os.urandom(16)

    tomorrow = now().date() + timedelta(days=1)
    acts.set_need(case.number, reads.care_items("need")[0].code, NeedState.NEEDED, by=amina, now=now())
    acts.add_goal(case.number, "Safe at home", None, form_key=key(), by=amina, now=now(), keys=keys)
    acts.give_task(
        case.number,
        "Call the school",
        AMINA_ID(desk),
        tomorrow,
        form_key=key(),
        by=amina,
        now=now(),
        keys=keys,
    )
    with pytest.raises(Refused, match="1 tasks are not done") as refused:
        acts.close(case.number, Outcome.HELPED, by=amina, now=now())
    assert "goals" in str(refused.value)
    assert "needs" in str(refused.value)
    acts.set_need(case.number, reads.care_items("need")[0].code, NeedState.GIVEN, by=amina, now=now())
    acts.end_goal(case.number, reads.goals_of(case)[0].id, GoalState.REACHED, by=amina, now=now())
    acts.end_task(case.number, Task.objects.get().id, by=amina, now=now())
    assert acts.close(case.number, Outcome.HELPED, by=amina, now=now()).state == CaseState.CLOSED


def AMINA_ID(desk: Desk) -> str:
    return desk.officer(AMINA).id


def test_a_task_goes_to_somebody_who_can_do_it(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()
    day = now().date() + timedelta(days=2)

    def give(who: str, on: date = day) -> None:
        to = desk.officer(who).id
        acts.give_task(
            case.number, "Call the aunt", to, on, form_key=os.urandom(16), by=amina, now=now(), keys=keys
        )

    with pytest.raises(Refused, match="somebody else"):
        give(CHAO)
    with pytest.raises(Refused, match="over"):
        give(OTIENO, now().date() - timedelta(days=1))
    give(OTIENO)
    assert Letter.objects.filter(about="task").count() == 1
    assert [t.case_id for t in reads.tasks_of(by=desk.officer(OTIENO))] == [case.id]
    assert reads.tasks_of(by=amina) == []


def test_an_offence_shows_the_law_of_its_day(desk: Desk) -> None:
    case, amina, keys = desk.taken(), desk.officer(AMINA), keyring()
    provision = law.provisions()[0].pack_id
    yesterday = now().date() - timedelta(days=1)

    def name(on: date) -> None:
        acts.name_offence(
            case.number,
            provision,
            on,
            "By what was told.",
            form_key=os.urandom(16),
            by=amina,
            now=now(),
            keys=keys,
        )

    with pytest.raises(Refused, match="future"):
        name(now().date() + timedelta(days=3))
    name(yesterday)
    with pytest.raises(Refused, match="already"):
        name(yesterday)
    found = reads.offences_of(case)[0]
    assert found.provision.pack_id == provision
    assert found.state == law.state_of(provision, on=yesterday)
    acts.remove_offence(case.number, found.row.id, by=amina, now=now())
    assert reads.offences_of(case) == []
    assert OffenceInCase.objects.count() == 1, "the row stays"
    with pytest.raises(NotFound):
        acts.name_offence(
            case.number,
            "no_such_law",
            yesterday,
            "x",
            form_key=os.urandom(16),
            by=amina,
            now=now(),
            keys=keys,
        )


def test_plan_and_court_by_clicks(desk: Desk) -> None:
    number = desk.taken().number
    amina = browser(desk, AMINA)

    def fill(name: str, **data: str) -> None:
        asked = page(amina, name, number)
        given = {**({"form_key": key_in(asked)} if "form_key" in asked.content.decode() else {}), **data}
        answer = send(amina, name, number, **given)
        assert answer.status_code == 302, (name, text_of(answer)[-500:])

    questions = reads.risk_form().questions
    fill("risk", **{f"q_{q['id']}": q["options"][0]["id"] for q in questions})
    fill("need", need=reads.care_items("need")[0].code, state="needed")
    fill("goal", text="Safe at home", by_when="2031-01-31")
    fill("review_plan", text="It goes well.", next_on="2031-01-31")
    fill("task", title="Call the school", to=desk.officer(AMINA).id, due_on="2031-01-31")
    fill("safety", h_where_to_go="To my aunt.", h_signal="Mango")
    fill("session", session="plea", on="2026-01-05", next_on="2026-02-05", text="Court 3, number 17")
    fill("offence", provision=law.provisions()[0].pack_id, on="2026-01-05", why="By what was told.")
    fill("prosecution", prosecution="pending")
    for name in ("plan", "court"):
        shut = text_of(page(amina, name, number))
        assert not any(word in shut for word in ("Safe at home", "Mango", "Court 3", "By what was told"))
    open_it(amina, number)
    plan, court = text_of(page(amina, "plan", number)), text_of(page(amina, "court", number))
    assert all(word in plan for word in ("Safe at home", "It goes well.", "Call the school", "Mango", "High"))
    assert all(word in court for word in ("Court 3, number 17", "By what was told.", "Pending", "Plea"))
    late = send(amina, "session", number, form_key="k", session="plea", on="2026-02-05", next_on="2026-01-05")
    assert late.status_code == 422
    assert "lies before this one" in text_of(late)
    assert "Safe at home" not in text_of(page(browser(desk, WANJIKU), "plan", number)), (
        "she has not opened it"
    )
    for name in ("plan", "court", "risk", "goal", "session"):
        assert page(browser(desk, CHAO), name, number).status_code == 404
    assert RiskAssessment.objects.count() == 1
