"""Hand a case to an organisation for a service, and what the receiver answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts import sharing
from mlinzi.casework.acts.common import lock, remember_form, subject_of_referral, tell_mailboxes, write_to
from mlinzi.casework.acts.links import seal_address, write_link
from mlinzi.casework.acts.opening import SharedCopy
from mlinzi.casework.acts.second import ask_second
from mlinzi.casework.acts.sharing import Ground, Wish
from mlinzi.casework.models import Case, Referral, SecondLook
from mlinzi.casework.rules import Action, Basis, CaseState, Event, ReferralFacts, SecondKind
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing


@dataclass(frozen=True)
class Preview:
    """What a receiver would read, before it is sent. `digest` goes back with the wish."""

    copy: SharedCopy
    digest: str


def preview(number: str, wish: Wish, *, by: Officer, now: datetime, keys: KeyRing) -> Preview:
    """Show an officer the copy that a wish would send; nothing is sent.

    1. find the case through the officer's eyes, 2. ask the rules, 3. open what was chosen, recorded first.
    Raises `NotFound`, or `Refused` with the reasons. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_REFER, by=by)
    ground = ask(case, wish, by=by, now=now)
    copy = sharing.copy_of(case, wish, ground.items, by=by, now=now, keys=keys)
    return Preview(SharedCopy(copy["items"], copy["note"]), sharing.digest_of(copy))


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
    ground = _ask_alone(case, wish, by=by, now=now)
    copy = sharing.copy_of(case, wish, ground.items, by=by, now=now, keys=keys)
    sharing.check_seen(wish, copy)
    with transaction.atomic():
        case = lock(case.id)
        # A second click waited at the lock and finds here what the first one made.
        if made := _made(case, form_key, by):
            return made
        if _ask_alone(case, wish, by=by, now=now) != ground:
            raise Refused(["What this rests on has changed just now; look at it again."])
        id = new_id()
        sealed = sharing.sealed_copy(copy, reads.REFERRAL, id, keys=keys)
        address = seal_address(wish.address, id, keys=keys) if wish.address else b""
        referral = write_referral(
            case, wish, ground, id, sealed, sealed_address=address, by=by, now=now, keys=keys
        )
        remember_form(case, form_key, referral.id, by=by, now=now)
        if wish.basis == Basis.BEST_INTEREST:
            _ask_afterwards(referral, wish, form_key, by=by, now=now, keys=keys)
        return referral


def _made(case: Case, form_key: bytes, by: Officer) -> Referral | None:
    made = reads.made_by_form(case.id, by.id, form_key)
    return Referral.objects.get(id=made) if made else None


def ask(case: Case, wish: Wish, *, by: Officer, now: datetime) -> Ground:
    """The ground on which a wish may be carried out. Raises `Refused` with the reasons where it may not."""
    offering = {r.uuid: r for r in reads.receivers(case, wish.service, now=now)}
    to = offering.get(wish.to)
    ground, against, inside = sharing.ground_of(case, wish, by=by, now=now)
    facts = ReferralFacts(
        shared=wish.shared,
        note=wish.note,
        basis=wish.basis,
        has_service=bool(wish.service),
        gives_service=to is not None,
        to_self=_is_own(case, wish.to),
        answerable=to is None or to.answerable or bool(wish.address),
        offered=inside,
        open_already=case.referrals.filter(
            to__uuid=wish.to, service__pack_id=wish.service, state__in=rules.OPEN_REFERRALS
        ).exists()
        if to
        else False,
        stopped=reads.reporters_of(case).all_stopped,
    )
    reasons = rules.why_not_refer(CaseState(case.state), facts)
    if wish.address:
        reasons += rules.why_not_link(open_referral=True, address=wish.address, again=wish.again)
    # What stands in the way anyhow comes first; the ground is asked for where somebody was chosen.
    if reasons or (against and to):
        raise Refused(reasons or against)
    return ground


def _ask_alone(case: Case, wish: Wish, *, by: Officer, now: datetime) -> Ground:
    """The same for what one officer sends without a second one."""
    ground = ask(case, wish, by=by, now=now)
    if wish.basis == Basis.BEST_INTEREST and not rules.may_send_at_once(case.in_danger, case.urgency):
        raise Refused(["A second person has to agree before this is shared without consent; ask first."])
    return ground


def _is_own(case: Case, organisation: str) -> bool:
    return case.organisation is not None and str(case.organisation.uuid) == organisation


def write_referral(
    case: Case,
    wish: Wish,
    ground: Ground,
    id: UUID,
    sealed: bytes,
    *,
    sealed_address: bytes = b"",
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Referral:
    """Write a referral that was asked about, inside an act that holds the case's lock.

    Args:
        id, sealed: the copy is sealed under the id, and so is the address that a link goes to, if any.
    """
    to, service = directory.organisation(wish.to), directory.services().get(pack_id=wish.service)
    referral = Referral(
        id=id,
        case=case,
        to=to,
        service=service,
        basis=wish.basis,
        provision=wish.provision if wish.basis == Basis.LAW else "",
        shared=sealed,
        made_by_id=by.id,
        made_at=now,
        due_at=now,
    )
    subject = subject_of_referral(referral, case)
    clock = deadlines.start(subject, "referral", risk=case.urgency, service=wish.service, by=by, now=now)
    referral.due_at = clock.due_at
    referral.save(force_insert=True)
    sharing.rest(ground, referral=referral)
    case.state = CaseState.REFERRED
    case.save(update_fields=["state"])
    tell_mailboxes(case, Event.REFERRED, by=by, now=now)
    _write_to_receiver(referral, by=by, now=now, keys=keys)
    if sealed_address:
        write_link(referral, id, sealed_address, by=by, now=now)
    details = sharing.item_details(wish, ground.items)
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


def _write_to_receiver(referral: Referral, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    people = access.who_may(Action.REFERRAL_ANSWER, now=now, organisation=str(referral.to.uuid))
    write_to(
        access.addressees(people),
        "referral",
        f"referral:{referral.id}",
        f"/referrals/{referral.number}/",
        by=by,
        now=now,
        keys=keys,
    )


def _ask_afterwards(
    referral: Referral, wish: Wish, form_key: bytes, *, by: Officer, now: datetime, keys: KeyRing
) -> None:
    """Ask a second person to look at a referral that has left already, within the pack's hours. Inside the
    act that sends it.
    """
    look = ask_second(
        referral.case.number,
        SecondKind.BEST_INTEREST,
        wish.reason,
        subject=str(referral.id),
        form_key=form_key + b"|second",
        by=by,
        now=now,
        keys=keys,
    )
    by_then = now + timedelta(hours=reads.hours_of("review"))
    SecondLook.objects.filter(pk=look.pk).update(expires_at=by_then)
    Referral.objects.filter(pk=referral.pk).update(look=look.id)
