"""Hand a case to an organisation for a service, and what the receiver answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form, tell_mailboxes, write_to
from mlinzi.casework.acts.opening import texts_to_share
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.rules import Action, Basis, CaseState, Event, ReferralFacts, ReferralState, Shared
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Subject
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


@dataclass(frozen=True)
class Wish:
    """What an officer asks of whom, and what is shared for it.

    Args:
        to: the receiving organisation's uuid as text. service: a service's pack id.
        shared: the items chosen. note: words to the receiver. basis: on what ground it is shared.
    """

    to: str
    service: str
    shared: frozenset[Shared]
    basis: Basis
    note: str = field(default="", repr=False)


def refer(number: str, wish: Wish, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Refer a case to an organisation for a service.

    1. find the case through the officer's eyes, 2. carried out already? the same referral, 3. ask the rules,
    4. open what was chosen, recorded first, 5. in one transaction: lock, ask once more, write the sealed
    copy, start the clock, tell the mailbox, write to those who may answer, record.

    Raises `NotFound`, or `Refused` with the reasons. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_REFER, by=by)
    if made := _made(case, form_key, by):
        return made
    _ask(case, wish, now)
    texts = texts_to_share(case, wish.shared, by=by, now=now, keys=keys)
    with transaction.atomic():
        case = lock(case.id)
        # A second click waited at the lock and finds here what the first one made.
        if made := _made(case, form_key, by):
            return made
        _ask(case, wish, now)
        return _write(case, wish, texts, form_key, by=by, now=now, keys=keys)


def _made(case: Case, form_key: bytes, by: Officer) -> Referral | None:
    made = reads.made_by_form(case.id, by.id, form_key)
    return Referral.objects.get(id=made) if made else None


def _ask(case: Case, wish: Wish, now: datetime) -> None:
    offering = {r.uuid: r for r in reads.receivers(case, wish.service, now=now)}
    to = offering.get(wish.to)
    facts = ReferralFacts(
        shared=wish.shared,
        note=wish.note,
        basis=wish.basis,
        has_service=bool(wish.service),
        gives_service=to is not None,
        to_self=_is_own(case, wish.to),
        answerable=to is None or to.answerable,
        open_already=case.referrals.filter(
            to__uuid=wish.to, service__pack_id=wish.service, state__in=rules.OPEN_REFERRALS
        ).exists()
        if to
        else False,
        stopped=reads.reporters_of(case).all_stopped,
    )
    if reasons := rules.why_not_refer(CaseState(case.state), facts):
        raise Refused(reasons)


def _is_own(case: Case, organisation: str) -> bool:
    return case.organisation is not None and str(case.organisation.uuid) == organisation


def _write(
    case: Case,
    wish: Wish,
    texts: Mapping[str, list[str]],
    form_key: bytes,
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Referral:
    to, service = directory.organisation(wish.to), directory.services().get(pack_id=wish.service)
    referral = Referral(
        id=new_id(),
        case=case,
        to=to,
        service=service,
        basis=wish.basis,
        made_by_id=by.id,
        made_at=now,
        due_at=now,
    )
    copy = {"items": _items(case, wish.shared, texts), "note": clean_text(wish.note)}
    referral.shared = vault.seal_text(
        json.dumps(copy, ensure_ascii=False), reads.REFERRAL, referral.id, "shared", keys=keys
    )
    area = case.area.pack_id if case.area else ""
    subject = Subject(reads.REFERRAL, str(referral.id), organisation=wish.to, area=area)
    clock = deadlines.start(subject, "referral", risk=case.urgency, service=wish.service, by=by, now=now)
    referral.due_at = clock.due_at
    referral.save(force_insert=True)
    case.state = CaseState.REFERRED
    case.save(update_fields=["state"])
    tell_mailboxes(case, Event.REFERRED, by=by, now=now)
    people = access.who_may(Action.REFERRAL_ANSWER, now=now, organisation=wish.to)
    write_to(
        [(str(p.id), p.language) for p in people],
        "referral",
        f"referral:{referral.id}",
        f"/referrals/{referral.number}/",
        by=by,
        now=now,
        keys=keys,
    )
    remember_form(case, form_key, referral.id, by=by, now=now)
    shared = ",".join(sorted(item.value for item in wish.shared))
    details = {"to": wish.to, "service": wish.service, "basis": wish.basis.value, "shared": shared}
    audit.record(
        "casework.case.refer",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={**details, "referral": str(referral.id)},
    )
    audit.record("casework.referral.make", reads.REFERRAL, referral.id, by=by, now=now, details=details)
    return referral


def _items(case: Case, shared: frozenset[Shared], texts: Mapping[str, list[str]]) -> dict[str, Any]:
    """The items as the receiver will see them; what was not chosen is not in the copy at all."""
    clear: dict[Shared, Any] = {
        Shared.AREA: case.area.name if case.area else "",
        Shared.CATEGORY: case.category.officer_label if case.category else {},
        Shared.RECEIVED: case.received_at.isoformat(),
    }
    return {
        item.value: texts.get(item.value, []) if item in rules.SEALED_ITEMS else clear[item]
        for item in Shared
        if item in shared
    }


def accept(number: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Accept a referral: see `_move`. The officer who accepts it has it from now on."""
    return _move(number, ReferralState.ACCEPTED, "", by=by, now=now, keys=keys)


def decline(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Decline a referral, with the reason that lets the case's officer find another way: see `_move`."""
    return _move(number, ReferralState.DECLINED, reason, by=by, now=now, keys=keys)


def done(number: str, outcome: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Say that a referral is done, and what was done: see `_move`."""
    return _move(number, ReferralState.DONE, outcome, by=by, now=now, keys=keys)


def revoke(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Take a referral back, with the reason: see `_move`. The shared copy can no longer be opened."""
    return _move(number, ReferralState.REVOKED, reason, by=by, now=now, keys=keys)


_DONE_BY = {ReferralState.REVOKED: Action.REFERRAL_REVOKE}
_EVENT = {ReferralState.ACCEPTED: Event.ACCEPTED}


@transaction.atomic
def _move(
    number: str, to: ReferralState, words: str, *, by: Officer, now: datetime, keys: KeyRing
) -> Referral:
    """Let a referral go on.

    1. find it through the officer's eyes, 2. lock its case, then itself, 3. ask the rules, 4. write, the
    words sealed, 5. meet the deadline, move the case, tell the mailbox, 6. write to the other side, 7.
    record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    found = reads.referral_for(number, _DONE_BY.get(to, Action.REFERRAL_ANSWER), by=by)
    case = lock(found.case_id)
    referral = Referral.objects.select_for_update(of=("self",)).select_related("to").get(pk=found.pk)
    was = ReferralState(referral.state)
    if was is to and str(referral.taken_by_id or "") == by.id:
        return referral  # the second click of the same officer
    if reasons := rules.why_not_answer(was, to, reason=words):
        raise Refused(reasons)
    referral.state = to
    if to is ReferralState.ACCEPTED:
        referral.taken_by_id, referral.answered_at = by.id, now
    else:
        referral.answered_at, referral.ended_at = referral.answered_at or now, now
        text = clean_text(words)
        referral.answer = vault.seal_text(text, reads.REFERRAL, referral.id, "answer", keys=keys)
    referral.save()
    deadlines.meet(reads.REFERRAL, str(referral.id), "referral", by=by, now=now)
    left = reads.open_referral_states(case)
    case.state = rules.state_after_answer(len(left))
    case.save(update_fields=["state"])
    if to is not ReferralState.DONE:
        tell_mailboxes(case, _EVENT.get(to, Event.ENDED_WITHOUT_HELP), by=by, now=now, still_open=left)
    _write_to_other_side(referral, case, by=by, now=now, keys=keys)
    word = {"accepted": "accept", "declined": "decline", "done": "finish", "revoked": "revoke"}[to.value]
    audit.record(f"casework.referral.{word}", reads.REFERRAL, referral.id, by=by, now=now)
    audit.record(
        f"casework.referral.{word}",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={"referral": str(referral.id)},
    )
    return referral


def _write_to_other_side(
    referral: Referral, case: Case, *, by: Officer, now: datetime, keys: KeyRing
) -> None:
    effect = f"referral:{referral.id}:{referral.state}"
    if referral.state != ReferralState.REVOKED:
        if case.assignee:
            to = [(str(case.assignee_id), case.assignee.language)]
            write_to(to, "referral.answer", effect, f"/cases/{case.number}/", by=by, now=now, keys=keys)
        return
    people = access.who_may(Action.REFERRAL_ANSWER, now=now, organisation=str(referral.to.uuid))
    write_to(
        [(str(p.id), p.language) for p in people],
        "referral.revoke",
        effect,
        f"/referrals/{referral.number}/",
        by=by,
        now=now,
        keys=keys,
    )
