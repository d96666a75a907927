"""Two people: one asks, another one agrees or refuses, and what was agreed is used once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form, write_to
from mlinzi.casework.models import Case, SecondLook
from mlinzi.casework.rules import ASKED_WITH, SECOND_LIVES, Action, SecondKind, SecondState
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


@transaction.atomic
def ask_second(
    number: str,
    kind: SecondKind,
    words: str,
    *,
    subject: str = "",
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> SecondLook:
    """Ask for a second person's agreement.

    1. find the case through the officer's eyes, with the right of the act that is to follow; lock, 2. carried
    out already? 3. ask the rules, 4. write, sealed, 5. write to those who may agree, 6. record.

    Args:
        subject: the id of what of the case it is about; "" for the case itself.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, ASKED_WITH[kind], by=by).id)
    if made := reads.made_by_form(case.id, by.id, form_key):
        return SecondLook.objects.get(id=made)
    waiting = case.second_looks.filter(kind=kind, subject_id=subject, state=SecondState.WAITING)
    # What nobody answered in time no longer holds up the same question.
    waiting.filter(expires_at__lte=now).update(state=SecondState.WITHDRAWN)
    if reasons := rules.why_not_ask(words, waits_already=waiting.exists()):
        raise Refused(reasons)
    look = SecondLook(
        id=new_id(),
        case=case,
        kind=kind,
        subject_id=subject,
        asked_by_id=by.id,
        asked_at=now,
        expires_at=now + SECOND_LIVES,
    )
    look.words = vault.seal_text(clean_text(words), reads.SECOND, look.id, "words", keys=keys)
    look.save(force_insert=True)
    _write_to_seconds(look, by=by, now=now, keys=keys)
    remember_form(case, form_key, look.id, by=by, now=now)
    _record("casework.second.ask", look, by=by, now=now)
    return look


def _write_to_seconds(look: SecondLook, *, by: Officer, now: datetime, keys: KeyRing) -> None:
    house = str(look.case.organisation.uuid) if look.case.organisation else ""
    able = access.who_may(Action.CASE_AGREE, now=now, organisation=house)
    people = reads.not_fenced(look.case, access.addressees(p for p in able if str(p.id) != by.id))
    path = f"/cases/{look.case.number}/"
    write_to(people, "second.ask", f"second:{look.id}", path, by=by, now=now, keys=keys)


@transaction.atomic
def decide_second(
    look_id: UUID, *, agree: bool, words: str, by: Officer, now: datetime, keys: KeyRing
) -> SecondLook:
    """Agree or refuse as the second person.

    1. find through the officer's eyes, 2. lock case and question, 3. ask the rules, 4. write, 5. write to
    whoever asked, 6. record.

    Raises `NotFound`, or `Refused` with the reasons.
    """
    look = _locked(reads.second_for(look_id, Action.CASE_AGREE, by=by))
    if reasons := rules.why_not_decide(
        reads.second_facts(look), decider=by.id, agree=agree, words=words, now=now
    ):
        raise Refused(reasons)
    look.state = SecondState.AGREED if agree else SecondState.REFUSED
    look.decided_by_id, look.decided_at = by.id, now
    if words.strip():
        look.answer = vault.seal_text(clean_text(words), reads.SECOND, look.id, "answer", keys=keys)
    look.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    people = [(str(look.asked_by_id), look.asked_by.language)]
    path = f"/cases/{look.case.number}/"
    write_to(people, "second.answer", f"second:{look.id}:answer", path, by=by, now=now, keys=keys)
    _record(f"casework.second.{'agree' if agree else 'refuse'}", look, by=by, now=now)
    return look


@transaction.atomic
def withdraw_second(look_id: UUID, *, by: Officer, now: datetime) -> None:
    """Take a question back: 1. find, lock, 2. ask the rules, 3. write, 4. record."""
    look = _locked(reads.second_for(look_id, Action.CASE_SEE, by=by))
    if reasons := rules.why_not_withdraw(reads.second_facts(look), by=by.id):
        raise Refused(reasons)
    look.state = SecondState.WITHDRAWN
    look.save(update_fields=["state"])
    _record("casework.second.withdraw", look, by=by, now=now)


def spend_second(case: Case, kind: SecondKind, *, subject: str = "", by: Actor, now: datetime) -> SecondLook:
    """Use what a second person agreed to, once; call it inside the act that it allows, with the case locked.

    Raises `Refused` where nobody agreed, or it was used, or is too old.
    """
    look = reads.agreed_second(case, kind, subject, now=now)
    if look is None:
        raise Refused(rules.why_not_spend(None, now=now))
    look = SecondLook.objects.select_for_update().get(id=look.id)
    if reasons := rules.why_not_spend(reads.second_facts(look), now=now):
        raise Refused(reasons)
    look.spent_at = now
    look.save(update_fields=["spent_at"])
    _record("casework.second.spend", look, by=by, now=now)
    return look


def _locked(found: SecondLook) -> SecondLook:
    """The question as it stands now; its case is locked before it."""
    case = lock(found.case_id)
    look = SecondLook.objects.select_for_update(of=("self",)).select_related("asked_by").get(id=found.id)
    look.case = case
    return look


def _record(action: str, look: SecondLook, *, by: Actor, now: datetime) -> None:
    details = {"kind": look.kind, "second": str(look.id)}
    audit.record(action, reads.CASE, look.case_id, by=by, now=now, details=details)
