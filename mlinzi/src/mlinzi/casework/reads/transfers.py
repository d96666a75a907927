"""Who sees an offer of a case, and who could take one over."""

from datetime import datetime

from django.db.models import Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, Relation
from mlinzi.casework.models import Case, Transfer
from mlinzi.casework.reads.eyes import fenced_rows, relation_of, spoken
from mlinzi.casework.reads.helpers import Receiver, receiver
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.rules import Action, ReferralState
from mlinzi.directory import reads as directory
from mlinzi.kernel.errors import NotFound

TRANSFER = "casework.transfer"


def transfer_relation_of(transfer: Transfer, action: str) -> Relation:
    """How an offer stands to people. To see it: the two organisations, also the one that has handed over. To
    read the copy and to answer: the receiver. To take it back: whoever holds the case.
    """
    receiver = str(transfer.to.uuid)
    if action == Action.TRANSFER_ANSWER:
        return Relation(organisations=frozenset({receiver}))
    if action == Action.CASE_TRANSFER:
        return relation_of(transfer.case)
    return Relation(organisations=frozenset({receiver, str(transfer.came_from.uuid)}))


def transfers_seen(action: str, *, by: Officer) -> QuerySet[Transfer]:
    """The offers an officer may see for an action; the same answer as `transfer_relation_of`, in SQL."""
    if action == Action.CASE_TRANSFER:
        mine = access.visible(
            by,
            action,
            assigned="case__assignee_id",
            unit="case__unit_id",
            area="case__area__pack_id",
            organisations=("case__organisation__uuid",),
        )
    else:
        sides = ("to__uuid",) if action == Action.TRANSFER_ANSWER else ("to__uuid", "came_from__uuid")
        mine = access.visible(by, action, organisations=sides)
    return Transfer.objects.filter(mine & ~Q(case_id__in=fenced_rows(by))).select_related(
        "case__area", "case__organisation", "case__category", "to", "came_from", "made_by", "taken_by"
    )


def transfer_for(number: str, action: str, *, by: Officer) -> Transfer:
    """One offer by its spoken number. Raises `NotFound` for the absent and the forbidden alike."""
    found = transfers_seen(action, by=by).filter(number=spoken(number)).first()
    if found is None:
        raise NotFound
    return found


def transfers(*, by: Officer, after: str = "", limit: int = 50) -> Page[Transfer]:
    """Offers of cases from and to the officer's organisation, the newest first."""
    rows = transfers_seen(Action.TRANSFER_SEE, by=by).defer("shared", "answer")
    if key := Cursor.read(after):
        rows = rows.filter(made_at__lte=key.at).exclude(made_at=key.at, id__lte=key.id)
    found = list(rows.order_by("-made_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.made_at, last.id)) if last else "")


def transfers_to_answer(*, by: Officer, limit: int = 50) -> list[Transfer]:
    """Cases that the officer's organisation is offered, the soonest due first."""
    rows = transfers_seen(Action.TRANSFER_ANSWER, by=by).defer("shared", "answer")
    return list(rows.filter(state=ReferralState.SENT).order_by("due_at")[:limit])


def transfers_of(case: Case) -> list[Transfer]:
    """The offers of a case, newest first. The caller fetched the case through an officer's eyes."""
    rows = case.transfers.select_related("to", "came_from", "taken_by").defer("shared", "answer")
    return list(rows.order_by("-made_at"))


def takers(case: Case, *, now: datetime) -> list[Receiver]:
    """Organisations that could take a case over: of its area first, then nationwide, then the nearest."""
    able = {person.organisation_id for person in access.who_may(Action.TRANSFER_ANSWER, now=now)}
    rows = directory.organisations().filter(pk__in=able).exclude(pk=case.organisation_id or 0)
    houses = rows.prefetch_related("serves")
    found = [receiver(house, case.area, able={str(h.uuid) for h in houses}, now=now) for house in houses]
    return sorted(found, key=lambda r: (r.near.order, r.name))
