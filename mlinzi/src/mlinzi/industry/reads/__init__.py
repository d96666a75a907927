"""What providers and their regulator see, through an officer's eyes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Relation, allowed
from mlinzi.deadlines import reads as deadlines
from mlinzi.deadlines.rules import Clock, due_at
from mlinzi.directory import reads as directory
from mlinzi.industry.models import Duty, Passed
from mlinzi.industry.rules import Action, Came, Standing, Step, missing_steps, standing
from mlinzi.intake import reads as intake
from mlinzi.intake.acts import state_of
from mlinzi.kernel.errors import NotFound

SPAN = timedelta(days=90)
"""Over how long a standing is counted."""


def own_provider(action: Action, *, by: Officer) -> directory.OneProvider:
    """The provider that an officer works for. Raises `NotFound` without the right, or for no provider."""
    mine = Relation(organisations=frozenset({by.organisation})) if by.organisation else Relation()
    if not allowed(by, action, mine) or not by.organisation:
        raise NotFound
    return directory.provider_of(by.organisation)


@dataclass(frozen=True)
class Receipt:
    """A report as its provider sees it.

    Args:
        state: "open", "finished", "read" or "retracted". warnings: how many rules of the format it breaks.
        by_hand: whether somebody filled in our own form.
    """

    number: int
    live: bool
    by_hand: bool
    state: str
    opened_at: datetime
    finished_at: datetime | None
    warnings: int
    files: int


def receipts(*, by: Officer, after: str = "") -> tuple[list[Receipt], str]:
    """The reports and tests of an officer's own provider, the newest first, and the next page's cursor."""
    own = own_provider(Action.REPORT_SEE, by=by)
    rows, cursor = intake.provider_reports(str(own.organisation.uuid), after=after)
    found = [
        Receipt(
            number=one.row.pk,
            live=one.row.live,
            by_hand=one.row.credential.page,
            state=state_of(one.row),
            opened_at=one.row.opened_at,
            finished_at=one.row.finished_at,
            warnings=one.row.findings,
            files=one.files,
        )
        for one in rows
    ]
    return found, cursor


@dataclass(frozen=True)
class StepShown:
    """A step on a provider's page; `passed` is None for one that is left."""

    step: Step
    passed: Passed | None


@dataclass(frozen=True)
class Readiness:
    """How far a provider is."""

    steps: tuple[StepShown, ...]

    @property
    def missing(self) -> tuple[Step, ...]:
        return missing_steps(one.step for one in self.steps if one.passed)


def readiness(provider: directory.OneProvider) -> Readiness:
    """How far a provider is, of what was seen so far. The caller asked for the right."""
    rows = {row.step: row for row in Passed.objects.filter(organisation=provider.organisation)}
    return Readiness(tuple(StepShown(step, rows.get(step)) for step in Step))


def duty() -> Duty | None:
    """The duty to report, as the pack names it; None where it names none."""
    return Duty.objects.filter(pack_id="report").first()


@dataclass(frozen=True)
class ProviderStanding:
    """A provider, and how it met the duty; `provider` is None where it told nothing of itself yet."""

    name: str
    provider: directory.OneProvider | None
    standing: Standing


def standings(*, by: Officer, now: datetime, limit: int = 500) -> list[ProviderStanding]:
    """How the providers that an officer may see met the duty within `SPAN`, by name. A provider's people see
    their own, a regulator sees all.
    """
    mine = access.visible(by, Action.STANDING_SEE, organisations=("uuid",))
    houses = list(directory.providers().filter(mine)[:limit])
    came: dict[str, list[Came]] = {str(house.uuid): [] for house in houses}
    rule, calendar = duty(), deadlines.calendar()
    for one in intake.arrivals(came, since=now - SPAN, until=now):
        due = None
        if rule and one.aware_at:
            clock = Clock.WORKING if rule.working else Clock.ALWAYS
            due = due_at(one.aware_at, rule.hours, clock, calendar)
        came[one.organisation].append(Came(one.finished_at, one.aware_at, due))
    return [
        ProviderStanding(house.name, getattr(house, "provider", None), standing(came[str(house.uuid)]))
        for house in houses
    ]
