"""Cases that are perhaps the same matter, and what people have decided about that."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from mlinzi.access.rules import Officer
from mlinzi.casework.models import Case, CaseReport, Likeness
from mlinzi.casework.reads.eyes import CASE, REPORT, cases_seen
from mlinzi.casework.rules import Action, Verdict
from mlinzi.kernel.errors import NotFound
from mlinzi.vault import reads as vault

LIKENESS = "casework.likeness"
# What stands by itself in a case: whoever joins it to another would lose sight of it.
_BEGUN = (
    "referrals",
    "transfers",
    "drafts",
    "consents",
    "outgoing",
    "summaries",
    "people",
    "traces",
    "risks",
    "needs",
    "goals",
    "reviews",
    "safety_plans",
    "tasks",
    "court_events",
    "offences",
    "second_looks",
)


@dataclass(frozen=True)
class Similar:
    """Another case with a report that shares terms with one of this case's.

    Args:
        kinds: which kinds of term they share: link, phone, account, file, near (nearly the same words).
    """

    case: Case
    kinds: tuple[str, ...]


def similar(case: Case, *, by: Officer, limit: int = 20) -> list[Similar]:
    """Cases the officer may see, whose reports or files name the same link, account or phone, are the same
    file, or say much the same; not those of which somebody decided already, nor those that were joined.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    by_case: dict[UUID, set[str]] = defaultdict(set)
    mine = [(REPORT, id) for id in case.reports.values_list("report_id", flat=True)]
    for subject_type, id in [*mine, (CASE, case.id)]:
        for shared in vault.sharing(subject_type, id, among=REPORT):
            kinds[shared.subject_id] |= shared.kinds
        for shared in vault.sharing(subject_type, id, among=CASE):
            by_case[UUID(shared.subject_id)] |= shared.kinds
    links = CaseReport.objects.filter(report_id__in=list(kinds)).exclude(case_id=case.id)
    for case_id, report_id in links.values_list("case_id", "report_id"):
        by_case[case_id] |= kinds[str(report_id)]
    decided = {like.other_id if like.case_id == case.id else like.case_id for like in _standing(case)}
    wanted = set(by_case) - decided - {case.id}
    seen = cases_seen(Action.CASE_SEE, by=by).filter(id__in=wanted)
    found = [Similar(other, tuple(sorted(by_case[other.id]))) for other in seen]
    return sorted(found, key=lambda s: (-len(s.kinds), s.case.received_at))[:limit]


def _standing(case: Case) -> QuerySet[Likeness]:
    return Likeness.objects.filter(Q(case=case) | Q(other=case), undone_at=None)


def standing_between(one: Case, two: Case) -> Likeness | None:
    """The decision about two cases that stands; None where there is none."""
    return _standing(one).filter(Q(case=two) | Q(other=two)).first()


@dataclass(frozen=True)
class Decided:
    """A decision about this case and another, as it is shown. `holds`: this case holds the reports."""

    likeness: Likeness
    other: Case
    holds: bool


def decided_about(case: Case, *, by: Officer) -> list[Decided]:
    """The decisions about a case that stand, newest first; only those with cases that the officer sees."""
    rows = list(_standing(case).select_related("decided_by").order_by("-decided_at", "id")[:100])
    others = {like.other_id if like.case_id == case.id else like.case_id for like in rows}
    seen = {other.id: other for other in cases_seen(Action.CASE_SEE, by=by).filter(id__in=others)}
    found = []
    for like in rows:
        holds = like.case_id == case.id
        if other := seen.get(like.other_id if holds else like.case_id):
            found.append(Decided(like, other, holds))
    return found


def likeness_in(case: Case, likeness_id: UUID) -> Likeness:
    """A decision about this case, standing or not. Raises `NotFound`."""
    rows = Likeness.objects.select_related("case", "other").filter(Q(case=case) | Q(other=case))
    found = rows.filter(id=likeness_id).first()
    if found is None:
        raise NotFound
    return found


def is_joined(case: Case) -> bool:
    """Whether the reports of a case lie in another one now."""
    return case.likenesses_of_others.filter(verdict=Verdict.SAME, undone_at=None).exists()


def something_begun(case: Case) -> bool:
    """Whether anything was made for a case that would be lost from sight if it were joined to another."""
    return any(getattr(case, name).exists() for name in _BEGUN) or _holds_others(case)


def _holds_others(case: Case) -> bool:
    return case.likenesses.filter(verdict=Verdict.SAME, undone_at=None).exists()


def kept_away(case: Case) -> frozenset[UUID]:
    """The people for whom a case does not exist."""
    rows: Iterable[UUID] = case.fences.filter(lifted_at=None).values_list("person_id", flat=True)
    return frozenset(rows)
