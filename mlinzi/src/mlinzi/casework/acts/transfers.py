"""Hand a case over for good: it is offered, and moves when the other organisation takes it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts import sharing
from mlinzi.casework.acts.common import lock, remember_form, subject_of, write_to
from mlinzi.casework.acts.opening import SharedCopy, copy_in
from mlinzi.casework.acts.sharing import Ground, Wish
from mlinzi.casework.models import Case, Transfer
from mlinzi.casework.rules import Action, Basis, CaseState, Purpose, ReferralState
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Subject
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


def offer_transfer(
    number: str, wish: Wish, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing
) -> Transfer:
    """Offer a case to another organisation. What is shared lets it decide; the case itself stays shut to it.

    1. find the case through the officer's eyes, 2. carried out already? the same transfer, 3. ask the rules,
    4. open what was chosen, recorded first, 5. in one transaction: lock, ask once more, write the sealed
    copy, start the clock, write to those who may answer, record.

    Raises `NotFound`, or `Refused` with the reasons. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_TRANSFER, by=by)
    if made := _made(case, form_key, by):
        return made
    ground = _ask(case, wish, by=by, now=now)
    copy = sharing.copy_of(case, wish, ground.items, by=by, now=now, keys=keys)
    with transaction.atomic():
        case = lock(case.id)
        if made := _made(case, form_key, by):
            return made
        if _ask(case, wish, by=by, now=now) != ground:
            raise Refused(["What this rests on has changed just now; look at it again."])
        id = new_id()
        sealed = sharing.sealed_copy(copy, reads.TRANSFER, id, keys=keys)
        transfer = _write(case, wish, ground, id, sealed, by=by, now=now, keys=keys)
        remember_form(case, form_key, transfer.id, by=by, now=now)
        return transfer


def _made(case: Case, form_key: bytes, by: Officer) -> Transfer | None:
    made = reads.made_by_form(case.id, by.id, form_key)
    return Transfer.objects.get(id=made) if made else None


def _ask(case: Case, wish: Wish, *, by: Officer, now: datetime) -> Ground:
    ground, against, inside = sharing.ground_of(case, wish, by=by, now=now)
    reasons = rules.why_not_transfer(
        closed=case.state == CaseState.CLOSED,
        held=case.state != CaseState.NEW and case.organisation is not None,
        to_self=case.organisation is not None and str(case.organisation.uuid) == wish.to,
        answerable=wish.to in {r.uuid for r in reads.takers(case, now=now)},
        on_its_way=case.transfers.filter(state=ReferralState.SENT).exists(),
    )
    if not inside:
        reasons.append("Something that you chose is not in this case any more; look at the list again.")
    if wish.basis == Basis.BEST_INTEREST:
        reasons.append("A case is handed over with consent or by law; choose one of these grounds.")
    if reasons or against:
        raise Refused(reasons or against)
    return ground


def _write(
    case: Case,
    wish: Wish,
    ground: Ground,
    id: UUID,
    sealed: bytes,
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Transfer:
    transfer = Transfer(
        id=id,
        case=case,
        came_from=case.organisation,
        to=directory.organisation(wish.to),
        basis=wish.basis,
        provision=wish.provision if wish.basis == Basis.LAW else "",
        shared=sealed,
        made_by_id=by.id,
        made_at=now,
        due_at=now,
    )
    area = case.area.pack_id if case.area else ""
    subject = Subject(reads.TRANSFER, str(id), organisation=wish.to, area=area)
    transfer.due_at = deadlines.start(
        subject, "referral", risk=case.urgency, service="", by=by, now=now
    ).due_at
    transfer.save(force_insert=True)
    sharing.rest(ground, transfer=transfer)
    people = access.who_may(Action.TRANSFER_ANSWER, now=now, organisation=wish.to)
    _letters(transfer, access.addressees(people), "transfer", by=by, now=now, keys=keys)
    details = {**sharing.item_details(wish, ground.items), "transfer": str(id)}
    audit.record("casework.case.offer", reads.CASE, case.id, by=by, now=now, details=details)
    return transfer


def accept_transfer(number: str, *, by: Officer, now: datetime, keys: KeyRing) -> Transfer:
    """Take over a case: it is the new organisation's and the officer's from now on: see `_move`."""
    return _move(number, ReferralState.ACCEPTED, "", by=by, now=now, keys=keys)


def decline_transfer(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Transfer:
    """Say no to a case, with the reason: see `_move`. It stays where it is."""
    return _move(number, ReferralState.DECLINED, reason, by=by, now=now, keys=keys)


def revoke_transfer(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Transfer:
    """Take an offer back, with the reason: see `_move`."""
    return _move(number, ReferralState.REVOKED, reason, by=by, now=now, keys=keys)


_WORD = {
    ReferralState.ACCEPTED: "accept",
    ReferralState.DECLINED: "decline",
    ReferralState.REVOKED: "revoke",
}


@transaction.atomic
def _move(
    number: str, to: ReferralState, words: str, *, by: Officer, now: datetime, keys: KeyRing
) -> Transfer:
    """Let a transfer come to its end.

    1. find it through the officer's eyes, 2. lock its case, then itself, 3. ask the rules, 4. write, the
    words sealed; the case moves on acceptance alone, 5. meet the deadline, 6. write to the other side, 7.
    record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    action = Action.CASE_TRANSFER if to is ReferralState.REVOKED else Action.TRANSFER_ANSWER
    found = reads.transfer_for(number, action, by=by)
    case = lock(found.case_id)
    transfer = (
        Transfer.objects.select_for_update(of=("self",)).select_related("to", "made_by").get(pk=found.pk)
    )
    was = ReferralState(transfer.state)
    if was is to and str(transfer.taken_by_id or "") == by.id:
        return transfer  # the second click of the same officer
    if reasons := rules.why_not_end_transfer(was, to, reason=words, closed=case.state == CaseState.CLOSED):
        raise Refused(reasons)
    transfer.state, transfer.ended_at = to, now
    if words:
        text = clean_text(words)
        transfer.answer = vault.seal_text(text, reads.TRANSFER, transfer.id, "answer", keys=keys)
    if to is ReferralState.ACCEPTED:
        transfer.taken_by_id = by.id
        _hand_over(case, transfer, by, now)
    transfer.save()
    deadlines.meet(reads.TRANSFER, str(transfer.id), "referral", by=by, now=now)
    _tell(transfer, by=by, now=now, keys=keys)
    details = {"transfer": str(transfer.id), "to": str(transfer.to.uuid)}
    audit.record(f"casework.transfer.{_WORD[to]}", reads.CASE, case.id, by=by, now=now, details=details)
    return transfer


def _hand_over(case: Case, transfer: Transfer, by: Officer, now: datetime) -> None:
    case.organisation, case.unit, case.assignee_id = transfer.to, None, UUID(by.id)
    case.save(update_fields=["organisation", "unit", "assignee"])
    deadlines.hand_over(subject_of(case), by=by, now=now)


def _tell(transfer: Transfer, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    if transfer.state != ReferralState.REVOKED:
        sender = [(str(transfer.made_by_id), transfer.made_by.language)]
        _letters(transfer, sender, "transfer.answer", by=by, now=now, keys=keys)
        return
    people = access.who_may(Action.TRANSFER_ANSWER, now=now, organisation=str(transfer.to.uuid))
    _letters(transfer, access.addressees(people), "referral.revoke", by=by, now=now, keys=keys)


def _letters(
    transfer: Transfer,
    people: list[tuple[str, str]],
    about: str,
    *,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    effect, path = f"transfer:{transfer.id}:{transfer.state}", f"/transfers/{transfer.number}/"
    write_to(reads.not_fenced(transfer.case, people), about, effect, path, by=by, now=now, keys=keys)


def open_transfer(number: str, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing) -> SharedCopy:
    """Open the copy by which the receiver decides; it ends with the offer.

    1. find it through the officer's eyes, 2. ask the rules, 3. let the vault record, commit and open. Raises
    `NotFound` or `Refused`. Call it outside a transaction.
    """
    transfer = reads.transfer_for(number, Action.TRANSFER_ANSWER, by=by)
    if purpose not in rules.purposes_for_referral():
        raise Refused(["Say why you open this referral."])
    if transfer.state != ReferralState.SENT:
        raise Refused(["This offer has ended; what was shared with you can no longer be opened."])
    opened = vault.open_texts(
        [SealedText(reads.TRANSFER, str(transfer.id), "shared", bytes(transfer.shared))],
        action=Action.TRANSFER_ANSWER,
        relation=reads.transfer_relation_of(transfer, Action.TRANSFER_ANSWER),
        object_type=reads.TRANSFER,
        object_id=transfer.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    return copy_in(opened["shared"])
