"""The rules of the desk as tables, and that no sequence of moves leaves the legal edges."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import rules
from mlinzi.casework.rules import (
    Basis,
    CaseState,
    Event,
    Outcome,
    Purpose,
    Reason,
    ReferralFacts,
    ReferralState,
    ReportFacts,
    Shared,
    Urgency,
)
from mlinzi.casework.tests.conftest import TABLE
from mlinzi.intake.rules import Status

CALM = ReportFacts(in_danger="no", base_urgency="low", category="Bullying")


@pytest.mark.parametrize(
    ("facts", "urgency", "words"),
    [
        (replace(CALM, in_danger="yes"), Urgency.HIGH, "in danger now"),
        (replace(CALM, base_urgency="high", category="Extortion"), Urgency.HIGH, "urgent: Extortion"),
        (replace(CALM, base_urgency="medium"), Urgency.MEDIUM, "medium urgency: Bullying"),
        (CALM, Urgency.LOW, "low urgency: Bullying"),
        (replace(CALM, shares_term=1), Urgency.LOW, "low urgency"),
        (replace(CALM, shares_term=2), Urgency.HIGH, "2 other reports name the same"),
        (replace(CALM, in_danger="unknown"), Urgency.MEDIUM, "does not know"),
        (replace(CALM, category="", base_urgency=""), Urgency.MEDIUM, "a person has to read it"),
        (replace(CALM, category="", base_urgency="", in_danger="yes"), Urgency.HIGH, "in danger now"),
    ],
)
def test_urgency_says_why(facts: ReportFacts, urgency: Urgency, words: str) -> None:
    judged = rules.urgency(facts, TABLE)
    assert judged.urgency is urgency
    assert words in judged.sentence


@given(
    st.sampled_from(["yes", "no", "unknown"]),
    st.sampled_from(["high", "medium", "low", ""]),
    st.sampled_from(["", "Bullying"]),
    st.integers(0, 50),
)
def test_danger_now_is_always_high_and_more_reports_never_calm(
    danger: str, base: str, category: str, shares: int
) -> None:
    facts = ReportFacts(danger, base, category, shares)
    judged = rules.urgency(facts, TABLE)
    assert judged.sentence.endswith(".")
    if danger == "yes":
        assert judged.urgency is Urgency.HIGH
    more = rules.urgency(replace(facts, shares_term=shares + 1), TABLE)
    assert rules.URGENCY_ORDER[more.urgency] <= rules.URGENCY_ORDER[judged.urgency]


def test_every_state_has_its_edges_and_every_edge_leads_to_a_state() -> None:
    assert set(rules.CASE_MOVES) == set(CaseState)
    assert set(rules.REFERRAL_MOVES) == set(ReferralState)
    assert set().union(*rules.CASE_MOVES.values()) <= set(CaseState)
    ends = {state for state, moves in rules.REFERRAL_MOVES.items() if not moves}
    assert ends == set(ReferralState) - rules.OPEN_REFERRALS


@given(st.lists(st.sampled_from(list(CaseState)), max_size=40))
def test_no_sequence_of_wishes_takes_a_case_off_the_legal_edges(wishes: list[CaseState]) -> None:
    state, path = CaseState.NEW, [CaseState.NEW]
    for wish in wishes:
        reasons = rules.why_not_move(state, wish)
        assert bool(reasons) != (wish in rules.CASE_MOVES[state])
        if not reasons:
            state = wish
            path.append(state)
    assert CaseState.NEW not in path[1:]
    assert all(b in rules.CASE_MOVES[a] for a, b in pairwise(path))


@given(
    st.lists(
        st.tuples(st.sampled_from(list(ReferralState)), st.sampled_from(["", "  ", "because"])), max_size=40
    )
)
def test_no_sequence_of_answers_takes_a_referral_off_the_legal_edges(
    wishes: list[tuple[ReferralState, str]],
) -> None:
    state, ended = ReferralState.SENT, False
    for wish, reason in wishes:
        if rules.why_not_answer(state, wish, reason=reason):
            continue
        assert not ended
        assert wish in rules.REFERRAL_MOVES[state]
        assert wish is ReferralState.ACCEPTED or reason.strip()
        state, ended = wish, wish not in rules.OPEN_REFERRALS


GOOD = ReferralFacts(
    shared=frozenset({Shared.AREA}), note="", basis=Basis.CONSENT, has_service=True, gives_service=True
)


@pytest.mark.parametrize(
    ("state", "facts", "words"),
    [
        (CaseState.OPEN, GOOD, None),
        (CaseState.REFERRED, GOOD, None),
        (CaseState.OPEN, replace(GOOD, shared=frozenset(), note="Call us."), None),
        (CaseState.NEW, GOOD, "Take the case first"),
        (CaseState.CLOSED, GOOD, "open it again first"),
        (CaseState.OPEN, replace(GOOD, has_service=False), "Choose the service"),
        (CaseState.OPEN, replace(GOOD, gives_service=False), "does not offer"),
        (CaseState.OPEN, replace(GOOD, to_self=True), "in your own organisation"),
        (CaseState.OPEN, replace(GOOD, answerable=False), "Nobody of this organisation"),
        (CaseState.OPEN, replace(GOOD, open_already=True), "open referral of this case"),
        (CaseState.OPEN, replace(GOOD, shared=frozenset(), note=" "), "Share at least one thing"),
        (CaseState.OPEN, replace(GOOD, note="x" * (rules.NOTE_LIMIT + 1)), "longer than"),
        (CaseState.OPEN, replace(GOOD, basis=""), "on what ground"),
    ],
)
def test_a_referral_is_refused_with_the_reason(
    state: CaseState, facts: ReferralFacts, words: str | None
) -> None:
    reasons = rules.why_not_refer(state, facts)
    assert (not reasons) if words is None else any(words in reason for reason in reasons)


@pytest.mark.parametrize(
    ("state", "assignee", "words"),
    [
        (CaseState.NEW, "", None),
        (CaseState.OPEN, "me", None),
        (CaseState.OPEN, "her", "Otieno has taken this case already"),
        (CaseState.CLOSED, "", "closed"),
    ],
)
def test_taking(state: CaseState, assignee: str, words: str | None) -> None:
    reasons = rules.why_not_take(state, assignee=assignee, taker="me", assignee_name="Otieno")
    assert (not reasons) if words is None else words in reasons[0]


def test_what_a_closed_case_refuses() -> None:
    closed = CaseState.CLOSED
    assert rules.why_not_assign(closed, can_work=True)
    assert rules.why_not_judge(closed, reason=Reason.MISJUDGED)
    assert rules.why_not_note(closed, "text")
    assert rules.why_not_file(closed, 10)
    assert rules.why_not_tell(closed, "text")
    assert rules.why_not_take_apart(closed, reports=2)
    assert rules.why_not_close(closed, open_referrals=0, outcome=Outcome.HELPED)
    assert not rules.why_not_reopen(closed, reason=Reason.REPORTER_WROTE)
    for state in set(CaseState) - {closed}:
        assert not rules.why_not_assign(state, can_work=True)
        assert not rules.why_not_judge(state, reason=Reason.MISJUDGED)
        assert not rules.why_not_note(state, "text")
        assert not rules.why_not_take_apart(state, reports=2)
        assert rules.why_not_take_apart(state, reports=1)
        assert not rules.why_not_file(state, 10)
        assert not rules.why_not_close(state, open_referrals=0, outcome=Outcome.HELPED)
        assert rules.why_not_reopen(state, reason=Reason.REPORTER_WROTE)


def test_texts_have_a_beginning_and_an_end() -> None:
    state = CaseState.OPEN
    assert rules.why_not_note(state, " \n")
    assert rules.why_not_note(state, "x" * (rules.NOTE_LIMIT + 1))
    assert rules.why_not_tell(state, "")
    assert rules.why_not_tell(state, "x" * (rules.ANSWER_LIMIT + 1))
    assert not rules.why_not_tell(state, "x" * rules.ANSWER_LIMIT)
    assert rules.why_not_tell(CaseState.NEW, "text")
    assert "one reporter only" in rules.why_not_tell(state, "x", reports=2, own_words=True, to_all=True)[0]
    for fits in ({"reports": 1}, {"own_words": False}, {"to_all": False}):
        told = {"reports": 2, "own_words": True, "to_all": True, **fits}
        assert not rules.why_not_tell(state, "x", **told)  # type: ignore[arg-type]
    assert rules.why_not_answer(
        ReferralState.SENT, ReferralState.DECLINED, reason="x" * (rules.NOTE_LIMIT + 1)
    )


def test_files_have_a_size() -> None:
    assert not rules.why_not_file(CaseState.OPEN, rules.FILE_LIMIT)
    assert "25 MB" in rules.why_not_file(CaseState.OPEN, rules.FILE_LIMIT + 1)[0]
    assert "empty" in rules.why_not_file(CaseState.OPEN, 0)[0]


def test_choices_from_closed_lists() -> None:
    assert rules.why_not_judge(CaseState.OPEN, reason="because")
    assert rules.why_not_reopen(CaseState.CLOSED, reason="")
    assert rules.why_not_close(CaseState.OPEN, open_referrals=0, outcome="finished")
    assert rules.why_not_close(CaseState.REFERRED, open_referrals=1, outcome=Outcome.HELPED)
    assert rules.why_not_assign(CaseState.OPEN, can_work=False)
    assert Purpose.REFERRAL not in rules.purposes_for_case()
    assert Purpose.TRIAGE not in rules.purposes_for_referral()


def test_the_judgement_of_an_officer_says_why() -> None:
    for reason in Reason:
        assert rules.judged_by_officer(Urgency.LOW, reason).sentence.startswith(
            "An officer set this urgency because"
        )


@pytest.mark.parametrize(
    ("event", "left", "status"),
    [
        (Event.TAKEN, [], Status.BEING_READ),
        (Event.REFERRED, [ReferralState.SENT], Status.PASSED_ON),
        (Event.ACCEPTED, [ReferralState.ACCEPTED], Status.BEING_HELPED),
        (Event.ANSWERED, [], Status.ANSWERED),
        (Event.CLOSED, [], Status.CLOSED),
        (Event.REOPENED, [], Status.BEING_READ),
        (Event.ENDED_WITHOUT_HELP, [], Status.BEING_READ),
        (Event.ENDED_WITHOUT_HELP, [ReferralState.SENT], Status.PASSED_ON),
        (Event.ENDED_WITHOUT_HELP, [ReferralState.SENT, ReferralState.ACCEPTED], Status.BEING_HELPED),
    ],
)
def test_what_the_reporter_reads_after_an_event(
    event: Event, left: list[ReferralState], status: Status
) -> None:
    assert rules.status_after(event, left) is status


def test_the_shared_copy_ends_with_the_referral() -> None:
    for state in ReferralState:
        assert bool(rules.why_not_open_copy(state)) == (state not in rules.OPEN_REFERRALS)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_form_key_is_bound_to_case_and_person(one: bytes, other: bytes) -> None:
    held = rules.form_digest("case", "amina", one)
    assert (rules.form_digest("case", "amina", other) == held) == (one == other)
    assert held != rules.form_digest("case", "otieno", one)
    assert held != rules.form_digest("other", "amina", one)
