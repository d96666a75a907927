"""What happened around a case and what lies ahead, in one line of time; clear facts only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from mlinzi.access.rules import Officer
from mlinzi.audit import reads as audit
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.reads.eyes import CASE, REFERRAL, case_for
from mlinzi.casework.rules import OPEN_REFERRALS, Action
from mlinzi.deadlines import reads as deadlines
from mlinzi.directory import reads as directory

# What the record keeps beside: who read what, how clocks run, and what has a line of its own here.
_BESIDE = {
    "casework.case.open",
    "casework.case.share",
    "casework.case.claim",
    "casework.case.release",
    "casework.case.refer",
    "casework.case.make",
    "casework.file.open",
    "casework.summary.check",
    "casework.outgoing.open",
    "casework.late.note",
    "casework.late.see",
    "casework.court.add",
    "deadlines.deadline.start",
    "deadlines.deadline.meet",
    "deadlines.deadline.replace",
    "deadlines.deadline.drop",
    "deadlines.deadline.pass",
    "vault.file.store",
}


@dataclass(frozen=True)
class Moment:
    """One point on the line.

    Args:
        at: when. whole_day: only the day of it counts. table, code: where its words stand, see `words`.
        about: whom or what it concerns, a name or a label by language. number: of a referral, for a link.
    """

    at: datetime
    table: str
    code: str
    about: str | Mapping[str, str] = ""
    number: str = ""
    whole_day: bool = False


@dataclass(frozen=True)
class Timeline:
    """What lies ahead, the soonest first, and what happened, the newest first."""

    case: Case
    ahead: list[Moment]
    past: list[Moment]


def timeline(number: str, *, by: Officer, now: datetime, limit: int = 200) -> Timeline:
    """The line of time of a case. Raises `NotFound`."""
    case = case_for(number, Action.CASE_OPEN, by=by)
    every = [*_recorded(case, limit), *_reports(case), *_referrals(case), *_court(case)]
    past = sorted((moment for moment in every if moment.at <= now), key=_at, reverse=True)[:limit]
    ahead = [moment for moment in every if moment.at > now]
    # What waits stays ahead until it is done, also when its time has passed.
    return Timeline(case, sorted([*ahead, *_waiting(case)], key=_at), past)


def _at(moment: Moment) -> datetime:
    return moment.at


def _recorded(case: Case, limit: int) -> Iterable[Moment]:
    for line in audit.history_of(CASE, case.id, limit=5 * limit):
        if line.action not in _BESIDE:
            yield Moment(line.at, "done", line.action)


def _reports(case: Case) -> Iterable[Moment]:
    for at in case.reports.values_list("report__received_at", flat=True):
        yield Moment(at, "moment", "report")


def _referrals(case: Case) -> Iterable[Moment]:
    for referral in case.referrals.select_related("to", "service").defer("shared", "answer"):
        told = referral.to.name
        yield Moment(referral.made_at, "moment", "referral", told, referral.number)
        if referral.answered_at and referral.answered_at != referral.ended_at:
            yield Moment(referral.answered_at, "referral", "accepted", told, referral.number)
        if referral.ended_at:
            yield Moment(referral.ended_at, "referral", referral.state, told, referral.number)


def _court(case: Case) -> Iterable[Moment]:
    for event in case.court_events.select_related("session"):
        yield _on(event.on, "court", event.session.label)
        if event.next_on:
            yield _on(event.next_on, "court", event.session.label)


def _waiting(case: Case) -> list[Moment]:
    """What still has to be done, late or not."""
    found = [_on(task.due_on, "task", task.to.name) for task in case.tasks.filter(done_at=None)]
    for kind, code in (("triage", "clock"), ("plan_review", "review")):
        if due := deadlines.open_for(CASE, [str(case.id)], kind=kind).get(str(case.id)):
            found.append(Moment(due.due_at, "moment", code))
    open_ones: Iterable[Referral] = case.referrals.filter(state__in=OPEN_REFERRALS).select_related("to")
    clocks = deadlines.open_for(REFERRAL, [str(r.id) for r in open_ones])
    for referral in open_ones:
        if clock := clocks.get(str(referral.id)):
            code = "help" if referral.answered_at else "answer"
            found.append(Moment(clock.due_at, "moment", code, referral.to.name, referral.number))
    return sorted(found, key=_at)


def _on(day: date, code: str, about: str | Mapping[str, str] = "") -> Moment:
    at = datetime.combine(day, time(23, 59), tzinfo=directory.time_zone())
    return Moment(at, "moment", code, about, whole_day=True)
