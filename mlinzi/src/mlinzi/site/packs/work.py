"""Parts of a pack that govern the work: roles, the working calendar, deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlinzi.site.packs.basics import (
    ActionName,
    Claim,
    Clock,
    Id,
    Label,
    Line,
    Many,
    Refers,
    Risk,
    Sourced,
    Strict,
    Word,
)
from mlinzi.site.packs.country import AgencyKindId, ServiceId

Scope = Literal["own", "assigned", "unit", "area", "organisation", "national"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RoleId = Annotated[Id, Refers("roles")]
LadderId = Annotated[Id, Refers("ladders")]


class Grant(Strict):
    """A role may do `action` within `scope`; `why` says in one line what part of the work needs it."""

    action: ActionName
    scope: Scope
    why: Annotated[Word, Field(max_length=140)]


class Role(Strict):
    """A part that a person plays, only in organisations of the kinds named."""

    id: Id
    label: Label
    description: Line
    agency_kinds: Annotated[Many[AgencyKindId], Field(min_length=1)]
    grants: Annotated[Many[Grant], Field(min_length=1)]


class Hours(Strict):
    """Office hours of a working day, local time."""

    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the working day closes before it opens; correct opens or closes")
        return self


class FixedHoliday(Sourced):
    """A holiday on the same day every year."""

    name: Label
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]

    @model_validator(mode="after")
    def _the_day_exists(self) -> Self:
        date(2024, self.month, self.day)  # a leap year, so that 29 February counts as a day
        return self


class ListedHoliday(Sourced):
    """A holiday whose date changes from year to year, given for one year."""

    name: Label
    date: date


class SundayRule(Sourced):
    """Whether a holiday that falls on a Sunday moves to the next day that is not a holiday."""

    moves: bool


class Calendar(Strict):
    """`calendar.yaml`: when offices work. What has a risk named in `round_the_clock` never waits for it."""

    working_days: Annotated[Many[Weekday], Field(min_length=1)]
    hours: Hours
    round_the_clock: Annotated[Many[Risk], Field(min_length=1)]
    sunday: SundayRule
    fixed: Many[FixedHoliday]
    listed: Many[ListedHoliday]


class Rung(Strict):
    """Who is told when work is late. after_hours: hours after the due time, by the deadline's own clock.

    where: assignee (whoever holds the work; no role is named), same_organisation (holders of the role in the
    organisation that holds the work), area (holders of the role for the place of the case), national (all
    holders of the role), duty (whoever is on duty there at that moment, of the rank `duty`).
    after_hours: quarters of an hour are possible.
    """

    after_hours: Annotated[float, Field(ge=0, multiple_of=0.25, strict=False)]
    role: RoleId | None = None
    duty: Literal["first", "second"] | None = None
    where: Literal["assignee", "same_organisation", "area", "national", "duty"]

    @model_validator(mode="after")
    def _somebody_is_meant(self) -> Self:
        if (self.where in ("assignee", "duty")) != (self.role is None):
            raise ValueError(
                "a rung names a role unless it tells the assignee or somebody on duty; give a role or say "
                "where: assignee"
            )
        if (self.where == "duty") != (self.duty is not None):
            raise ValueError("a rung for somebody on duty says which; add duty: first or duty: second")
        return self


class Ladder(Strict):
    """Rungs in ascending order; the last one tells somebody at national level, lest lateness go unseen."""

    id: Id
    rungs: Annotated[Many[Rung], Field(min_length=1)]

    @model_validator(mode="after")
    def _climbs_to_the_top(self) -> Self:
        hours = [rung.after_hours for rung in self.rungs]
        if hours != sorted(set(hours)):
            raise ValueError("each rung must come later than the one before; correct after_hours")
        if self.rungs[-1].where != "national":
            raise ValueError("the last rung must tell a role at national level; add one")
        return self


class Deadline(Claim):
    """How long something of this risk may wait, in hours, and whom lateness is told.

    clock: always (every hour counts) or working (only hours of the calendar). reminder_before: hours before
    the due time at which the assignee is reminded.
    """

    risk: Risk
    hours: Annotated[int, Field(ge=1)]
    clock: Literal["always", "working"]
    reminder_before: Annotated[int, Field(ge=0)]
    ladder: LadderId

    @model_validator(mode="after")
    def _the_reminder_comes_in_time(self) -> Self:
        if self.reminder_before >= self.hours:
            raise ValueError(
                "the reminder would come before the work began; make reminder_before less than hours"
            )
        return self


class ServiceDeadline(Deadline):
    """A deadline for one service, in place of the default for its risk."""

    service: ServiceId


def at_risk(rows: Iterable[Deadline], risk: Risk) -> Deadline | None:
    """The row for a risk; none if the pack forgot it."""
    return next((row for row in rows if row.risk == risk), None)


class Deadlines(Strict):
    """`deadlines.yaml`.

    triage: from arrival until an analyst has decided. glass_review: from a case that was opened in need
    until a supervisor has judged it. on_the_day: from the beginning of a day that somebody chose (for the
    next look at a plan, for a task, for help that goes on) until it is over. help: from a referral's
    acceptance until its receiver has said what was done. orders: from the sending of an order to a company
    until it has answered. referral_defaults and referrals: from sending
    until the receiving organisation has answered; a row for the service wins over the default for the risk.
    """

    ladders: Annotated[Many[Ladder], Field(min_length=1)]
    triage: Many[Deadline]
    glass_review: Many[Deadline]
    on_the_day: Many[Deadline]
    help: Many[Deadline]
    orders: Many[Deadline]
    referral_defaults: Many[Deadline]
    referrals: Many[ServiceDeadline]

    def triage_for(self, risk: Risk) -> Deadline | None:
        """The deadline for triage at this risk; none if the pack forgot it (`checks` reports that)."""
        return at_risk(self.triage, risk)

    def referral_for(self, risk: Risk, service: str) -> Deadline | None:
        """The deadline for a referral: the service's own row, else the default for the risk, else none."""
        own = (row for row in self.referrals if row.risk == risk and row.service == service)
        return next(own, at_risk(self.referral_defaults, risk))

    def rungs_for(self, deadline: Deadline) -> tuple[Rung, ...]:
        """The ladder of a deadline; empty if its ladder is unknown (`checks` reports that)."""
        return next((ladder.rungs for ladder in self.ladders if ladder.id == deadline.ladder), ())
