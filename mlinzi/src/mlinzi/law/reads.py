"""Questions about law and facts."""

from dataclasses import dataclass
from datetime import date

from mlinzi.kernel.errors import NotFound
from mlinzi.law.models import Fact, Provision
from mlinzi.law.rules import Certainty, Period, ProvisionState, StateOnDay, state_on


@dataclass(frozen=True)
class FactFacts:
    """A fact as other rooms may show it: always together with its certainty and source."""

    statement: dict[str, str]
    value: str
    unit: str
    certainty: Certainty
    source: str
    as_of: date | None
    reviewer: str
    note: str


def fact(pack_id: str) -> FactFacts:
    """One fact by its pack id. Raises `NotFound`."""
    row = Fact.objects.filter(pack_id=pack_id).first()
    if row is None:
        raise NotFound
    return FactFacts(
        row.statement,
        row.value,
        row.unit,
        Certainty(row.certainty),
        row.source,
        row.as_of,
        row.reviewer,
        row.note,
    )


def state_of(provision_id: str, *, on: date) -> StateOnDay:
    """The state of a provision on a day. Raises `NotFound` where no such provision is known."""
    provision = Provision.objects.filter(pack_id=provision_id).first()
    if provision is None:
        raise NotFound
    periods = [Period(ProvisionState(s.state), s.since, s.until, s.basis) for s in provision.states.all()]
    return state_on(periods, on)
