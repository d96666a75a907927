"""Send what a referral shares to the children's case system: laid out by an officer, sent by the worker."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock
from mlinzi.casework.acts.people import people_to_share
from mlinzi.casework.channels import cpims
from mlinzi.casework.models import Case, Outgoing, PersonInCase, Referral
from mlinzi.casework.rules import (
    Action,
    Basis,
    CaseRecord,
    ChildRecord,
    GiveUp,
    NamedRecord,
    OutgoingState,
    Part,
    PersonField,
    Purpose,
    Receiving,
    ReferralState,
    Sex,
    Shared,
)
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


def export(
    number: str,
    people: Collection[str] = frozenset(),
    *,
    switched_on: bool,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> list[Outgoing]:
    """Lay out what a referral shares for the children's case system, one message for each child.

    What leaves is made of the referral's copy, which was chosen item by item, on a ground, and looked at, and
    of the facts of people chosen here. Every child of the case makes a message, named or not.
    1. find the referral as its sender, 2. ask the rules, 3. open copy and facts, recorded first, 4. in one
    transaction: lock, laid out already? the same messages, ask once more, seal for the worker, write, record.

    Args:
        people: the items chosen, see `reads.sendable`.
        switched_on: this installation has the other system's address.

    Raises `NotFound`, or `Refused` with the reasons. Call it outside a transaction.
    """
    referral = reads.referral_to_send(number, by=by)
    if made := list(referral.outgoing.order_by("place")):
        return made
    _ask(referral, None, switched_on)
    _ask_people(referral, people)
    told = _opened_people(referral.case, people, by=by, now=now, keys=keys)
    copy = _opened_copy(referral, by=by, now=now, keys=keys)
    with transaction.atomic():
        case = lock(referral.case_id)
        rows = Referral.objects.select_for_update(of=("self",)).select_related("to__kind", "service", "case")
        referral = rows.get(pk=referral.pk)
        if made := list(referral.outgoing.order_by("place")):
            return made
        record, children = record_of(case, copy, told)
        _ask(referral, record, switched_on)
        _ask_people(referral, people)
        return _lay_out(case, referral, record, children, by=by, now=now, keys=keys)


def _ask(referral: Referral, record: CaseRecord | None, switched_on: bool) -> None:
    # Before the copy is open only what is clear can be asked.
    reasons = rules.why_not_export(
        ReferralState(referral.state),
        switched_on=switched_on,
        categories=record.categories if record else ("?",),
        area_number=record.area_number if record else "?",
    )
    if reasons:
        raise Refused(reasons)


def _opened_copy(referral: Referral, *, by: Officer, now: datetime, keys: KeyRing) -> Mapping[str, Any]:
    [text] = vault.open_all(
        [SealedText(reads.REFERRAL, str(referral.id), "shared", bytes(referral.shared))],
        action=Action.CASE_EXPORT,
        relation=reads.relation_of(referral.case),
        object_type=reads.CASE,
        object_id=referral.case_id,
        purpose=Purpose.REFERRAL,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.case.share",
    )
    copy: Mapping[str, Any] = json.loads(text)
    return copy


def _ask_people(referral: Referral, people: Collection[str]) -> None:
    receiving = Receiving(str(referral.to.uuid), referral.to.kind.pack_id, referral.service.pack_id)
    consented = referral.basis == Basis.CONSENT
    reasons = rules.why_not_send_people(
        people,
        {one.code for one in reads.sendable(referral.case)},
        second_person=referral.basis == Basis.BEST_INTEREST,
        against_consent=rules.why_not_consented(reads.live_consents(referral.case), people, receiving)
        if consented
        else [],
    )
    if reasons:
        raise Refused(reasons)


Told = Mapping[UUID, NamedRecord]


def _opened_people(case: Case, people: Collection[str], *, by: Officer, now: datetime, keys: KeyRing) -> Told:
    """The chosen facts of people, by person; recorded first."""
    wanted = [(UUID(code.split(":")[1]), PersonField(code.split(":")[2])) for code in people]
    opened = people_to_share(case, wanted, by=by, now=now, keys=keys)
    return {
        person.id: rules.named(
            fields.get(PersonField.NAME, ""),
            fields.get(PersonField.OTHER_NAMES, ""),
            fields.get(PersonField.BORN, ""),
            "" if person.sex == Sex.UNKNOWN else person.sex,
        )
        for person, fields in opened
    }


def record_of(case: Case, copy: Mapping[str, Any], told: Told) -> tuple[CaseRecord, list[UUID]]:
    """What may leave of a case: only what stands in a referral's copy and what was chosen of people; and the
    ids of the children, in the order of their records.
    """
    items = copy["items"]
    area = case.area if Shared.AREA in items else None
    category = case.category if Shared.CATEGORY in items else None
    day = case.received_at if Shared.RECEIVED in items else case.opened_at
    texts = [*items.get(Shared.WHAT_HAPPENED, []), *items.get(Shared.WHERE_ONLINE, [])]
    people = reads.people_of(case)
    children = [person.id for person in people if person.part == Part.CHILD]
    record = CaseRecord(
        categories=tuple(category.codes.get(f"{cpims.NAME}_case_category", ())) if category else (),
        reported_on=directory.local_day(day),
        area_number=area.national_code if area else "",
        narrative="\n\n".join(part for part in [*texts, *items.get(Shared.LINKS, []), copy["note"]] if part),
        children=tuple(told.get(id, ChildRecord()) for id in children),
        suspects=tuple(told[p.id] for p in people if p.id in told and _suspect(p)),
        caregivers=tuple(
            told[p.id] for p in people if p.id in told and p.part == Part.CAREGIVER and not _suspect(p)
        ),
    )
    return record, children


def _suspect(person: PersonInCase) -> bool:
    return person.suspected or person.part == Part.SUSPECT


def _lay_out(
    case: Case,
    referral: Referral,
    record: CaseRecord,
    children: list[UUID],
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> list[Outgoing]:
    ids = [new_id() for _ in range(cpims.how_many(record))]
    rows = []
    for place, message in enumerate(cpims.messages_of(record, [str(id) for id in ids]), start=1):
        id = ids[place - 1]
        text = json.dumps(message, ensure_ascii=False)
        rows.append(
            Outgoing(
                id=id,
                case=case,
                referral=referral,
                place=place,
                child=children[place - 1] if children else None,
                target=cpims.NAME,
                payload=vault.seal_for_worker(text, reads.OUTGOING, id, "payload", keys=keys),
                next_at=now,
                made_by_id=by.id,
                made_at=now,
            )
        )
    Outgoing.objects.bulk_create(rows)
    details: dict[str, str | int] = {"referral": str(referral.id), "to": cpims.NAME, "messages": len(rows)}
    audit.record("casework.case.export", reads.CASE, case.id, by=by, now=now, details=details)
    return rows


@transaction.atomic
def retry_outgoing(outgoing_id: UUID, *, by: Officer, now: datetime) -> Outgoing:
    """Let something be tried again that waits for a person: 1. find, lock, 2. ask the rules, 3. write,
    record.

    The count of tries goes on at one, so that the other side is asked first whether it has it already.
    Raises `NotFound`, or `Refused` with the reasons.
    """
    row = _locked(outgoing_id, by)
    state, referral = OutgoingState(row.state), ReferralState(row.referral.state)
    if reasons := rules.why_not_retry(state, referral):
        raise Refused(reasons)
    row.state, row.tries, row.next_at = OutgoingState.FAILED, min(row.tries, 1), now
    row.save(update_fields=["state", "tries", "next_at"])
    _record("retry", row, by=by, now=now)
    return row


@transaction.atomic
def give_up_outgoing(outgoing_id: UUID, reason: str, *, by: Officer, now: datetime) -> Outgoing:
    """Give up sending something: 1. find, lock, 2. ask the rules, 3. write, record with the reason.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    row = _locked(outgoing_id, by)
    if reasons := rules.why_not_give_up(OutgoingState(row.state), reason):
        raise Refused(reasons)
    row.state = OutgoingState.GIVEN_UP
    row.save(update_fields=["state"])
    _record("give_up", row, by=by, now=now, reason=GiveUp(reason).value)
    return row


def _locked(outgoing_id: UUID, by: Officer) -> Outgoing:
    found = reads.outgoing_for(outgoing_id, Action.OUTGOING_MEND, by=by)
    return Outgoing.objects.select_for_update(of=("self",)).select_related("referral").get(pk=found.pk)


def _record(word: str, row: Outgoing, *, by: Officer, now: datetime, **more: str) -> None:
    details = {"outgoing": str(row.id), "to": row.target, **more}
    audit.record(f"casework.outgoing.{word}", reads.CASE, row.case_id, by=by, now=now, details=details)


def open_outgoing_answer(
    outgoing_id: UUID, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing
) -> str:
    """What the other side answered, for whoever has to mend it; recorded first.

    1. find it through the officer's eyes, 2. let the vault record, commit and open. Raises `NotFound`, or
    `Refused` for a purpose that is none. Call it outside a transaction.
    """
    row = reads.outgoing_for(outgoing_id, Action.OUTGOING_MEND, by=by)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this answer."])
    if not row.answer:
        return ""
    [text] = vault.open_all(
        [SealedText(reads.OUTGOING, str(row.id), "answer", bytes(row.answer))],
        action=Action.OUTGOING_MEND,
        relation=reads.relation_of(row.case),
        object_type=reads.CASE,
        object_id=row.case_id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.outgoing.open",
    )
    return text
