"""The decisions, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.access import rules
from mlinzi.access.rules import (
    Action,
    GrantFacts,
    Officer,
    ProposalFacts,
    Relation,
    Right,
    Scope,
    SessionEnd,
    allowed,
    may_at_all,
)
from mlinzi.kernel.actors import ActorKind

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
NATIONAL_GRANTER = frozenset({Right(Action.PERSON_GRANT, Scope.NATIONAL)})


def officer(
    *rights: Right, id: str = "ada", factor_at: datetime | None = NOW, kind: ActorKind = ActorKind.PERSON
) -> Officer:
    return Officer(kind, id, "org", unit="desk", rights=frozenset(rights), factor_at=factor_at)


@pytest.mark.parametrize(
    ("right", "fits", "does_not_fit"),
    [
        (Right("a", Scope.OWN), Relation(owner="ada"), Relation(owner="bo")),
        (
            Right("a", Scope.ASSIGNED),
            Relation(assigned=frozenset({"ada"})),
            Relation(assigned=frozenset({"bo"})),
        ),
        (Right("a", Scope.UNIT), Relation(unit="desk"), Relation(unit="other")),
        (Right("a", Scope.AREA, "west"), Relation(area="west"), Relation(area="east")),
        (
            Right("a", Scope.ORGANISATION),
            Relation(organisations=frozenset({"org", "x"})),
            Relation(organisations=frozenset({"x"})),
        ),
    ],
)
def test_each_scope_opens_its_own_records_and_no_others(
    right: Right, fits: Relation, does_not_fit: Relation
) -> None:
    assert allowed(officer(right), "a", fits)
    assert not allowed(officer(right), "a", does_not_fit)
    assert not allowed(officer(right), "b", fits), "a right opened another action"
    assert not allowed(officer(right), "a", Relation()), "an empty record matched"
    assert allowed(officer(Right("a", Scope.NATIONAL)), "a", does_not_fit)


@pytest.mark.parametrize("scope", [s for s in Scope if s is not Scope.NATIONAL])
def test_emptiness_never_matches_emptiness(scope: Scope) -> None:
    nobody = Officer(ActorKind.PERSON, "", rights=frozenset({Right("a", scope)}))
    assert not allowed(nobody, "a", Relation(organisations=frozenset({""}))), (
        "two empty values passed for the same organisation"
    )
    assert may_at_all(nobody, "a")
    assert not may_at_all(nobody, "b")


def test_a_factor_is_fresh_for_ten_minutes_and_never_in_the_future() -> None:
    for age, fresh in ((0, True), (10, True), (10.1, False), (-1, False)):
        given_at = NOW - timedelta(minutes=age)
        assert rules.factor_is_fresh(officer(factor_at=given_at), now=NOW) is fresh
    assert not rules.factor_is_fresh(officer(factor_at=None), now=NOW)


@pytest.mark.parametrize(
    ("began", "seen", "end"),
    [
        (60, 0, None),
        (60, 15, None),
        (60, 15.1, SessionEnd.IDLE),
        (12 * 60, 1, None),
        (12 * 60 + 0.1, 1, SessionEnd.OLD),
    ],
)
def test_sessions_end_when_idle_and_when_old(began: float, seen: float, end: SessionEnd | None) -> None:
    ago = [NOW - timedelta(minutes=m) for m in (began, seen)]
    assert rules.why_session_ends(*ago, now=NOW) is end


def test_a_session_that_never_said_when_it_was_seen_ends() -> None:
    assert rules.why_session_ends(NOW, None, now=NOW) is SessionEnd.IDLE
    assert rules.why_session_ends(None, NOW, now=NOW) is SessionEnd.OLD


def test_secrets_and_files_are_not_kept_and_long_texts_are_named() -> None:
    typed = rules.typed_to_keep(
        [
            ("csrfmiddlewaretoken", ["x"]),
            ("old_password", ["secret"]),
            ("code", ["123456"]),
            ("credential", ["{}"]),
            ("note", ["seen today"]),
            ("shared", ["a", "b"]),
            ("long", ["x" * 100_001]),
            ("after", ["still kept"]),
        ],
        files=["photo"],
    )
    assert typed.fields == {"note": ["seen today"], "shared": ["a", "b"], "after": ["still kept"]}
    assert typed.left_out == ("photo", "long")
    assert "seen today" not in repr(typed), "what somebody typed would stand in a log line"


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(st.text(max_size=3000), max_size=4)), max_size=150))
def test_what_is_kept_is_bounded_whatever_is_sent(fields: list[tuple[str, list[str]]]) -> None:
    typed = rules.typed_to_keep(fields)
    size = sum(len(name) + sum(map(len, values)) for name, values in typed.fields.items())
    assert size <= rules.TYPED_CHARACTERS
    assert len(typed.fields) <= rules.TYPED_FIELDS


def proposal(**changes: object) -> ProposalFacts:
    values = {
        "proposed_by": "bo",
        "subject_person": "mirren",
        "expires_at": NOW + timedelta(days=1),
        "decided": False,
    }
    return ProposalFacts(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "about", "sentence"),
    [
        (officer(), proposal(decided=True), "decided already"),
        (officer(), proposal(expires_at=NOW), "has expired"),
        (officer(), proposal(proposed_by="ada"), "a second person has to approve"),
        (officer(), proposal(subject_person="ada"), "This is about you"),
        (officer(kind=ActorKind.PROCESS), proposal(), "Only a person can approve"),
        (officer(factor_at=NOW - timedelta(minutes=11)), proposal(), "Confirm with your second factor"),
    ],
)
def test_who_may_not_approve_is_told_why(by: Officer, about: ProposalFacts, sentence: str) -> None:
    assert rules.why_not_approve(officer(), proposal(), now=NOW) == []
    reasons = rules.why_not_approve(by, about, now=NOW)
    assert len(reasons) == 1
    assert sentence in reasons[0]


def test_a_proposal_needs_a_reason_a_fresh_factor_and_no_twin() -> None:
    assert rules.why_not_propose(officer(), reason="Spoke to her", waits_already=False, now=NOW) == []
    assert rules.why_not_propose(officer(), reason="  ", waits_already=False, now=NOW)
    assert rules.why_not_propose(officer(), reason="x", waits_already=True, now=NOW)
    assert rules.why_not_propose(officer(factor_at=None), reason="x", waits_already=False, now=NOW)


READS = Right("casework.referral.see", Scope.ORGANISATION)
WATCHES = Right("casework.deadline.see", Scope.AREA)


def grant(**changes: object) -> GrantFacts:
    values = {
        "rights": (READS,),
        "expires_at": NOW + timedelta(days=30),
        "same_person": False,
        "kind_fits": True,
        "has_area": False,
        "held": False,
    }
    return GrantFacts(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (grant(ended=True), "has ended"),
        (grant(same_person=True), "to yourself"),
        (grant(kind_fits=False), "kind of organisation"),
        (grant(rights=(WATCHES,)), "choose the area"),
        (grant(has_area=True), "leave the area empty"),
        (grant(rights=()), "carries no rights"),
        (grant(held=True), "holds this role already"),
        (grant(expires_at=NOW), "lie in the future"),
        (grant(expires_at=NOW + timedelta(days=367)), "one year at most"),
        (grant(rights=(Right(Action.PERSON_END, Scope.NATIONAL),)), "national administrator"),
        (grant(rights=(Right(rules.READS_CASES, Scope.NATIONAL),)), "national administrator"),
    ],
)
def test_why_a_role_is_not_given(facts: GrantFacts, sentence: str) -> None:
    giver = officer(Right(Action.PERSON_GRANT, Scope.ORGANISATION))
    assert rules.why_not_grant(giver, grant(), now=NOW) == []
    assert rules.why_not_grant(giver, grant(rights=(WATCHES,), has_area=True), now=NOW) == []
    reasons = rules.why_not_grant(giver, facts, now=NOW)
    assert len(reasons) == 1
    assert sentence in reasons[0]


def test_somebody_who_acts_nationally_may_give_what_acts_nationally() -> None:
    heavy = grant(rights=(Right(Action.PERSON_END, Scope.NATIONAL),))
    national = Officer(ActorKind.PERSON, "corin", rights=NATIONAL_GRANTER)
    assert rules.why_not_grant(national, heavy, now=NOW) == []


@pytest.mark.parametrize(
    ("right", "two", "national"),
    [
        (Right(Action.SELF, Scope.OWN), False, False),
        (READS, False, False),
        (Right(rules.READS_CASES, Scope.ASSIGNED), False, False),
        (Right(rules.READS_CASES, Scope.ORGANISATION), True, False),
        (Right(rules.READS_CASES, Scope.AREA), True, False),
        (Right(rules.READS_CASES, Scope.NATIONAL), True, True),
        (Right(Action.PERSON_LIST, Scope.ORGANISATION), True, False),
        (Right(Action.PROPOSAL_APPROVE, Scope.NATIONAL), True, True),
    ],
)
def test_what_takes_two_people(right: Right, two: bool, national: bool) -> None:
    assert rules.needs_two_people([READS, right]) is two
    assert rules.is_national_matter([READS, right]) is national
