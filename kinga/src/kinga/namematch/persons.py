"""A person as a register or a question knows them, and the checks that a record must pass.

Invariants: a `Person` holds only values that can be compared; whatever is missing is None. A fault names the
field and never repeats what stood in it, so that no particulars reach a log.

    >>> person = Person.from_record({"name": "Wanjiru Njeri", "dob": "1984", "sex": "F"})
    >>> person.dob, person.sex, person.nid
    (PartialDate(year=1984, month=0, day=0), 'F', None)
    >>> Person.from_record({"name": "Wanjiru", "dob": "1984-02-31"})
    Traceback (most recent call last):
    kinga.namematch.errors.BadRecord: dob: this day is not in the calendar. Write YYYY-MM-DD, YYYY-MM, YYYY
    or null.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kinga.namematch.errors import BadRecord

LONGEST_TEXT = 300
"""The most characters that any field may have: longer ones are never a name, an ID or a place."""

MOST_ALIASES = 20

OLDEST_YEAR = 1880
"""Nobody alive was born before it; a register may still keep the dead for a while."""

FIELDS = frozenset({"id", "qid", "name", "aliases", "sex", "dob", "nid", "phone", "county"})

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DATE_HELP = "Write YYYY-MM-DD, YYYY-MM, YYYY or null."


class PartialDate(NamedTuple):
    """A date of birth as far as it is known; 0 stands for an unknown month or day."""

    year: int
    month: int
    day: int

    @property
    def number(self) -> int:
        """The date as one number, YYYYMMDD."""
        return self.year * 10000 + self.month * 100 + self.day

    @classmethod
    def parse(cls, text: str, *, latest: datetime.date | None = None) -> "PartialDate":
        """Read `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.

        Raises:
            BadRecord: it is none of them, not in the calendar, before 1880, or after `latest` (by default
            today
                or what the calendar calls today anywhere on earth).
        """
        found = _DATE.fullmatch(text)
        if found is None:
            raise BadRecord(f"dob: this is not a date. {_DATE_HELP}")
        year, month, day = (int(part or 0) for part in found.groups())
        end = latest or (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=14)).date()
        if not OLDEST_YEAR <= year <= end.year:
            raise BadRecord(f"dob: the year is not between {OLDEST_YEAR} and {end.year}. {_DATE_HELP}")
        try:
            first = datetime.date(year, month or 1, day or 1)
        except ValueError:
            raise BadRecord(f"dob: this day is not in the calendar. {_DATE_HELP}") from None
        if first > end or (found[2] is not None and month == 0) or (found[3] is not None and day == 0):
            raise BadRecord(f"dob: this day has not come yet or is not in the calendar. {_DATE_HELP}")
        return cls(year, month, day)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one person. Texts are as they were written; comparison normalises them."""

    name: str
    aliases: tuple[str, ...] = ()
    sex: str | None = None
    dob: PartialDate | None = None
    nid: str | None = None
    phone: str | None = None
    county: str | None = None

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Person":
        """Check a record of the exchange format and return the person in it.

        Args:
            record: `name` (text), and where known `aliases` (list of texts), `sex` (M or F), `dob`, `nid`,
                `phone`, `county` (texts). Null, an empty text and a field left out mean the same: unknown.

        Raises:
            BadRecord: a field is missing, unknown, of the wrong type, too long, or not what it should be.
        """
        if not record.keys() <= FIELDS:
            unknown = sorted(str(name)[:40] for name in record.keys() - FIELDS)
            raise BadRecord(f"unknown field {unknown[0]!r}. Correct its spelling or take it out.")
        name = _text(record, "name")
        if name is None:
            raise BadRecord("name: it is missing. Write the name as a text.")
        if not any(map(str.isalpha, name)):
            raise BadRecord("name: there is no letter in it. Write the name as a text.")
        sex, dob = _text(record, "sex"), _text(record, "dob")
        if sex not in (None, "M", "F"):
            raise BadRecord("sex: it is neither M nor F. Write one of them, or null.")
        born = PartialDate.parse(dob) if dob else None
        nid, phone = _text(record, "nid"), _text(record, "phone")
        return cls(name, _aliases(record), sex, born, nid, phone, _text(record, "county"))


def _text(record: Mapping[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecord(f"{field}: this is not a text. Put it in quotes, or write null.")
    if len(value) > LONGEST_TEXT:
        raise BadRecord(f"{field}: it has {len(value):,} characters; {LONGEST_TEXT} are allowed. Shorten it.")
    return value.strip() or None


def _aliases(record: Mapping[str, Any]) -> tuple[str, ...]:
    given = record.get("aliases")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_ALIASES:
        raise BadRecord(f"aliases: this is not a list of at most {MOST_ALIASES} texts. Write one, or null.")
    found = (_text({"aliases": alias}, "aliases") for alias in given)
    return tuple(alias for alias in found if alias is not None)
