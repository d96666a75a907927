"""Questions about what was done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kinga import auditlog
from mlinzi.audit.models import Checkpoint, Entry, Numbered, Verified, Waiting
from mlinzi.audit.rules import EntryFacts, leaf_data


@dataclass(frozen=True)
class Line:
    """One line of a record's history, for people who may see it."""

    at: datetime
    actor_kind: str
    actor_id: str
    organisation: str
    action: str
    purpose: str


def history_of(object_type: str, object_id: object, *, limit: int = 100) -> list[Line]:
    """What was done to a record, newest first. The caller has asked `access` whether the asker may know."""
    entries = Entry.objects.filter(object_type=object_type, object_id=str(object_id)).order_by("-at")[:limit]
    return [Line(e.at, e.actor_kind, e.actor_id, e.organisation, e.action, e.purpose) for e in entries]


def facts_of(entry: Entry) -> EntryFacts:
    return EntryFacts(
        id=str(entry.id),
        at=entry.at,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        organisation=entry.organisation,
        action=entry.action,
        object_type=entry.object_type,
        object_id=entry.object_id,
        purpose=entry.purpose,
        details=entry.details,
    )


def log_entries(*, chunk: int = 5000) -> Iterator[auditlog.Entry]:
    """The numbered log from its first entry, as the verifier takes it. Memory stays flat."""
    rows = Numbered.objects.select_related("entry").order_by("index").iterator(chunk_size=chunk)
    for row in rows:
        yield auditlog.Entry(row.index, leaf_data(facts_of(row.entry)), bytes(row.leaf))


def checkpoint_notes() -> Iterator[str]:
    """All signed heads, smallest first."""
    yield from Checkpoint.objects.order_by("size").values_list("note", flat=True).iterator()


def waiting_count() -> int:
    """Entries without a number. More than a moment's worth means that the sequencer stands still."""
    return Waiting.objects.count()


def published_head() -> str | None:
    """The newest signed head up to which the whole log was checked; None before the first check."""
    row = Verified.objects.select_related("checkpoint").order_by("-at").first()
    return row.checkpoint.note if row else None


def oldest_waiting() -> datetime | None:
    """When the entry was made that has waited longest for its number; None when none waits."""
    first = Waiting.objects.select_related("entry").order_by("arrival").first()
    return first.entry.at if first else None


def last_verified() -> datetime | None:
    """When the whole log was last checked and found whole; None before the first time."""
    newest = Verified.objects.order_by("-at").first()
    return newest.at if newest else None


def numbered_count() -> int:
    """How many entries the log has."""
    last = Numbered.objects.order_by("-index").first()
    return last.index + 1 if last else 0
