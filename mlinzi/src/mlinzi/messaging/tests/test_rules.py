"""Safe contact: never means never, hours hold over midnight, a letter does not say more than it may."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.messaging.rules import Channel, MayBeSaid, SafeContact, next_try, not_before, why_not_contact

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("contact", "said", "words"),
    [
        (SafeContact(Channel.MAIL), MayBeSaid.NEUTRAL, None),
        (SafeContact(Channel.MAIL, may_be_said=MayBeSaid.SUBJECT), MayBeSaid.SUBJECT, None),
        (SafeContact(Channel.MAIL, never=True), MayBeSaid.NEUTRAL, "never"),
        (SafeContact(Channel.SMS), MayBeSaid.NEUTRAL, "by sms, not by mail"),
        (SafeContact(Channel.MAIL), MayBeSaid.SUBJECT, "do not say what they are about"),
    ],
)
def test_who_may_be_written_to(contact: SafeContact, said: MayBeSaid, words: str | None) -> None:
    reasons = why_not_contact(contact, Channel.MAIL, said)
    assert (not reasons) if words is None else any(words in reason for reason in reasons)


@pytest.mark.parametrize(
    ("hours", "zone", "expected"),
    [
        (None, "UTC", NOON),
        ((time(8), time(17)), "UTC", NOON),
        ((time(14), time(17)), "UTC", NOON + timedelta(hours=2)),
        ((time(8), time(10)), "UTC", NOON + timedelta(hours=20)),
        ((time(20), time(6)), "UTC", NOON + timedelta(hours=8)),  # at night only
        ((time(20), time(13)), "UTC", NOON),  # over midnight, up to one
        ((time(14), time(17)), "Africa/Nairobi", NOON),  # three in the afternoon there
        ((time(8), time(15)), "Africa/Nairobi", NOON + timedelta(hours=17)),
    ],
)
def test_the_first_moment_allowed(hours: tuple[time, time] | None, zone: str, expected: datetime) -> None:
    assert not_before(SafeContact(Channel.MAIL, hours=hours, time_zone=zone), NOON) == expected


@given(st.integers(0, 525_600), st.integers(0, 23), st.integers(1, 23))
def test_a_letter_waits_less_than_a_day_and_then_may_go(minute: int, opens: int, length: int) -> None:
    hours = (time(opens), time((opens + length) % 24))
    contact = SafeContact(Channel.MAIL, hours=hours, time_zone="Africa/Nairobi")
    now = NOON + timedelta(minutes=minute)
    at = not_before(contact, now)
    assert now <= at < now + timedelta(days=1)
    assert not_before(contact, at) == at


def test_tries_come_slower_and_end() -> None:
    waits = [next_try(attempts, NOON) for attempts in range(1, 13)]
    gaps = [at - NOON for at in waits if at]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (timedelta(minutes=1), timedelta(hours=4))
    assert waits[-1] is None
