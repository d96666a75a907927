"""How a referral goes on: the receiver accepts, declines, says when it is done; the sender takes it back.

Whoever answers signed in and whoever answers by a link go through the same `move`.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import begin_day, lock, subject_of_referral, tell_mailboxes, write_to
from mlinzi.casework.acts.lateness import end_clock, note_late
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.rules import Action, Event, GoesOnWhy, ReferralState
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory import reads as directory
from mlinzi.intake.rules import clean_text
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def accept(number: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Accept a referral: see `move`. The officer who accepts it has it from now on."""
    found = reads.referral_for(number, Action.REFERRAL_ANSWER, by=by)
    return move(found, ReferralState.ACCEPTED, "", by=by, now=now, keys=keys)


def decline(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Decline a referral, with the reason that lets the case's officer find another way: see `move`."""
    found = reads.referral_for(number, Action.REFERRAL_ANSWER, by=by)
    return move(found, ReferralState.DECLINED, reason, by=by, now=now, keys=keys)


def done(
    number: str,
    words: str,
    *,
    outcome: str = rules.OTHER_OUTCOME,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> Referral:
    """Say that a referral is done, and what was done: see `move`. `outcome`: one of the pack's codes."""
    found = reads.referral_for(number, Action.REFERRAL_ANSWER, by=by)
    return move(found, ReferralState.DONE, words, outcome=outcome, by=by, now=now, keys=keys)


def revoke(number: str, reason: str, *, by: Officer, now: datetime, keys: KeyRing) -> Referral:
    """Take a referral back, with the reason: see `move`. The shared copy can no longer be opened."""
    found = reads.referral_for(number, Action.REFERRAL_REVOKE, by=by)
    return move(found, ReferralState.REVOKED, reason, by=by, now=now, keys=keys)


_EVENT = {ReferralState.ACCEPTED: Event.ACCEPTED}
_WORD = {
    ReferralState.ACCEPTED: "accept",
    ReferralState.DECLINED: "decline",
    ReferralState.DONE: "finish",
    ReferralState.REVOKED: "revoke",
}


@transaction.atomic
def move(
    found: Referral,
    to: ReferralState,
    words: str,
    *,
    outcome: str = "",
    link: UUID | None = None,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> Referral:
    """Let a referral go on, which the caller found through somebody's eyes.

    1. lock its case, then itself, and for a guest the link, which may have ended meanwhile, 2. ask the rules,
    3. write, the words sealed, and end what ends with it, 4. meet the deadline, start the next, move the
    case, tell the mailbox, 5. write to the other side, 6. record.

    Raises `NotFound` for a link that opens nothing any more, or `Refused` with the reasons.
    """
    case = lock(found.case_id)
    referral = Referral.objects.select_for_update(of=("self",)).select_related("to").get(pk=found.pk)
    if link is not None:
        reads.live_link(link, now=now, locked=True)
    was = ReferralState(referral.state)
    if was is to and by.kind is ActorKind.PERSON and str(referral.taken_by_id or "") == by.id:
        return referral  # the second click of the same officer
    reasons = rules.why_not_answer(was, to, reason=words)
    if to is ReferralState.DONE and not reads.is_outcome(outcome):
        reasons.append("Choose what came of it.")
    if reasons:
        raise Refused(reasons)
    if was is ReferralState.SENT and to is not ReferralState.REVOKED:
        note_late(case, "referral", referral.due_at, by=by, now=now)
    _write(referral, to, words, outcome, by=by, now=now, keys=keys)
    _clocks(referral, case, by=by, now=now)
    left = reads.open_referral_states(case)
    case.state = rules.state_after_answer(len(left))
    if to in {ReferralState.DECLINED, ReferralState.DONE}:
        case.answered_at = now
    case.save(update_fields=["state", "answered_at"])
    if to is not ReferralState.DONE:
        tell_mailboxes(case, _EVENT.get(to, Event.ENDED_WITHOUT_HELP), by=by, now=now, still_open=left)
    _write_to_other_side(referral, case, by=by, now=now, keys=keys)
    _record(referral, case, f"casework.referral.{_WORD[to]}", by=by, now=now)
    return referral


def _clocks(referral: Referral, case: Case, *, by: Actor, now: datetime) -> None:
    """The answer's clock is met. Help that is promised gets one of its own, which is met when it is given;
    what is taken back was not late.
    """
    deadlines.meet(reads.REFERRAL, str(referral.id), "referral", by=by, now=now)
    match ReferralState(referral.state):
        case ReferralState.ACCEPTED:
            subject = subject_of_referral(referral, case)
            deadlines.start(subject, "help", risk=case.urgency, service="", by=by, now=now)
        case ReferralState.DONE:
            for kind in rules.HELP_CLOCKS:
                end_clock(reads.REFERRAL, referral.id, kind, case, by=by, now=now)
        case _:
            deadlines.drop(reads.REFERRAL, str(referral.id), by=by, now=now)


@transaction.atomic
def go_on(number: str, until: date, why: str, *, by: Officer, now: datetime) -> Referral:
    """Say that accepted help goes on until a day, so that whoever asked for it knows.

    1. find it through the officer's eyes, lock its case and itself, 2. ask the rules, 3. write, 4. meet the
    clock that ran, start that of the day, 5. record. Raises `NotFound`, or `Refused` with the reasons.
    """
    found = reads.referral_for(number, Action.REFERRAL_ANSWER, by=by)
    case = lock(found.case_id)
    referral = Referral.objects.select_for_update(of=("self",)).select_related("to").get(pk=found.pk)
    today = directory.local_day(now)
    if reasons := rules.why_not_go_on(ReferralState(referral.state), until=until, why=why, today=today):
        raise Refused(reasons)
    referral.goes_on_until, referral.goes_on_why = until, GoesOnWhy(why)
    referral.save(update_fields=["goes_on_until", "goes_on_why"])
    for kind in rules.HELP_CLOCKS:
        end_clock(reads.REFERRAL, referral.id, kind, case, by=by, now=now)
    begin_day(subject_of_referral(referral, case), "help_again", until, case, by=by, now=now)
    details = {"referral": str(referral.id), "until": until.isoformat(), "why": why}
    audit.record("casework.referral.go_on", reads.REFERRAL, referral.id, by=by, now=now, details=details)
    audit.record("casework.referral.go_on", reads.CASE, case.id, by=by, now=now, details=details)
    return referral


def _write(
    referral: Referral,
    to: ReferralState,
    words: str,
    outcome: str,
    *,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> None:
    referral.state = to
    if to is ReferralState.ACCEPTED:
        referral.taken_by_id = by.id if by.kind is ActorKind.PERSON else None
        referral.answered_at = now
    else:
        referral.answered_at, referral.ended_at = referral.answered_at or now, now
        text = clean_text(words)
        referral.answer = vault.seal_text(text, reads.REFERRAL, referral.id, "answer", keys=keys)
        referral.outcome = outcome if to is ReferralState.DONE else ""
        # What was shared ends with the referral, and so does the link to it.
        referral.links.filter(ended_at=None).update(ended_at=now)
    referral.save()


def _record(referral: Referral, case: Case, action: str, *, by: Actor, now: datetime) -> None:
    outcome = {"outcome": referral.outcome} if referral.outcome else {}
    audit.record(action, reads.REFERRAL, referral.id, by=by, now=now, details=outcome)
    details = {"referral": str(referral.id), **outcome}
    audit.record(action, reads.CASE, case.id, by=by, now=now, details=details)


def _write_to_other_side(referral: Referral, case: Case, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    effect = f"referral:{referral.id}:{referral.state}"
    if referral.state != ReferralState.REVOKED:
        if case.assignee:
            to = [(str(case.assignee_id), case.assignee.language)]
            write_to(to, "referral.answer", effect, f"/cases/{case.number}/", by=by, now=now, keys=keys)
        return
    people = access.who_may(Action.REFERRAL_ANSWER, now=now, organisation=str(referral.to.uuid))
    write_to(
        access.addressees(people),
        "referral.revoke",
        effect,
        f"/referrals/{referral.number}/",
        by=by,
        now=now,
        keys=keys,
    )
