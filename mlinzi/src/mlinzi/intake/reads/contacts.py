"""Contacts that were counted and make no report, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mlinzi.intake.models import DayCount
from mlinzi.intake.rules import Contact


@dataclass(frozen=True)
class ContactDay:
    """How many contacts of each kind an organisation had on a day."""

    day: date
    counts: Mapping[Contact, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def contacts_by_day(organisation: str, *, until: date, days: int = 8) -> list[ContactDay]:
    """The contacts of one organisation on `until` and the days before it, newest first, none left out."""
    wanted = [until - timedelta(days=back) for back in range(days)]
    names = {f"contact.{contact.value}": contact for contact in Contact}
    rows = DayCount.objects.filter(organisation=organisation, day__in=wanted, what__in=names)
    found = {(row.day, names[row.what]): row.count for row in rows}
    return [ContactDay(day, {contact: found.get((day, contact), 0) for contact in Contact}) for day in wanted]
