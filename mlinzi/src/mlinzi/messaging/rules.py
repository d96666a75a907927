"""Whether, when and how somebody may be written to."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class MayBeSaid(StrEnum):
    """What a letter may let somebody see who reads over the shoulder."""

    NEUTRAL = "neutral"  # nothing that betrays a report
    SUBJECT = "subject"


@dataclass(frozen=True)
class SafeContact:
    """How a person outside the house wants to be reached. `never` wins over everything."""

    channel: Channel
    never: bool = False
    hours: tuple[time, time] | None = None
    may_be_said: MayBeSaid = MayBeSaid.NEUTRAL
    time_zone: str = "UTC"


def why_not_contact(contact: SafeContact, channel: Channel, said: MayBeSaid) -> list[str]:
    """Reasons that forbid writing at all; empty means yes."""
    reasons = []
    if contact.never:
        reasons.append("This person asked never to be contacted.")
    if contact.channel is not channel:
        reasons.append(f"This person asked to be reached by {contact.channel.value}, not by {channel.value}.")
    if said is MayBeSaid.SUBJECT and contact.may_be_said is MayBeSaid.NEUTRAL:
        reasons.append("This person asked for letters that do not say what they are about.")
    return reasons


def not_before(contact: SafeContact, now: datetime) -> datetime:
    """The first moment from `now` on at which this person may be written to (hours may cross midnight)."""
    if contact.hours is None:
        return now
    opens, closes = contact.hours
    local = now.astimezone(ZoneInfo(contact.time_zone))
    at = local.time()
    inside = opens <= at < closes if opens <= closes else at >= opens or at < closes
    if inside:
        return now
    start = local.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    if start < local:
        start += timedelta(days=1)
    return start.astimezone(now.tzinfo)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When a letter that failed is tried again: 1, 2, 4 … minutes, at most 4 hours apart; None after 12
    tries.
    """
    if attempts >= 12:
        return None
    return now + min(timedelta(minutes=2 ** max(attempts - 1, 0)), timedelta(hours=4))
