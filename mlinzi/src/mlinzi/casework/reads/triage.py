"""The table of urgency, who reads what waits, the filters an officer keeps."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from mlinzi.access.rules import Officer, allowed
from mlinzi.casework.models import Case, Claim, SavedFilter, TriageRow
from mlinzi.casework.reads.eyes import owned_by, relation_of
from mlinzi.casework.rules import Action, Phase, Row, filled, row_from
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.packed import in_language

_PARTS = {Phase.FIRST.value: 0, Phase.AFTER.value: 1}


def triage_table() -> list[Row]:
    """The pack's table of urgency, in its order."""
    rows = sorted(TriageRow.objects.all(), key=lambda row: (_PARTS[row.phase], row.order))
    names = ("phase", "when", "effect", "final", "sentence")
    return [row_from(row.pack_id, {name: getattr(row, name) for name in names}) for row in rows]


def urgency_said(cases: Collection[Case], language: str) -> dict[UUID, str]:
    """Why cases have their urgency, in a language: the row's sentence, or what was kept where an officer
    judged or the row is gone.
    """
    wanted = {case.urgency_row for case in cases if case.urgency_row}
    rows = {row.pack_id: row.sentence for row in TriageRow.objects.filter(pack_id__in=wanted)}
    said = {}
    for case in cases:
        sentence = rows.get(case.urgency_row, {}).get(language)
        category = in_language(case.category.officer_label, language) if case.category else ""
        said[case.id] = (
            filled(sentence, category=category, **case.urgency_numbers) if sentence else case.urgency_sentence
        )
    return said


def claim_of(case: Case, *, now: datetime) -> Claim | None:
    """Who reads a waiting case now; None for nobody. The caller fetched it through an officer's eyes."""
    return Claim.objects.filter(case=case, until__gt=now).select_related("person").first()


def claims_on(cases: Collection[Case], *, now: datetime) -> dict[UUID, Claim]:
    """Who reads which of some cases now, by the case's id."""
    rows = Claim.objects.filter(case_id__in=[case.id for case in cases], until__gt=now)
    return {held.case_id: held for held in rows.select_related("person")}


def may_free(case: Case, *, by: Officer) -> bool:
    """Whether an officer may give back what somebody else reads: whoever may give the case to others."""
    return allowed(by, Action.CASE_ASSIGN, owned_by(relation_of(case), ""))


def filters_of(*, by: Officer) -> list[SavedFilter]:
    """The filters that an officer keeps, by name."""
    return list(SavedFilter.objects.filter(person_id=UUID(by.id)).order_by("name"))


def filter_for(filter_id: UUID, *, by: Officer) -> SavedFilter:
    """One of an officer's own. Raises `NotFound`."""
    found = SavedFilter.objects.filter(id=filter_id, person_id=UUID(by.id)).first()
    if found is None:
        raise NotFound
    return found
