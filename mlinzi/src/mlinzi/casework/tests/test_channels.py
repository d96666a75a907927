"""What the channel to the children's case system sends, and what it believes of the answer."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import rules
from mlinzi.casework.channels import DeliveryError, cpims
from mlinzi.casework.channels.cpims import Cpims
from mlinzi.casework.rules import CaseRecord, Failure, GiveUp, NamedRecord, OutgoingState, ReferralState
from mlinzi.casework.tests.standin import SERIAL, TOKEN, StandIn, stand_in
from mlinzi.kernel.clock import now

ZURI = NamedRecord("Zuri", "Mfano", "", date(2014, 3, 9), "female")
BARAKA = NamedRecord("Baraka", "Mfano", "", None, "male")
STRANGER = NamedRecord("Nobody", "Inparticular")
FAMILY = CaseRecord(
    categories=("CCOA", "OAOG"),
    reported_on=date(2026, 11, 26),
    area_number="47",
    narrative="An invented story.",
    children=(ZURI, BARAKA),
    suspects=(STRANGER, STRANGER),
    caregivers=(replace(ZURI, first_name="Mama"),),
)


@pytest.fixture
def there() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


def channel(there: StandIn, timeout: float = 5.0) -> Cpims:
    return Cpims(there.address, TOKEN, timeout=timeout)


# ------------------------------------------------------------------ what is sent
def test_every_child_is_sent_with_all_suspects_and_caregivers() -> None:
    first, second = cpims.messages_of(FAMILY, ["a", "b"])
    assert (first["case_id"], second["case_id"]) == ("a", "b")
    assert (first["child_first_name"], second["child_first_name"]) == ("Zuri", "Baraka")
    assert first["child_dob"] == "2014-03-09"
    assert (first["child_sex"], second["child_sex"], second["child_dob"]) == ("SFEM", "SMAL", "")
    assert first["perpetrator"] == "PKNW"
    assert [len(m["perpetrators"]) for m in (first, second)] == [2, 2]
    assert second["caregivers"][0]["first_name"] == "Mama"
    assert (first["county"], first["constituency"]) == ("047", "")
    assert first["case_category"] == "CCOA"
    [detail] = first["case_details"]
    assert (detail["category"], detail["sub_category"]) == ("CCOA", "OAOG")


def test_two_categories_are_two_and_nobody_named_is_still_one_child() -> None:
    record = replace(FAMILY, categories=("CCCM", "CSCS"), children=(), suspects=())
    [message] = cpims.messages_of(record, ["a"])
    assert [d["category"] for d in message["case_details"]] == ["CCCM", "CSCS"]
    assert message["perpetrator"] == "PUNK"
    assert message["child_surname"] == ""


def test_a_record_shows_no_name_when_printed() -> None:
    assert "Zuri" not in repr(FAMILY)
    assert "story" not in repr(FAMILY)


# ------------------------------------------------------------------ the body decides
@pytest.mark.parametrize(
    ("mood", "failure", "permanent"),
    [
        ("error", Failure.REFUSED, True),
        ("html", Failure.NOT_UNDERSTOOD, False),
        ("nothing", Failure.NOT_UNDERSTOOD, False),
        ("down", Failure.TROUBLE_THERE, False),
        ("busy", Failure.TROUBLE_THERE, False),
        ("other", Failure.OTHER_CASE, True),
        ("moved", Failure.MOVED, True),
    ],
)
def test_a_status_of_200_proves_nothing(there: StandIn, mood: str, failure: str, permanent: bool) -> None:
    there.moods = [mood]
    [message, _] = cpims.messages_of(FAMILY, ["a", "b"])
    with pytest.raises(DeliveryError) as caught:
        channel(there).deliver(message)
    assert (caught.value.failure, caught.value.permanent) == (failure, permanent)
    assert "Zuri" not in f"{caught.value!s}{caught.value!r}"
    assert channel(there).deliver(message).serial == "", "XXXX is no serial"
    there.serials["a"] = SERIAL
    found = channel(there).find("a")
    assert found is not None
    assert found.serial == SERIAL
    assert channel(there).find("c") is None


@pytest.mark.parametrize("mood", ["error", "html", "down", "other", "nothing"])
def test_not_knowing_is_not_nothing(there: StandIn, mood: str) -> None:
    there.moods = [mood]
    with pytest.raises(DeliveryError):
        channel(there).find("a")


def test_a_wrong_token_and_a_deaf_road(there: StandIn) -> None:
    there.token = "another"
    with pytest.raises(DeliveryError) as caught:
        channel(there).find("a")
    assert (caught.value.failure, caught.value.permanent) == (Failure.NOT_ALLOWED, True)
    with pytest.raises(DeliveryError) as caught:
        Cpims("http://127.0.0.1:9", TOKEN, timeout=1).find("a")
    assert (caught.value.failure, caught.value.permanent) == (Failure.UNREACHABLE, False)


def test_the_other_sides_certificate_is_checked() -> None:
    trust = Cpims("https://cpims.invalid", TOKEN)._trust
    assert trust.verify_mode is ssl.CERT_REQUIRED
    assert trust.check_hostname


# ------------------------------------------------------------------ rules
@given(tries=st.integers(1, 20), permanent=st.booleans())
def test_a_failure_is_tried_again_later_or_waits_for_a_person(tries: int, permanent: bool) -> None:
    step = rules.after_failure(tries, permanent=permanent, now=now())
    assert (step.state is OutgoingState.DEAD) == (permanent or tries >= rules.MOST_TRIES)
    if step.state is OutgoingState.FAILED:
        assert step.at > now()


@pytest.mark.parametrize("state", list(OutgoingState))
def test_only_what_waits_for_a_person_is_moved_by_one(state: OutgoingState) -> None:
    dead = state is OutgoingState.DEAD
    assert (rules.why_not_retry(state, ReferralState.SENT) == []) == dead
    assert (rules.why_not_give_up(state, GiveUp.WRONG) == []) == dead
    assert rules.why_not_retry(state, ReferralState.REVOKED)
    assert rules.why_not_give_up(state, "perhaps")
