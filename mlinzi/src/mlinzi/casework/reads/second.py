"""What waits for a second person."""

from datetime import datetime
from uuid import UUID

from mlinzi.access.rules import Officer
from mlinzi.casework.models import Case, SecondLook
from mlinzi.casework.reads.eyes import cases_seen
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.rules import Action, SecondFacts, SecondKind, SecondState
from mlinzi.kernel.errors import NotFound

SECOND = "casework.second"


def second_facts(look: SecondLook) -> SecondFacts:
    """How a question stands, for the rules."""
    return SecondFacts(
        SecondState(look.state), str(look.asked_by_id), look.expires_at, spent=look.spent_at is not None
    )


def second_for(look_id: UUID, action: str, *, by: Officer) -> SecondLook:
    """One question about a case that the officer sees for an action. Raises `NotFound`."""
    rows = SecondLook.objects.filter(id=look_id, case__in=cases_seen(action, by=by).order_by())
    found = rows.select_related("case", "asked_by", "decided_by").first()
    if found is None:
        raise NotFound
    return found


def waiting_seconds(*, by: Officer, now: datetime, after: str = "", limit: int = 50) -> Page[SecondLook]:
    """What waits for this officer's word, the oldest first; not what they asked themselves."""
    rows = SecondLook.objects.filter(
        case__in=cases_seen(Action.CASE_AGREE, by=by).order_by(),
        state=SecondState.WAITING,
        expires_at__gt=now,
    ).exclude(asked_by_id=UUID(by.id))
    if key := Cursor.read(after):
        rows = rows.filter(asked_at__gte=key.at).exclude(asked_at=key.at, id__lte=key.id)
    found = list(rows.select_related("case", "asked_by").order_by("asked_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.asked_at, last.id)) if last else "")


def seconds_of(case: Case, *, limit: int = 50) -> list[SecondLook]:
    """The questions of a case, the newest first. The caller fetched the case through an officer's eyes."""
    return list(
        case.second_looks.select_related("asked_by", "decided_by").order_by("-asked_at", "-id")[:limit]
    )


def agreed_second(case: Case, kind: SecondKind, subject: str, *, now: datetime) -> SecondLook | None:
    """An agreement of a second person that can still be used; None where there is none."""
    rows = case.second_looks.filter(
        kind=kind, subject_id=subject, state=SecondState.AGREED, spent_at=None, expires_at__gt=now
    )
    return rows.order_by("decided_at").first()
