"""The people of a case, who is fenced out of one, who may be told, and what was opened in need."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access.rules import Officer
from mlinzi.casework.models import CareItem, Case, Fence, Glass, PersonInCase, TraceInCase
from mlinzi.casework.reads.eyes import cases_seen
from mlinzi.casework.reads.lists import Cursor, Page
from mlinzi.casework.rules import Action, Part
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import reads as vault
from mlinzi.vault.rules import SealedText, Term

PERSON, TRACE, FENCE, GLASS = "casework.person", "casework.trace", "casework.fence", "casework.glass"
_ORDER = {part: order for order, part in enumerate(Part)}


def care_items(list_name: str) -> list[CareItem]:
    """The lines of one of the pack's lists, in the pack's order."""
    return list(CareItem.objects.filter(group=list_name).order_by("order"))


def care_item(list_name: str, code: str) -> CareItem | None:
    """One line of a list; None for "" and for what the list does not hold."""
    return CareItem.objects.filter(group=list_name, code=code).first() if code else None


def people_of(case: Case, *, removed: bool = False) -> list[PersonInCase]:
    """The people of a case: children first, then by part and by when they were written down. The caller
    fetched the case through an officer's eyes.

    Args:
        removed: those that were taken out, in place of those that are in it.
    """
    rows = case.people.filter(removed_at__isnull=not removed).select_related("relation", "staff", "report")
    return sorted(rows, key=lambda person: (_ORDER[Part(person.part)], person.added_at))


def person_in(case: Case, person_id: UUID) -> PersonInCase:
    """One of them, also a removed one. Raises `NotFound`."""
    found = case.people.select_related("relation", "staff", "report").filter(id=person_id).first()
    if found is None:
        raise NotFound
    return found


def traces_of(case: Case) -> list[TraceInCase]:
    """Links, accounts and phone numbers of a case that belong to nobody yet, in the order they came."""
    return list(case.traces.filter(removed_at=None).order_by("added_at", "id"))


def sealed_person(person: PersonInCase) -> SealedText:
    """What is known about somebody, for the vault."""
    return SealedText(PERSON, str(person.id), "fields", bytes(person.sealed))


def sealed_trace(trace: TraceInCase) -> SealedText:
    """A trace, for the vault."""
    return SealedText(TRACE, str(trace.id), "value", bytes(trace.sealed))


def person_subject(person: PersonInCase) -> str:
    """What the look-up terms of a person are bound to: the version that they stand in."""
    return f"{person.id}.{person.version}"


def cases_naming(term: Term, *, keys: KeyRing, limit: int = 50) -> set[UUID]:
    """Ids of the cases in which somebody, or a trace, has exactly this phone, link or account now. Whether
    the officer may see them is the caller's question.
    """
    people = [id.split(".") for id in vault.look_up(term, PERSON, keys=keys, limit=limit)]
    live = Q(pk__in=[])
    for id, version in people:
        live |= Q(id=UUID(id), version=int(version))
    found = set(PersonInCase.objects.filter(live, removed_at=None).values_list("case_id", flat=True))
    traces = [UUID(id) for id in vault.look_up(term, TRACE, keys=keys, limit=limit)]
    rows = TraceInCase.objects.filter(id__in=traces, removed_at=None)
    return found | set(rows.values_list("case_id", flat=True))


def hushed_reports(case: Case) -> set[UUID]:
    """The reports of a case whose reporter is suspected of having done harm in it: nobody writes to them."""
    suspected = case.people.filter(Q(suspected=True) | Q(part=Part.SUSPECT), removed_at=None)
    return set(suspected.filter(report__isnull=False).values_list("report_id", flat=True))


# -- fences ------------------------------------------------------------------------------------------------


def fenced_out(case: Case) -> set[UUID]:
    """The people of the house for whom a case does not exist."""
    return set(case.fences.filter(lifted_at=None).values_list("person_id", flat=True))


def not_fenced(case: Case, people: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some people, as pairs of id and language, who may hear of a case."""
    fenced = {str(id) for id in fenced_out(case)}
    return [pair for pair in people if pair[0] not in fenced]


def fences_seen(*, by: Officer, after: str = "", limit: int = 50) -> Page[Fence]:
    """Conflicts of interest in the cases that an officer supervises, those that stand first, the newest
    first.
    """
    rows = _fences(by).filter(lifted_at=None)
    if key := Cursor.read(after):
        rows = rows.filter(since__lte=key.at).exclude(since=key.at, id__lte=key.id)
    found = list(rows.order_by("-since", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.since, last.id)) if last else "")


def fence_for(fence_id: UUID, *, by: Officer) -> Fence:
    """One conflict of interest. Raises `NotFound`."""
    found = _fences(by).filter(id=fence_id).first()
    if found is None:
        raise NotFound
    return found


def _fences(by: Officer) -> "QuerySet[Fence]":
    cases = cases_seen(Action.CASE_FENCE, by=by).order_by()
    return Fence.objects.filter(case__in=cases).select_related("case", "person", "lifted_by")


# -- opened in need ----------------------------------------------------------------------------------------


def glass_of(case: Case, *, by: Officer, now: datetime) -> Glass | None:
    """Under which opening in need an officer reads a case now; None for none."""
    rows = case.glasses.filter(person_id=UUID(by.id), broken_at__lte=now, until__gt=now)
    return rows.order_by("-until").first()


def glasses_waiting(*, by: Officer, after: str = "", limit: int = 50) -> Page[Glass]:
    """Openings in need that nobody has judged, the oldest first; not the officer's own."""
    rows = _glasses(by).filter(reviewed_at=None).exclude(person_id=UUID(by.id))
    if key := Cursor.read(after):
        rows = rows.filter(broken_at__gte=key.at).exclude(broken_at=key.at, id__lte=key.id)
    found = list(rows.order_by("broken_at", "id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], str(Cursor(0, last.broken_at, last.id)) if last else "")


def glass_for(glass_id: UUID, *, by: Officer) -> Glass:
    """One opening in need, for whoever judges it. Raises `NotFound`."""
    found = _glasses(by).filter(id=glass_id).first()
    if found is None:
        raise NotFound
    return found


def _glasses(by: Officer) -> "QuerySet[Glass]":
    cases = cases_seen(Action.CASE_REVIEW, by=by).order_by()
    return Glass.objects.filter(case__in=cases).select_related("case", "person")


def glasses_of(case: Case, *, limit: int = 20) -> Collection[Glass]:
    """Who opened a case in need, the newest first."""
    return list(case.glasses.select_related("person", "reviewed_by").order_by("-broken_at")[:limit])
