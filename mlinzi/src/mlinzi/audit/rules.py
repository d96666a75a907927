"""How an entry becomes bytes, and what may stand in one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from kinga.auditlog import canonical


class Action(StrEnum):
    """What this room's pages ask for."""

    LOG_SEE = "audit.log.see"


Detail = str | int | bool | None


@dataclass(frozen=True)
class EntryFacts:
    """An entry as a value: what the log's leaf is computed from."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str
    organisation: str
    action: str
    object_type: str
    object_id: str
    purpose: str
    details: Mapping[str, Detail]


def leaf_data(entry: EntryFacts) -> bytes:
    """The bytes under the leaf hash: deterministic JSON, time in UTC to the microsecond."""
    return canonical(
        {
            "id": entry.id,
            "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": [entry.actor_kind, entry.actor_id, entry.organisation],
            "action": entry.action,
            "object": [entry.object_type, entry.object_id],
            "purpose": entry.purpose,
            "details": dict(entry.details),
        }
    )


def why_not_recordable(details: Mapping[str, Detail]) -> list[str]:
    """Reasons against the details of an entry. The log is kept for ever, so it takes codes, never free
    text."""
    reasons = []
    for name, value in details.items():
        if not isinstance(value, str | int | bool | None):
            reasons.append(f"Detail {name} must be a short text, a whole number, true, false or nothing.")
        elif isinstance(value, str) and len(value) > 200:
            reasons.append(f"Detail {name} is longer than 200 characters; the log takes codes, not texts.")
    return reasons
