"""What stands around a case: its history, reports like it, who could help, who could take it."""

from dataclasses import dataclass
from datetime import datetime

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.audit import reads as audit
from mlinzi.casework.models import Case, FormUsed, Referral, Unsorted
from mlinzi.casework.reads.eyes import CASE, case_for
from mlinzi.casework.rules import OPEN_REFERRALS, Action, ReferralState, form_digest
from mlinzi.directory import reads as directory
from mlinzi.kernel.actors import ActorKind


@dataclass(frozen=True)
class HistoryLine:
    """One line of a case's history: when, who (a name, or that of a process), of which organisation, what,
    why.
    """

    at: datetime
    who: str
    organisation: str
    action: str
    purpose: str


def history(number: str, *, by: Officer, limit: int = 200) -> tuple[Case, list[HistoryLine]]:
    """Who did what with a case and why, newest first; openings stand in it. Raises `NotFound`."""
    case = case_for(number, Action.CASE_HISTORY, by=by)
    lines = audit.history_of(CASE, case.id, limit=limit)
    names = access.names_of({line.actor_id for line in lines})
    houses = {str(o.uuid): o.name for o in directory.organisations()}
    return case, [
        HistoryLine(
            line.at,
            # A guest is nobody by name: the organisation beside it says whose link it was.
            "" if line.actor_kind == ActorKind.GUEST else names.get(line.actor_id, line.actor_id),
            houses.get(line.organisation, ""),
            line.action,
            line.purpose,
        )
        for line in lines
    ]


@dataclass(frozen=True)
class Colleague:
    """Somebody a case can be given to."""

    id: str
    name: str
    language: str


def colleagues(case: Case, *, now: datetime) -> list[Colleague]:
    """People of the case's organisation who may open cases, by name."""
    if case.organisation is None:
        return []
    people = access.who_may(Action.CASE_OPEN, now=now, organisation=str(case.organisation.uuid))
    fenced = set(case.fences.filter(lifted_at=None).values_list("person_id", flat=True))
    return [Colleague(str(p.id), p.name, p.language) for p in people if p.id not in fenced]


def desks(*, now: datetime) -> dict[int | None, int]:
    """The organisations whose people watch the queue, by the area they sit in (None: the whole country); ids
    of rows.
    """
    found: dict[int | None, int] = {}
    people = access.who_may(Action.QUEUE_SEE, now=now)
    for house in sorted({person.organisation for person in people}, key=lambda o: o.pk):
        found.setdefault(house.area_id, house.pk)
    return found


def open_referral_states(case: Case) -> list[ReferralState]:
    """The states of a case's referrals that are still open."""
    states = case.referrals.filter(state__in=OPEN_REFERRALS).values_list("state", flat=True)
    return [ReferralState(state) for state in states]


def referrals_of(case: Case) -> list[Referral]:
    """The referrals of a case, newest first. The caller fetched the case through an officer's eyes."""
    return list(case.referrals.select_related("to", "service", "taken_by").order_by("-made_at"))


def unsorted_count() -> int:
    """How many reports could not be made into cases; they are tried again, and somebody must know of them."""
    return Unsorted.objects.count()


def made_by_form(case_id: object, person_id: str, form_key: bytes) -> str:
    """The id of what a form has made already; "" for a form that was not carried out."""
    used = FormUsed.objects.filter(digest=form_digest(case_id, person_id, form_key)).first()
    return used.made if used else ""
