"""The worker hands over what waits for another case system: never twice, and never a name in a log."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.channels import Channel, DeliveryError
from mlinzi.casework.models import Outgoing
from mlinzi.casework.rules import Failure, OutgoingState, Receipt, ReferralState
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


@dataclass(frozen=True)
class _Held:
    """Something that this process hands over now. `again`: it may have arrived before."""

    id: UUID
    message: dict[str, Any] = field(repr=False)
    again: bool
    tries: int


def deliver_waiting(
    target: str, channel: Channel, *, by: Actor, now: datetime, keys: KeyRing, limit: int = 20
) -> int:
    """Hand over what waits for a case system, the longest waiting first. Returns how many were tried.

    Each: 1. hold it, in a transaction of its own: lock, count the try, set the time of the next one (a kill
    in between leaves it there), open it in memory, recorded, 2. without a lock: ask whether it has arrived
    before, where there was a try, and send it where it has not, 3. note what came of it.
    """
    tried = 0
    for id in reads.outgoing_due(target, now=now, limit=limit):
        held = _hold(id, by=by, now=now, keys=keys)
        if held is None:
            continue
        tried += 1
        try:
            receipt = channel.find(str(held.id)) if held.again else None
            receipt = receipt or channel.deliver(held.message)
        except DeliveryError as error:
            _note_failure(held, error, by=by, now=now, keys=keys)
        else:
            _note_receipt(held, receipt, by=by, now=now, keys=keys)
    return tried


@transaction.atomic
def _hold(id: UUID, *, by: Actor, now: datetime, keys: KeyRing) -> _Held | None:
    rows = Outgoing.objects.select_for_update(of=("self",), skip_locked=True).select_related("referral")
    row = rows.filter(id=id, state__in=rules.ON_THE_WAY, next_at__lte=now).first()
    if row is None:
        return None
    if not rules.may_still_leave(ReferralState(row.referral.state)):
        row.state, row.failure, row.failed_at = OutgoingState.GIVEN_UP, Failure.TAKEN_BACK, now
        row.save(update_fields=["state", "failure", "failed_at"])
        _record("give_up", row, by=by, now=now, reason=Failure.TAKEN_BACK.value)
        return None
    again, row.tries, row.next_at = row.tries > 0, row.tries + 1, now + rules.LEASE
    row.save(update_fields=["tries", "next_at"])
    thing = SealedText(reads.OUTGOING, str(row.id), "payload", bytes(row.payload))
    return _Held(row.id, json.loads(vault.open_for_work(thing, by=by, now=now, keys=keys)), again, row.tries)


@transaction.atomic
def _note_receipt(held: _Held, receipt: Receipt, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    row = _still_ours(held)
    if row is None:
        return
    row.state, row.serial, row.sent_at, row.failure = OutgoingState.SENT, receipt.serial, now, ""
    row.next_at = rules.ask_serial_at(0, now=now)
    row.answer = _sealed(row, receipt.answer, keys)
    row.save()
    _record("send", row, by=by, now=now, tries=row.tries)


@transaction.atomic
def _note_failure(held: _Held, error: DeliveryError, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    row = _still_ours(held)
    if row is None:
        return
    step = rules.after_failure(row.tries, permanent=error.permanent, now=now)
    row.state, row.next_at, row.failure, row.failed_at = step.state, step.at, error.failure, now
    row.answer = _sealed(row, error.answer, keys)
    row.save()
    word = "die" if step.state is OutgoingState.DEAD else "fail"
    _record(word, row, by=by, now=now, failure=error.failure.value, tries=row.tries)


def _still_ours(held: _Held) -> Outgoing | None:
    """The row, unless another try was begun since: then that one says what came of it."""
    rows = Outgoing.objects.select_for_update(of=("self",))
    return rows.filter(id=held.id, state__in=rules.ON_THE_WAY, tries=held.tries).first()


def _sealed(row: Outgoing, answer: str, keys: KeyRing) -> bytes:
    return vault.seal_text(answer, reads.OUTGOING, row.id, "answer", keys=keys) if answer else b""


def ask_serials(target: str, channel: Channel, *, by: Actor, now: datetime, limit: int = 20) -> int:
    """Ask for the serials that people on the other side give. Returns how many were asked for.

    Each: 1. set the time of the next question, 2. ask, without a lock, 3. note the serial, record.
    A question that fails is asked again later; nothing waits for it.
    """
    asked = 0
    for row in reads.outgoing_without_serial(target, now=now, limit=limit):
        next_at = rules.ask_serial_at(row.asked + 1, now=now)
        waiting = Outgoing.objects.filter(id=row.id, asked=row.asked)
        if not waiting.update(asked=row.asked + 1, next_at=next_at):
            continue
        asked += 1
        try:
            found = channel.find(str(row.id))
        except DeliveryError:
            continue
        if found and found.serial:
            with transaction.atomic():
                Outgoing.objects.filter(id=row.id).update(serial=found.serial)
                _record("serial", row, by=by, now=now)
    return asked


def _record(word: str, row: Outgoing, *, by: Actor, now: datetime, **more: str | int) -> None:
    details = {"outgoing": str(row.id), "to": row.target, **more}
    audit.record(f"casework.outgoing.{word}", reads.CASE, row.case_id, by=by, now=now, details=details)
