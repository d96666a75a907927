"""When something is due, and who is told when it is not done. Pure: times and calendars are arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Clock(StrEnum):
    ALWAYS = "always"
    WORKING = "working"


class Where(StrEnum):
    """Where the person to be told is looked for."""

    ASSIGNEE = "assignee"
    DUTY = "duty"
    SAME_ORGANISATION = "same_organisation"
    AREA = "area"
    NATIONAL = "national"


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: so many hours after the due time, people of this role are told.

    `role`: a role of the pack; where somebody on duty is meant, whether the first or the second.
    """

    after_hours: float
    role: str
    where: Where


@dataclass(frozen=True)
class WorkingCalendar:
    """When an office works: weekdays (Monday is 0), hours of the day, days off, and the time zone they are
    meant in.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date]
    time_zone: str


def due_at(start: datetime, hours: float, clock: Clock, calendar: WorkingCalendar) -> datetime:
    """The moment by which something is due, counted from `start` (aware).

    With `Clock.WORKING` only the hours in which the office works are counted; a start outside them counts
    from the next opening. Raises `ValueError` for a calendar that never works, which would count for ever.
    """
    if clock is Clock.ALWAYS:
        return start + timedelta(hours=hours)
    if not calendar.weekdays or calendar.opens >= calendar.closes:
        raise ValueError("The working calendar has no working hours; mend calendar.yaml of the pack.")
    left = timedelta(hours=hours)
    zone = ZoneInfo(calendar.time_zone)
    at = start.astimezone(zone)
    while True:
        opens = datetime.combine(at.date(), calendar.opens, zone)
        closes = datetime.combine(at.date(), calendar.closes, zone)
        if _works_on(at.date(), calendar) and at < closes:
            at = max(at, opens)
            if left <= closes - at:
                return (at + left).astimezone(start.tzinfo)
            left -= closes - at
        at = datetime.combine(at.date() + timedelta(days=1), time.min, zone)


def _works_on(day: date, calendar: WorkingCalendar) -> bool:
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def ladder_of(rungs: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """The ladder from its stored form, lowest rung first."""
    ladder = [Rung(float(r["after_hours"]), str(r["role"]), Where(r["where"])) for r in rungs]
    return tuple(sorted(ladder, key=lambda rung: rung.after_hours))


@dataclass(frozen=True)
class Step:
    """What a deadline does next: at `at` the people of `rung` are told; `reminder` before the due time."""

    at: datetime
    rung: int
    reminder: bool = False


def next_step(
    due: datetime, remind_before: timedelta, ladder: Sequence[Rung], climbed: int, reminded: bool
) -> Step | None:
    """The next step of an open deadline; None at the top of the ladder.

    Args:
        climbed: how many rungs were told already.
        reminded: whether the reminder before the due time has gone out.
    """
    if not reminded and remind_before > timedelta(0):
        return Step(due - remind_before, -1, reminder=True)
    if climbed < len(ladder):
        return Step(due + timedelta(hours=ladder[climbed].after_hours), climbed)
    return None
