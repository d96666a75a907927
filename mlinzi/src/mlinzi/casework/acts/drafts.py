"""Sharing what nobody has agreed to, because it is best for a child who could not be asked: two people.

The copy is sealed when the second person is asked, under the id that the referral will have, so that what is
sent after the agreement is to the last letter what was agreed to. Where a child is in danger now the referral
leaves at once and the second person looks afterwards (docs/decisions/0011).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts import sharing
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.acts.links import seal_address
from mlinzi.casework.acts.referrals import ask, refer, write_referral
from mlinzi.casework.acts.second import ask_second, spend_second, withdraw_second
from mlinzi.casework.acts.sharing import Ground, Wish
from mlinzi.casework.models import Case, Referral, ReferralDraft
from mlinzi.casework.rules import Action, Basis, SecondKind, SecondState
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing


@dataclass(frozen=True)
class Asked:
    """What became of a wish: a referral that left, or a draft that waits for a second person."""

    referral: Referral | None = None
    draft: ReferralDraft | None = None


def refer_or_ask(
    number: str, wish: Wish, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing
) -> Asked:
    """Refer a case, or, where nobody has agreed and nothing requires it, ask a second person first.

    Raises what `refer` and `ask_to_refer` raise. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_REFER, by=by)
    if wish.basis == Basis.BEST_INTEREST and not rules.may_send_at_once(case.in_danger, case.urgency):
        return Asked(draft=ask_to_refer(number, wish, form_key=form_key, by=by, now=now, keys=keys))
    return Asked(refer(number, wish, form_key=form_key, by=by, now=now, keys=keys))


def ask_to_refer(
    number: str, wish: Wish, *, form_key: bytes, by: Officer, now: datetime, keys: KeyRing
) -> ReferralDraft:
    """Lay a referral down and ask a second person.

    1. find the case through the officer's eyes, 2. carried out already? the same draft, 3. ask the rules,
    4. open what was chosen, recorded first, 5. in one transaction: lock, ask once more, seal the copy, ask
    the second person, record.

    Raises `NotFound`, or `Refused` with the reasons. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_REFER, by=by)
    if made := reads.made_by_form(case.id, by.id, form_key):
        return ReferralDraft.objects.get(id=made)
    ground = ask(case, wish, by=by, now=now)
    copy = sharing.copy_of(case, wish, ground.items, by=by, now=now, keys=keys)
    sharing.check_seen(wish, copy)
    with transaction.atomic():
        case = lock(case.id)
        if made := reads.made_by_form(case.id, by.id, form_key):
            return ReferralDraft.objects.get(id=made)
        if ask(case, wish, by=by, now=now) != ground:
            raise Refused(["What this rests on has changed just now; look at it again."])
        if case.drafts.filter(to__uuid=wish.to, service__pack_id=wish.service, ended_at=None).exists():
            raise Refused(["The same waits for a second person already; send it, or drop it first."])
        id = new_id()
        draft = ReferralDraft(
            id=id,
            case=case,
            to=directory.organisation(wish.to),
            service=directory.services().get(pack_id=wish.service),
            shared=sharing.sealed_copy(copy, reads.REFERRAL, id, keys=keys),
            codes=sorted(ground.items),
            address=seal_address(wish.address, id, keys=keys) if wish.address else b"",
            made_by_id=by.id,
            made_at=now,
        )
        draft.save(force_insert=True)
        ask_second(
            number,
            SecondKind.BEST_INTEREST,
            wish.reason,
            subject=str(id),
            form_key=form_key + b"|second",
            by=by,
            now=now,
            keys=keys,
        )
        remember_form(case, form_key, id, by=by, now=now)
        details = {**sharing.item_details(wish, ground.items), "draft": str(id)}
        audit.record("casework.case.draft", reads.CASE, case.id, by=by, now=now, details=details)
        return draft


@transaction.atomic
def send_draft(number: str, draft_id: UUID, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Send what a second person agreed to, and exactly that.

    1. find the case through the officer's eyes, lock it, then the draft; sent already? the same referral,
    2. use up the agreement, which is good once, 3. ask the rules again, since days may have gone by, 4. write
    the referral with the copy as it was sealed then, record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_REFER, by=by).id)
    draft = _locked(case, draft_id)
    if draft.sent:
        return Referral.objects.get(id=draft.id)
    if draft.ended_at is not None:
        raise NotFound
    spend_second(case, SecondKind.BEST_INTEREST, subject=str(draft.id), by=by, now=now)
    wish = _wish_of(draft)
    ask(case, wish, by=by, now=now)
    draft.sent, draft.ended_at = True, now
    draft.save(update_fields=["sent", "ended_at"])
    return write_referral(
        case,
        wish,
        Ground(frozenset(draft.codes), frozenset()),
        draft.id,
        bytes(draft.shared),
        sealed_address=bytes(draft.address),
        by=by,
        now=now,
        keys=keys,
    )


def _wish_of(draft: ReferralDraft) -> Wish:
    """The wish behind a draft. Its words are sealed; the rules ask only whether there are any, and whether
    somebody answers by a link.
    """
    sealed = "sealed in the draft"
    address = "sealed@draft.invalid" if draft.address else ""
    return Wish(
        to=str(draft.to.uuid),
        service=draft.service.pack_id,
        shared=frozenset(draft.codes),
        basis=Basis.BEST_INTEREST,
        note=sealed,
        reason=sealed,
        address=address,
        again=address,
    )


@transaction.atomic
def drop_draft(number: str, draft_id: UUID, *, by: Officer, now: datetime) -> None:
    """Drop what waits for a second person: 1. find and lock as above, 2. end it, and the question where it
    waits and is one's own, 3. record. A second click finds nothing to do.
    """
    case = lock(reads.case_for(number, Action.CASE_REFER, by=by).id)
    draft = _locked(case, draft_id)
    if draft.ended_at is not None:
        return
    draft.ended_at = now
    draft.save(update_fields=["ended_at"])
    look = reads.look_at(case, str(draft.id))
    if look and look.state == SecondState.WAITING and str(look.asked_by_id) == by.id:
        withdraw_second(look.id, by=by, now=now)
    details = {"draft": str(draft.id)}
    audit.record("casework.case.drop", reads.CASE, case.id, by=by, now=now, details=details)


def _locked(case: Case, draft_id: UUID) -> ReferralDraft:
    rows = ReferralDraft.objects.select_for_update(of=("self",)).select_related("to", "service")
    found = rows.filter(id=draft_id, case=case).first()
    if found is None:
        raise NotFound
    return found
