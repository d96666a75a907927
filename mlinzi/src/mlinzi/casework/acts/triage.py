"""From reports that wait to cases in a queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from mlinzi.audit import acts as audit
from mlinzi.casework import reads
from mlinzi.casework.acts.common import subject_of
from mlinzi.casework.models import Case, CaseReport, Unsorted
from mlinzi.casework.rules import (
    BANDS_TO_JOIN,
    URGENCY_ORDER,
    CaseState,
    CopyFacts,
    ReportFacts,
    urgency,
    why_not_join,
)
from mlinzi.deadlines import acts as deadlines
from mlinzi.intake import acts as intake
from mlinzi.intake import reads as intake_reads
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import MlinziError
from mlinzi.kernel.packed import in_language
from mlinzi.vault import reads as vault

TRY_AGAIN = timedelta(minutes=10)
# What one report can have wrong in itself. Anything else (the database is gone) concerns all and stops the
# batch.
OF_ONE_REPORT = (MlinziError, ValueError, LookupError, DataError, IntegrityError)


@transaction.atomic
def triage_waiting(*, by: Actor, now: datetime, limit: int = 100) -> int:
    """Open cases for reports that have none.

    1. lock a batch, skipping what another worker holds and what failed a moment ago, 2. open a case for each,
    every one in a savepoint of its own, 3. note what failed, so that it is seen and tried again.

    Returns how many cases were opened.
    """
    resting = Unsorted.objects.filter(failed_at__gt=now - TRY_AGAIN).values_list("report_id", flat=True)
    desks = reads.desks(now=now)
    opened = 0
    for report in intake_reads.without_case(limit=limit, but_not=list(resting)):
        link = CaseReport(report=report)
        try:
            with transaction.atomic():
                _open(link, desks, by=by, now=now)
        except OF_ONE_REPORT as error:
            _note_failure(link, error, by=by, now=now)
        else:
            opened += 1
    return opened


@dataclass(frozen=True)
class Copies:
    """From how many near-identical reports on, and within how many hours, the pack lets them be one row."""

    least: int
    within: timedelta


def _copies_rule() -> Copies:
    told = intake_reads.setting("copies") or {"from": 4, "within_hours": 24}
    return Copies(int(told["from"]), timedelta(hours=float(told["within_hours"])))


def _open(link: CaseReport, desks: dict[int | None, int], *, by: Actor, now: datetime) -> None:
    """1. look for copies of it; many, and one that waits? lay it to that, 2. make a case of it, 3. take the
    report.
    """
    report, copies_rule = link.report, _copies_rule()
    copies = CaseReport.objects.filter(
        report_id__in=[UUID(id) for id in vault.near_copies(reads.REPORT, report.id)],
        report__received_at__gte=report.received_at - copies_rule.within,
    )
    count = copies.count()
    if count + 1 >= copies_rule.least and _join(link, count, copies_rule, by=by, now=now):
        return
    facts = facts_of(link, count, many=count + 1 >= copies_rule.least)
    desk = desks.get(report.area_id) or desks.get(None) or next(iter(desks.values()), None)
    _lay_into(make_case(link, facts, organisation_id=desk, by=by, now=now), link, by=by, now=now)


def _lay_into(case: Case, link: CaseReport, *, by: Actor, now: datetime) -> None:
    link.case = case
    link.save(force_insert=True)
    intake.take_into_case(link.report.id, by=by, now=now)
    Unsorted.objects.filter(report=link.report).delete()


def make_case(
    link: CaseReport,
    facts: ReportFacts,
    *,
    organisation_id: int | None,
    by: Actor,
    now: datetime,
    out_of: Case | None = None,
) -> Case:
    """Make a waiting case for a report: 1. judge, 2. write, 3. start the clock, 4. record.

    Args:
        out_of: the case that the report lay in until now.

    The caller keeps the link, in the same transaction.
    """
    report, judged = link.report, urgency(facts)
    case = Case(
        urgency=judged.urgency,
        urgency_order=URGENCY_ORDER[judged.urgency],
        urgency_sentence=judged.sentence,
        in_danger=report.in_danger,
        category=report.category,
        area=report.area,
        organisation_id=organisation_id,
        received_at=report.received_at,
        opened_at=now,
    )
    case.save(force_insert=True)
    deadlines.start(
        subject_of(case), "triage", risk=case.urgency, service="", by=by, now=now, since=report.received_at
    )
    details = {"urgency": judged.urgency.value, "report": str(report.id), "shares": facts.shares_term}
    audit.record(
        "casework.case.make",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={**details, "out_of": str(out_of.id)} if out_of else details,
    )
    return case


def facts_of(link: CaseReport, copies: int, *, many: bool) -> ReportFacts:
    """What the urgency of a report is judged by; all of it is clear."""
    report = link.report
    category = report.category
    sharing = vault.sharing(reads.REPORT, report.id)
    return ReportFacts(
        in_danger=report.in_danger,
        base_urgency=category.base_urgency if category else "",
        category=in_language(category.officer_label, "en") if category else "",
        shares_term=sum(1 for other in sharing if "near" not in other.kinds),
        copies=copies,
        many=many,
        in_flood=report.in_flood,
        worked=report.worked,
        says_more=vault.has_terms(reads.REPORT, report.id) or intake_reads.has_files(report),
    )


def _join(link: CaseReport, copies: int, rule: Copies, *, by: Actor, now: datetime) -> bool:
    """Lay a report to the oldest waiting case of copies of it, where the rules allow it.

    1. find and lock it, 2. ask the rules, 3. write, 4. take the report, 5. record.
    """
    report = link.report
    near = [UUID(id) for id in vault.near_copies(reads.REPORT, report.id, at_least=BANDS_TO_JOIN)]
    waiting = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(
        id__in=CaseReport.objects.filter(report_id__in=near).values("case_id"),
        state=CaseState.NEW,
        received_at__gte=report.received_at - rule.within,
    )
    has_files, has_contact = intake_reads.has_files(report), intake_reads.has_contact(report)
    for case in waiting.order_by("received_at", "id")[:50]:
        held = case.reports.values_list("report_id", flat=True)
        facts = CopyFacts(
            copies=copies,
            least=rule.least,
            same_area=case.area_id == report.area_id,
            same_danger=case.in_danger == report.in_danger,
            has_files=has_files,
            has_contact=has_contact,
            says_more=vault.terms_beyond(reads.REPORT, report.id, held),
        )
        if why_not_join(facts):
            continue
        _lay_into(case, link, by=by, now=now)
        audit.record(
            "casework.case.join",
            reads.CASE,
            case.id,
            by=by,
            now=now,
            details={"report": str(report.id), "copies": copies},
        )
        return True
    return False


def _note_failure(link: CaseReport, error: Exception, *, by: Actor, now: datetime) -> None:
    report, failure = link.report, type(error).__name__
    noted, new = Unsorted.objects.get_or_create(
        report=report, defaults={"failed_at": now, "failure": failure}
    )
    if not new:
        noted.failed_at, noted.failure, noted.tries = now, failure, noted.tries + 1
        noted.save()
    audit.record(
        "casework.report.fail", reads.REPORT, report.id, by=by, now=now, details={"failure": failure}
    )
