"""How readers tell what they met."""

from collections.abc import Callable
from datetime import datetime

from kinga.hashlists.errors import Remark

Tell = Callable[[Remark], None]


def nobody(_: Remark) -> None:
    """For callers that do not ask."""


def zoned(text: str, name: str, what: str, place: str, tell: Tell) -> datetime | None:
    """A moment in ISO 8601 with its zone; None for an empty text, and, told, for what is none or has no zone.

    Args:
        name: of the field. what: it should be, such as "date".
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        tell(Remark(place, f"{name} is no {what}; left out"))
        return None
    if moment.tzinfo is None:
        tell(Remark(place, f"{name} names no time zone; left out"))
        return None
    return moment
