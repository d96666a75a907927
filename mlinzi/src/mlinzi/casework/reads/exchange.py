"""What is on its way to other case systems, and what left on paper."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer, allowed
from mlinzi.casework.models import Case, Outgoing, Referral, Summary
from mlinzi.casework.reads.eyes import fenced_rows, referral_for, relation_of
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.reads.people import people_of
from mlinzi.casework.reads.sharing import shareable
from mlinzi.casework.rules import (
    NOTE_ITEM,
    ON_THE_WAY,
    URGENCY_ITEM,
    Action,
    OutgoingState,
    Part,
    PersonField,
    Shared,
    item,
)
from mlinzi.kernel.errors import NotFound

OUTGOING = "casework.outgoing"


def _eyes(action: str, by: Officer) -> Q:
    return access.visible(
        by,
        action,
        assigned="case__assignee_id",
        unit="case__unit_id",
        area="case__area__pack_id",
        organisations=("case__organisation__uuid",),
    ) & ~Q(case_id__in=fenced_rows(by))


def _seen(action: str, by: Officer) -> QuerySet[Outgoing]:
    rows = Outgoing.objects.filter(_eyes(action, by)).defer("payload")
    return rows.select_related("case__area", "case__organisation", "referral", "made_by")


def outgoing_for(outgoing_id: UUID, action: str, *, by: Officer) -> Outgoing:
    """One of them. Raises `NotFound` for the absent and the forbidden alike."""
    found = _seen(action, by).filter(pk=outgoing_id).first()
    if found is None:
        raise NotFound
    return found


def stuck_outgoing(*, by: Officer, after: str = "", limit: int = 50) -> Page[Outgoing]:
    """What did not go out, within the officer's reach, the newest first.

    Args:
        after: the cursor of the page before; one that cannot be read begins at the top.
    """
    stuck = [OutgoingState.FAILED, OutgoingState.DEAD]
    rows = _seen(Action.OUTGOING_SEE, by).filter(state__in=stuck)
    if key := Cursor.read(after):
        rows = rows.filter(made_at__lte=key.at).filter(Q(made_at__lt=key.at) | Q(id__gt=key.id))
    found = list(rows.order_by("-made_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.made_at, last.id)) if last else "")


def referral_to_send(number: str, *, by: Officer) -> Referral:
    """A referral whose sender may send it to another case system. Raises `NotFound`."""
    referral = referral_for(number, Action.REFERRAL_SEE, by=by)
    if not allowed(by, Action.CASE_EXPORT, relation_of(referral.case)):
        raise NotFound
    return referral


def outgoing_of(referral: Referral) -> list[Outgoing]:
    """What left, or is to leave, of a referral. The caller fetched it through an officer's eyes."""
    return list(referral.outgoing.defer("payload", "answer").order_by("place"))


def outgoing_due(target: str, *, now: datetime, limit: int) -> list[UUID]:
    """What waits to be handed over, the longest waiting first."""
    rows = Outgoing.objects.filter(target=target, state__in=ON_THE_WAY, next_at__lte=now)
    return list(rows.order_by("next_at").values_list("id", flat=True)[:limit])


def outgoing_without_serial(target: str, *, now: datetime, limit: int) -> list[Outgoing]:
    """What arrived and has no serial yet, where it is time to ask."""
    rows = Outgoing.objects.filter(target=target, state=OutgoingState.SENT, serial="", next_at__lte=now)
    return list(rows.defer("payload", "answer").order_by("next_at")[:limit])


def summaries_of(case: Case, *, limit: int = 100) -> list[Summary]:
    """The copies of a case that left on paper, the newest first. The caller fetched the case through an
    officer's eyes.
    """
    return list(case.summaries.select_related("to", "made_by").order_by("-made_at")[:limit])


def summary_with(copy_id: str) -> Summary | None:
    """The summary whose mark stands on a sheet; None where there is none. No content and no case number is
    shown with it, so that whoever found a sheet can ask without seeing the case.
    """
    rows = Summary.objects.select_related("to", "made_by__organisation")
    return rows.filter(copy_id=copy_id.strip().upper()).first()


@dataclass(frozen=True)
class PersonItem:
    """A field of somebody in a case that can leave. `place`: among those of the same part, from 1."""

    code: str
    part: Part
    place: int
    name: PersonField


def _people_items(case: Case, parts: Collection[Part], fields: Collection[PersonField]) -> list[PersonItem]:
    places: dict[Part, int] = defaultdict(int)
    found = []
    for person in people_of(case):
        part = Part(person.part)
        places[part] += 1
        if part in parts:
            for name in fields:
                found.append(PersonItem(item(Shared.PERSON, person.id, name), part, places[part], name))
    return found


def sendable(case: Case) -> list[PersonItem]:
    """What of the people of a case can go to another case system beside what the referral shares. The caller
    fetched the case through an officer's eyes.
    """
    fields = (PersonField.NAME, PersonField.OTHER_NAMES, PersonField.BORN)
    return _people_items(case, (Part.CHILD, Part.SUSPECT, Part.CAREGIVER), fields)


def printable_people(case: Case) -> list[PersonItem]:
    """What of the people of a case can stand on paper. The caller fetched the case through an officer's
    eyes.
    """
    return _people_items(case, tuple(Part), tuple(PersonField))


def printable(case: Case) -> list[tuple[str, datetime | int]]:
    """What a summary on paper can hold, as item codes: what can be shared (each with the place of its report,
    or 0), the notes (each with the time at which it was written), how urgent it is. The caller fetched the
    case through an officer's eyes.
    """
    notes = case.notes.order_by("written_at").values_list("id", "written_at")
    return [
        *((one.code, one.place) for one in shareable(case) if one.kind is not Shared.PERSON),
        *((item(NOTE_ITEM, id), at) for id, at in notes),
        (URGENCY_ITEM, 0),
    ]
