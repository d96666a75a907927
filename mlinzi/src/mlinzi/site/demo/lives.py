"""What becomes of an invented report, act by act, in the hands of the invented officers."""

import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mlinzi.access.rules import Officer, may_at_all
from mlinzi.casework import acts, reads
from mlinzi.casework.acts import Wish
from mlinzi.casework.models import Case
from mlinzi.casework.rules import (
    Action,
    Basis,
    Given,
    GivenBy,
    HowObtained,
    LateWhy,
    Outcome,
    Purpose,
    SecondKind,
    Shared,
)
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import in_language
from mlinzi.site.demo.plans import end_plan, plan_help


class Life(StrEnum):
    """How far an invented case gets."""

    NEW = "new"
    TAKEN = "taken"
    ANSWERED = "answered"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    HELPED = "helped"
    NOT_OURS = "not_ours"


EVERYTHING = frozenset(Shared) - {Shared.PERSON}
NOTES = (
    "Called the school; the teacher will look after the child until we know more.",
    "The reporter wants to be written to only through the number.",
    "Asked the service provider to keep the account's records.",
)
OUTCOMES = (
    "Met the child with her aunt. Counselling starts on Monday.",
    "The account was reported to the service and is gone. The family has our number.",
    "Visited the home. The child is safe with the grandmother; we come again in two weeks.",
)


@dataclass
class Steps:
    """The hands and the clock of one case: time goes on with each act and stops at `until`."""

    number: str
    at: datetime
    until: datetime
    people: Sequence[Officer]
    keys: KeyRing
    chance: random.Random

    def later(self, hours: float) -> datetime:
        """Some time goes by: on average `hours`, never past the present."""
        self.at = min(self.at + timedelta(hours=hours * self.chance.uniform(0.4, 1.6)), self.until)
        return self.at

    def pick(self, action: str, organisation: str = "") -> Officer | None:
        """Somebody who may do this, of an organisation (uuid) where one is named."""
        able = [w for w in self.people if may_at_all(w, action) and organisation in ("", w.organisation)]
        return replace(self.chance.choice(able), factor_at=self.at) if able else None


def lead(
    number: str, life: Life, *, people: Sequence[Officer], since: datetime, until: datetime, keys: KeyRing
) -> None:
    """Lead a case as far as its life goes."""
    steps = Steps(number, since, until, people, keys, random.Random(number))  # noqa: S311 - a story, no secret
    if life is Life.NEW:
        return
    analyst = _take(steps)
    if analyst is None or life is Life.TAKEN:
        return
    if life is Life.ANSWERED:
        _answer(steps, analyst)
        return
    if life is Life.NOT_OURS:
        _answer(steps, analyst)
        _close(steps, analyst, steps.chance.choice([Outcome.NOT_OURS, Outcome.NO_FURTHER_ACTION]), hours=5)
        return
    _referred(steps, analyst, life)


def _take(steps: Steps) -> Officer | None:
    analyst = _who_can_take(steps)
    if analyst is None:
        return None
    acts.take(steps.number, by=analyst, now=steps.later(0.5))
    acts.open_case(steps.number, Purpose.TRIAGE, by=analyst, now=steps.later(0.1), keys=steps.keys)
    if steps.chance.random() < 0.4:
        note = steps.chance.choice(NOTES)
        acts.note(
            steps.number, note, form_key=os.urandom(16), by=analyst, now=steps.later(1), keys=steps.keys
        )
    if steps.chance.random() < 0.2:
        plan_help(steps, analyst)
    return analyst


def _who_can_take(steps: Steps) -> Officer | None:
    """Somebody for whom the case is there, who may take it and work on it to the end."""
    able = [
        officer
        for officer in steps.people
        if all(
            may_at_all(officer, action)
            for action in (Action.CASE_ASSIGN, Action.CASE_REFER, Action.CASE_ANSWER)
        )
    ]
    steps.chance.shuffle(able)
    for officer in able:
        with suppress(NotFound):
            reads.case_to_take(steps.number, by=officer)
            return replace(officer, factor_at=steps.at)
    return None


def _answer(steps: Steps, analyst: Officer) -> None:
    texts = [t for k, t in directory.public_texts("en").items() if k.startswith("answer.")]
    text = steps.chance.choice(texts)
    acts.answer(steps.number, text, form_key=os.urandom(16), by=analyst, now=steps.later(2), keys=steps.keys)


def _referred(steps: Steps, analyst: Officer, life: Life) -> None:
    case = reads.case_for(steps.number, Action.CASE_REFER, by=analyst)
    wishes = _wishes(steps, case)
    if not wishes:
        _answer(steps, analyst)
        return
    wish = _grounded(steps, analyst, wishes[0])
    referral = acts.refer(
        steps.number, wish, form_key=os.urandom(16), by=analyst, now=steps.later(2), keys=steps.keys
    )
    if life is Life.REFERRED:
        return
    receiver = steps.pick(Action.REFERRAL_ANSWER, wishes[0].to)
    if receiver is None:
        return
    if life is Life.DECLINED:
        reason = "We have no free place this week; please ask another office."
        acts.decline(referral.number, reason, by=receiver, now=steps.later(8), keys=steps.keys)
        return
    acts.accept(referral.number, by=receiver, now=steps.later(6), keys=steps.keys)
    acts.open_referral(referral.number, Purpose.REFERRAL, by=receiver, now=steps.later(0.5), keys=steps.keys)
    if life is Life.ACCEPTED:
        return
    outcome = steps.chance.choice(OUTCOMES)
    acts.done(referral.number, outcome, by=receiver, now=steps.later(40), keys=steps.keys)
    _answer(steps, analyst)
    _close(steps, analyst, Outcome.HELPED, hours=20)


def _close(steps: Steps, analyst: Officer, outcome: Outcome, *, hours: float) -> None:
    """Close a case: what was late is explained first, and where the risk is high a second person agrees."""
    end_plan(steps, analyst)
    for late in reads.lates_to_explain(by=analyst):
        why, words = steps.chance.choice(list(LateWhy)), ""
        acts.explain_late(late.id, why, words, by=analyst, now=steps.later(0.5), keys=steps.keys)
    case = reads.case_for(steps.number, Action.CASE_CLOSE, by=analyst)
    if reads.closure_facts(case, agreed=False).high:
        others = [w for w in steps.people if w.id != analyst.id and w.organisation == analyst.organisation]
        able = [other for other in others if may_at_all(other, Action.CASE_AGREE)]
        if not able:
            return
        look = acts.ask_second(
            steps.number,
            SecondKind.CLOSE,
            "The child is safe and nothing is left to do.",
            form_key=os.urandom(16),
            by=analyst,
            now=steps.later(1),
            keys=steps.keys,
        )
        second = steps.chance.choice(able)
        acts.decide_second(look.id, agree=True, words="", by=second, now=steps.later(2), keys=steps.keys)
    acts.close(steps.number, outcome, by=analyst, now=steps.later(hours))


def _wishes(steps: Steps, case: Case) -> Sequence[Wish]:
    """What could be asked of whom for this case: a service that somebody of the cast offers, the nearest
    first."""
    services = list(directory.services())
    steps.chance.shuffle(services)
    cast = {officer.organisation for officer in steps.people}
    for service in services:
        for receiver in reads.receivers(case, service.pack_id, now=steps.at):
            if receiver.uuid in cast and steps.pick(Action.REFERRAL_ANSWER, receiver.uuid):
                note = f"Please help with: {in_language(service.label, 'en')}."
                return [Wish(receiver.uuid, service.pack_id, EVERYTHING, Basis.CONSENT, note)]
    return []


def _grounded(steps: Steps, analyst: Officer, wish: Wish) -> Wish:
    """The wish with a ground that holds: mostly the child's word, recorded first; sometimes the law."""
    provisions = reads.provisions(now=steps.at)
    if provisions and steps.chance.random() < 0.25:
        return replace(wish, basis=Basis.LAW, provision=provisions[0].pack_id)
    given = Given(
        GivenBy.CHILD,
        steps.chance.choice(list(HowObtained)),
        frozenset(kind.value for kind in Shared),
        steps.at,
        to=wish.to,
        words="Said so when asked; wants to know first who reads it.",
        language="en",
    )
    acts.record_consent(
        steps.number, given, form_key=os.urandom(16), by=analyst, now=steps.later(0.2), keys=steps.keys
    )
    return wish
