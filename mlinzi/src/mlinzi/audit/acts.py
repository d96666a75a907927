"""Write what was done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kinga import auditlog
from mlinzi.audit import reads, rules
from mlinzi.audit.models import Entry, Verified
from mlinzi.audit.rules import Detail
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import OurTurn


def record(
    action: str,
    object_type: str,
    object_id: object,
    *,
    by: Actor,
    now: datetime,
    purpose: str = "",
    details: Mapping[str, Detail] | None = None,
) -> UUID:
    """Add an entry in the caller's transaction.

    Args:
        action: what was done, as `room.noun.verb`.
        object_type, object_id: to what, e.g. ``"casework.case"`` and its id.
        purpose: why, from a closed list of the caller's.
        details: codes and numbers; no free text, nothing that identifies a child or a reporter.

    Returns the entry's id. Raises `OurTurn` when the details could carry free text.
    """
    if reasons := rules.why_not_recordable(details or {}):
        raise OurTurn(" ".join(reasons))
    entry = _entry(action, object_type, object_id, details or {}, by=by, now=now, purpose=purpose)
    entry.save(force_insert=True)
    return entry.id


@dataclass(frozen=True)
class Done:
    """One of many things that an act did; see `record`."""

    action: str
    object_type: str
    object_id: object
    details: Mapping[str, Detail] = field(default_factory=dict)


def record_many(done: Iterable[Done], *, by: Actor, now: datetime) -> int:
    """Add many entries at once in the caller's transaction, in the order given: the same rows as by `record`,
    in fewer trips to the database. Returns how many. Raises `OurTurn` as `record` does, before any is added.
    """
    entries = []
    for one in done:
        if reasons := rules.why_not_recordable(one.details):
            raise OurTurn(" ".join(reasons))
        entries.append(_entry(one.action, one.object_type, one.object_id, one.details, by=by, now=now))
    return len(Entry.objects.bulk_create(entries, batch_size=500))


def _entry(
    action: str,
    object_type: str,
    object_id: object,
    details: Mapping[str, Detail],
    *,
    by: Actor,
    now: datetime,
    purpose: str = "",
) -> Entry:
    return Entry(
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
        organisation=by.organisation,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        purpose=purpose,
        details=dict(details),
    )


def record_before_opening(
    action: str,
    object_type: str,
    object_id: object,
    *,
    by: Actor,
    now: datetime,
    purpose: str,
    details: Mapping[str, Detail] | None = None,
) -> UUID:
    """Add an entry and commit it, before the caller decrypts anything.

    `durable=True` makes Django refuse when an outer transaction is open: a roll-back there would take the
    entry away after the content had been seen.
    """
    with transaction.atomic(durable=True):
        return record(action, object_type, object_id, by=by, now=now, purpose=purpose, details=details)


def verify_and_publish(
    verifier: auditlog.Verifier, *, now: datetime, entries: Iterable[auditlog.Entry] | None = None
) -> auditlog.Break | auditlog.Verified:
    """Check the whole log and, if it holds, publish its newest signed head.

    1. read every entry and every signed head, 2. verify, 3. note the head that was reached.

    Args:
        verifier: the public half of the log's key.
        entries: `reads.log_entries()`, for a caller that counts them on their way.

    Returns the first break, or the size and root that were reached.
    """
    every = reads.log_entries() if entries is None else entries
    result = auditlog.verify(every, reads.checkpoint_notes(), verifier)
    if isinstance(result, auditlog.Verified) and result.signed_size:
        # Not simply the newest head: one that was signed meanwhile has not been compared with anything.
        Verified.objects.create(checkpoint_id=result.signed_size, at=now)
    return result
