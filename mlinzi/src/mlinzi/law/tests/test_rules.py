"""What the law was on a day, and what may be said of it in public."""

from datetime import date

import pytest

from mlinzi.law.rules import Certainty, Period, ProvisionState, may_be_public, state_on

ACT = Period(ProvisionState.IN_FORCE, date(2018, 5, 30), None, "commencement")
ORDER = Period(ProvisionState.SUSPENDED, date(2025, 10, 22), date(2026, 3, 1), "an order of the High Court")


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2018, 5, 29), None),
        (date(2018, 5, 30), ProvisionState.IN_FORCE),
        (date(2025, 10, 21), ProvisionState.IN_FORCE),
        (date(2025, 10, 22), ProvisionState.SUSPENDED),
        (date(2026, 2, 28), ProvisionState.SUSPENDED),
        (date(2026, 3, 1), ProvisionState.IN_FORCE),
    ],
)
def test_a_court_order_lies_over_the_text_of_the_law_as_long_as_it_lasts(
    day: date, state: ProvisionState | None
) -> None:
    assert state_on([ACT, ORDER], day).state is state
    assert state_on([ORDER, ACT], day).state is state, "the order of the rows must not matter"


def test_the_answer_says_why() -> None:
    assert "order of the High Court" in state_on([ACT, ORDER], date(2026, 1, 1)).sentence
    assert "No source says" in state_on([], date(2026, 1, 1)).sentence


def test_hearsay_is_public_only_after_a_named_person_promoted_it() -> None:
    assert may_be_public(Certainty.SEEN, "")
    assert not may_be_public(Certainty.PRESS, "")
    assert may_be_public(Certainty.PRESS, "A. Reviewer")
    assert not may_be_public(Certainty.NONE_FOUND, "A. Reviewer")
