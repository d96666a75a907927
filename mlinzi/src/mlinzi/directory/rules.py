"""What this room's pages ask for, and what an organisation's entry tells. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LINE_LIMIT = 120
_EARTH_KM = 6371.0


class Action(StrEnum):
    ORGANISATION_SEE = "directory.organisation.see"
    ORGANISATION_EDIT = "directory.organisation.edit"


class Capacity(StrEnum):
    """Whether an organisation can take somebody now."""

    FREE = "free"
    LITTLE = "little"
    FULL = "full"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Told:
    """What an organisation's entry tells.

    Args:
        hours: from when to when somebody is there, by day of the week (see `DAYS`); a span that ends before
            it begins goes on into the next day. always: day and night, then `hours` is empty. contact: who is
            asked for, a function and no name. phone, email: of the office, not of a person.
    """

    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    always: bool = False
    capacity: Capacity = Capacity.UNKNOWN
    contact: str = ""
    phone: str = ""
    email: str = ""


def is_open(told: Told, at: datetime) -> bool | None:
    """Whether somebody is there at a moment of the country's clock; None where no hours are told."""
    if told.always:
        return True
    if not told.hours:
        return None
    today, yesterday, clock = DAYS[at.weekday()], DAYS[at.weekday() - 1], at.time()
    if span := told.hours.get(today):
        begins, ends = span
        if begins <= clock and (clock < ends or ends <= begins):
            return True
    span = told.hours.get(yesterday)
    return bool(span and span[1] <= span[0] and clock < span[1])


def is_stale(verified_on: date | None, *, today: date, after: timedelta) -> bool:
    """Whether an entry has to be asked about: never verified, or longer ago than `after`."""
    return verified_on is None or today - verified_on > after


_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,30}")


def why_not_tell(told: Told) -> list[str]:
    """Reasons against an entry as it was written; empty means yes."""
    reasons = []
    if told.always and told.hours:
        reasons.append("Either somebody is there day and night, or the hours of each day are given.")
    if any(begins == ends for begins, ends in told.hours.values()):
        reasons.append("A day begins and ends at the same time. Leave it empty where nobody is there.")
    if told.phone and not _PHONE.fullmatch(told.phone):
        reasons.append("Write the telephone number with digits and spaces, and a + before a country's.")
    if len(told.contact) > LINE_LIMIT:
        reasons.append(f"Say whom to ask for in at most {LINE_LIMIT} letters.")
    if not (told.phone or told.email):
        reasons.append("Give a telephone number or an e-mail address, so that somebody can be reached.")
    return reasons


def distance_km(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Kilometres between two positions on the globe, in degrees of latitude and longitude; as the crow flies.

    >>> round(distance_km((-1.29, 36.82), (-4.04, 39.67)))
    440
    """
    lat1, lon1, lat2, lon2 = (math.radians(degree) for degree in (*one, *two))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))
