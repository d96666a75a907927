"""What was done late: kept at once, explained by whoever did it, seen by a supervisor.

Nobody is kept from helping until they have explained: the reason is asked for afterwards, stands on their
page until it is given, and a case does not close without it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.models import Case, Late
from mlinzi.casework.rules import LateWhy
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines import reads as deadline_reads
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def note_late(case: Case, kind: str, due_at: datetime | None, *, by: Actor, now: datetime) -> None:
    """Keep that something was late, inside the act that does it. Nothing where it was in time, where no clock
    ran, or where a guest did it, who has no page to explain it on.
    """
    if due_at is None or now <= due_at or by.kind is not ActorKind.PERSON:
        return
    house = directory.organisation(by.organisation)
    Late.objects.create(case=case, kind=kind, organisation=house, person_id=by.id, due_at=due_at, done_at=now)
    audit.record("casework.late.note", reads.CASE, case.id, by=by, now=now, details={"kind": kind})


def end_clock(
    subject_type: str, subject_id: UUID, kind: str, case: Case, *, by: Actor, now: datetime
) -> None:
    """Meet a clock, keeping that it was late where it was; nothing where none runs."""
    key = str(subject_id)
    if due := deadline_reads.open_for(subject_type, [key], kind=kind).get(key):
        note_late(case, kind, due.due_at, by=by, now=now)
        deadlines.meet(subject_type, key, kind, by=by, now=now)


@transaction.atomic
def explain_late(late_id: UUID, why: str, words: str, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    """Say why one was late.

    1. find one's own, lock, 2. ask the rules, 3. write, the words sealed, 4. record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    late = Late.objects.select_for_update().get(id=reads.own_late(late_id, by=by).id)
    if reasons := rules.why_not_explain(explained=bool(late.why), why=why, words=words):
        raise Refused(reasons)
    late.why = LateWhy(why)
    if words.strip():
        late.words = vault.seal_text(clean_text(words), reads.LATE, late.id, "words", keys=keys)
    late.save(update_fields=["why", "words"])
    details = {"kind": late.kind, "why": why}
    audit.record("casework.late.explain", reads.CASE, late.case_id, by=by, now=now, details=details)


@transaction.atomic
def see_late(late_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take note of something that was late and explained: 1. find, 2. ask the rules, 3. write, 4. record."""
    late = reads.late_for(late_id, by=by)
    own = str(late.person_id) == by.id
    if reasons := rules.why_not_see_late(explained=bool(late.why), own=own):
        raise Refused(reasons)
    if late.seen_at is None:
        late.seen_at, late.seen_by_id = now, by.id
        late.save(update_fields=["seen_at", "seen_by"])
        audit.record("casework.late.see", reads.CASE, late.case_id, by=by, now=now)
