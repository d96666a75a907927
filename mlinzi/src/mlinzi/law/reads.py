"""Questions about law and facts."""

from collections.abc import Collection
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
    return _state_on(provision, on)


@dataclass(frozen=True)
class ProvisionFacts:
    """A provision as other rooms may name it: of which instrument, its number, what it says in our words."""

    pack_id: str
    instrument: str
    number: str
    summary: str


def in_force(*, on: date) -> list[ProvisionFacts]:
    """The provisions that are known to be in force on a day, by instrument and number.

    Of a provision without a state of its own no more is known than the day on which its instrument commenced;
    it counts from that day on. One of which neither is known does not count.
    """
    rows = Provision.objects.select_related("instrument").prefetch_related("states")
    found = [row for row in rows if _holds(row, on)]
    return [_facts(row) for row in sorted(found, key=lambda row: (row.instrument.title, row.pk))]


def _holds(provision: Provision, on: date) -> bool:
    if provision.states.all():
        return _state_on(provision, on).state is ProvisionState.IN_FORCE
    commenced = provision.instrument.commenced
    return commenced is not None and commenced <= on


def _state_on(provision: Provision, on: date) -> StateOnDay:
    periods = [Period(ProvisionState(s.state), s.since, s.until, s.basis) for s in provision.states.all()]
    return state_on(periods, on)


def provisions() -> list[ProvisionFacts]:
    """All provisions that are known, whatever their state, by instrument and number."""
    rows = Provision.objects.select_related("instrument")
    return [_facts(row) for row in sorted(rows, key=lambda row: (row.instrument.title, row.pk))]


def provisions_by_row(row_ids: Collection[int]) -> dict[int, ProvisionFacts]:
    """Provisions by the row id that a foreign key of another room holds."""
    rows = Provision.objects.select_related("instrument").filter(pk__in=row_ids)
    return {row.pk: _facts(row) for row in rows}


def provision_row(pack_id: str) -> int:
    """The row id of a provision, for a foreign key of another room. Raises `NotFound`."""
    found = Provision.objects.filter(pack_id=pack_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return found


def _facts(row: Provision) -> ProvisionFacts:
    return ProvisionFacts(row.pack_id, row.instrument.title, row.number, row.summary)
