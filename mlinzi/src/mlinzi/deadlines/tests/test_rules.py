"""Hours count round the clock or in the office; the ladder is climbed rung by rung, reminder first."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.deadlines.rules import Clock, Rung, Step, Where, WorkingCalendar, due_at, ladder_of, next_step

NAIROBI = ZoneInfo("Africa/Nairobi")
HOLIDAY = date(2026, 6, 1)  # a Monday
OFFICE = WorkingCalendar(frozenset(range(5)), time(8), time(17), frozenset({HOLIDAY}), "Africa/Nairobi")


def at(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NAIROBI)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at(27, 9), 2, at(27, 11)),  # a Wednesday morning
        (at(27, 16), 2, at(28, 9)),  # over the evening
        (at(27, 5), 2, at(27, 10)),  # before the office opens
        (at(27, 22), 2, at(28, 10)),  # after it closed
        (at(29, 16), 2, at(2, 9, month=6)),  # over a weekend and a holiday
        (at(30, 12), 1, at(2, 9, month=6)),  # on a Saturday
        (at(27, 8), 9, at(27, 17)),  # exactly one working day
        (at(27, 8), 9.5, at(28, 8, 30)),
        (at(27, 17), 1, at(28, 9)),  # at the moment of closing
        (at(27, 8), 45, at(3, 17, month=6)),
    ],
)
def test_working_hours(start: datetime, hours: float, due: datetime) -> None:
    assert due_at(start, hours, Clock.WORKING, OFFICE) == due
    assert due_at(start.astimezone(UTC), hours, Clock.WORKING, OFFICE) == due


MOMENTS = st.integers(0, 480_000).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(MOMENTS, st.floats(0.1, 60))
def test_a_due_time_lies_in_the_office_and_never_before_the_round_the_clock_one(
    start: datetime, hours: float
) -> None:
    due = due_at(start, hours, Clock.WORKING, OFFICE).astimezone(NAIROBI)
    assert due.weekday() < 5
    assert due.date() != HOLIDAY
    assert OFFICE.opens <= due.time() <= OFFICE.closes
    assert due >= due_at(start, hours, Clock.ALWAYS, OFFICE) - timedelta(milliseconds=1)


@given(MOMENTS, st.floats(0.1, 20), st.floats(0.1, 20))
def test_more_hours_are_never_due_sooner(start: datetime, some: float, more: float) -> None:
    assert due_at(start, some + more, Clock.WORKING, OFFICE) >= due_at(start, some, Clock.WORKING, OFFICE)


@pytest.mark.parametrize(
    "calendar",
    [
        WorkingCalendar(frozenset(), time(8), time(17), frozenset(), "UTC"),
        WorkingCalendar(frozenset({0}), time(17), time(8), frozenset(), "UTC"),
    ],
)
def test_a_calendar_that_never_works_is_refused_and_does_not_count_for_ever(
    calendar: WorkingCalendar,
) -> None:
    with pytest.raises(ValueError, match=r"mend calendar\.yaml"):
        due_at(at(27, 9), 1, Clock.WORKING, calendar)
    assert due_at(at(27, 9), 1, Clock.ALWAYS, calendar) == at(27, 10)


LADDER = (Rung(0, "", Where.ASSIGNEE), Rung(2, "supervisor", Where.NATIONAL))
DUE = at(27, 12)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("remind", "climbed", "reminded", "step"),
    [
        (HOUR, 0, False, Step(at(27, 11), -1, reminder=True)),
        (HOUR, 0, True, Step(at(27, 12), 0)),
        (timedelta(0), 0, False, Step(at(27, 12), 0)),
        (HOUR, 1, True, Step(at(27, 14), 1)),
        (HOUR, 2, True, None),
    ],
)
def test_steps(remind: timedelta, climbed: int, reminded: bool, step: Step | None) -> None:
    assert next_step(DUE, remind, LADDER, climbed, reminded) == step


def test_a_stored_ladder_is_read_lowest_rung_first() -> None:
    rows = [
        {"after_hours": 2, "role": "supervisor", "where": "national"},
        {"after_hours": 0, "role": "", "where": "assignee"},
    ]
    assert ladder_of(rows) == LADDER
    with pytest.raises(ValueError, match="nowhere"):
        ladder_of([{"after_hours": 0, "role": "", "where": "nowhere"}])
