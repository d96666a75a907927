"""From reports that wait to cases in a queue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.casework import reads
from mlinzi.casework.acts.common import subject_of
from mlinzi.casework.models import Case, CaseReport, TriageRow, Unsorted
from mlinzi.casework.rules import (
    BANDS_TO_JOIN,
    URGENCY_ORDER,
    CaseState,
    CopyFacts,
    Judged,
    ReportFacts,
    Row,
    numbers_of,
    urgency,
    why_not_join,
)
from mlinzi.deadlines import acts as deadlines
from mlinzi.deadlines.acts import Begin
from mlinzi.intake import acts as intake
from mlinzi.intake import reads as intake_reads
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import MlinziError
from mlinzi.kernel.packed import Loaded, in_language, load_rows
from mlinzi.vault import reads as vault
from mlinzi.vault.reads import Met

Rows = Iterable[tuple[str, Mapping[str, Any]]]

TRY_AGAIN = timedelta(minutes=10)
# What one report can have wrong in itself. Anything else (the database is gone) concerns all and stops the
# batch.
OF_ONE_REPORT = (MlinziError, ValueError, LookupError, DataError, IntegrityError)


BATCH = 200


@transaction.atomic
def load_triage(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load the pack's table of urgency: 1. load; rows that the pack no longer names decide nothing any more,
    2. record.
    """
    rows = list(rows)
    loaded = load_rows(TriageRow, rows)
    gone = TriageRow.objects.exclude(pack_id__in=[id for id, _ in rows])
    gone.filter(edited_by_person=False).delete()
    if loaded.added or loaded.changed:
        details = {"added": len(loaded.added), "changed": len(loaded.changed), "kept": len(loaded.kept)}
        audit.record("casework.pack.load", "casework.triagerow", "-", by=by, now=now, details=details)
    return loaded


@transaction.atomic
def triage_waiting(*, by: Actor, now: datetime, limit: int = BATCH) -> int:
    """Open cases for reports that have none.

    1. lock a batch, skipping what another worker holds and what failed a moment ago, 2. look at once at what
    all of them share with others, 3. make the cases of those that are no copies in one go; if one of them
    spoils that, each by itself, 4. copies of others each by itself, for they may join a row, 5. note what
    failed, so that it is seen and tried again.

    Returns how many reports have a case now.
    """
    resting = Unsorted.objects.filter(failed_at__gt=now - TRY_AGAIN).values_list("report_id", flat=True)
    links = [CaseReport(report=r) for r in intake_reads.without_case(limit=limit, but_not=list(resting))]
    if not links:
        return 0
    desks, table, least = reads.desks(now=now), reads.triage_table(), _copies_rule().least
    met = vault.met_by_many(reads.REPORT, [link.report.id for link in links])
    single = [link for link in links if len(met[str(link.report.id)].near) + 1 < least]
    done = _open_together(single, met, desks, table, by=by, now=now)
    for link in [link for link in links if link not in single] if done else links:
        try:
            with transaction.atomic():
                _open(link, desks, table, by=by, now=now)
        except OF_ONE_REPORT as error:
            _note_failure(link, error, by=by, now=now)
        else:
            done += 1
    return done


def _open_together(
    links: Sequence[CaseReport],
    met: Mapping[str, Met],
    desks: Mapping[int | None, int],
    table: Sequence[Row],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Make cases for many reports at once; 0 where one of them does not let it, and nothing was written then.

    1. judge each, 2. write cases and links, 3. start the clocks, 4. take the reports, 5. record.
    """
    files = intake_reads.marks_of([link.report.id for link in links]).files
    ids = [link.report.id for link in links]
    try:
        with transaction.atomic():
            begun, made = [], []
            for link in links:
                report, own = link.report, met[str(link.report.id)]
                says_more = own.says_more or report.id in files
                facts = facts_from(report, own.sharing, 0, many=False, says_more=says_more)
                link.case, judged = _case_of(link, facts, table, _desk(desks, report.area_id), now=now)
                begun.append(Begin(subject_of(link.case), judged.urgency, report.received_at))
                made.append(_made(link.case, report.id, facts, judged))
            Case.objects.bulk_create([link.case for link in links])
            CaseReport.objects.bulk_create(links)
            deadlines.start_many(begun, "triage", by=by, now=now)
            intake.take_many_into_cases(ids, by=by, now=now)
            Unsorted.objects.filter(report_id__in=ids).delete()
            return audit.record_many(made, by=by, now=now)
    except OF_ONE_REPORT:
        for link in links:
            link.pk = None
        return 0


def _desk(desks: Mapping[int | None, int], area_id: int | None) -> int | None:
    return desks.get(area_id) or desks.get(None) or next(iter(desks.values()), None)


def _made(
    case: Case, report_id: UUID, facts: ReportFacts, judged: Judged, out_of: Case | None = None
) -> audit.Done:
    details: dict[str, Detail] = {
        "urgency": judged.urgency.value,
        "row": judged.row,
        "report": str(report_id),
        "shares": facts.shares_term,
    }
    if out_of:
        details["out_of"] = str(out_of.id)
    return audit.Done("casework.case.make", reads.CASE, case.id, details)


@dataclass(frozen=True)
class Copies:
    """From how many near-identical reports on, and within how many hours, the pack lets them be one row."""

    least: int
    within: timedelta


def _copies_rule() -> Copies:
    told = intake_reads.setting("copies") or {"from": 4, "within_hours": 24}
    return Copies(int(told["from"]), timedelta(hours=float(told["within_hours"])))


def _open(
    link: CaseReport,
    desks: Mapping[int | None, int],
    table: Sequence[Row],
    *,
    by: Actor,
    now: datetime,
) -> None:
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
    desk = _desk(desks, report.area_id)
    _lay_into(make_case(link, facts, table, organisation_id=desk, by=by, now=now), link, by=by, now=now)


def _lay_into(case: Case, link: CaseReport, *, by: Actor, now: datetime) -> None:
    link.case = case
    link.save(force_insert=True)
    intake.take_into_case(link.report.id, by=by, now=now)
    Unsorted.objects.filter(report=link.report).delete()


def make_case(
    link: CaseReport,
    facts: ReportFacts,
    table: Sequence[Row],
    *,
    organisation_id: int | None,
    by: Actor,
    now: datetime,
    out_of: Case | None = None,
) -> Case:
    """Make a waiting case for a report: 1. judge, 2. write, 3. start the clock, 4. record.

    Args:
        table: the pack's rows, see `reads.triage_table`. out_of: the case that the report lay in until now.

    The caller keeps the link, in the same transaction.
    """
    case, judged = _case_of(link, facts, table, organisation_id, now=now)
    case.save(force_insert=True)
    since = link.report.received_at
    deadlines.start(subject_of(case), "triage", risk=case.urgency, service="", by=by, now=now, since=since)
    audit.record_many([_made(case, link.report.id, facts, judged, out_of)], by=by, now=now)
    return case


def _case_of(
    link: CaseReport, facts: ReportFacts, table: Sequence[Row], organisation_id: int | None, *, now: datetime
) -> tuple[Case, Judged]:
    report, judged = link.report, urgency(facts, table)
    case = Case(
        urgency=judged.urgency,
        urgency_order=URGENCY_ORDER[judged.urgency],
        urgency_sentence=judged.sentence,
        urgency_row=judged.row,
        urgency_numbers=numbers_of(facts),
        in_danger=report.in_danger,
        category=report.category,
        area=report.area,
        organisation_id=organisation_id,
        received_at=report.received_at,
        opened_at=now,
    )
    return case, judged


def facts_of(link: CaseReport, copies: int, *, many: bool) -> ReportFacts:
    """What the urgency of a report is judged by; all of it is clear."""
    report = link.report
    met = vault.met_by_many(reads.REPORT, [report.id])[str(report.id)]
    says_more = met.says_more or intake_reads.has_files(report)
    return facts_from(report, met.sharing, copies, many=many, says_more=says_more)


def facts_from(
    report: intake_reads.OneReport, shares: int, copies: int, *, many: bool, says_more: bool
) -> ReportFacts:
    """The same out of what was looked up already."""
    category = report.category
    return ReportFacts(
        in_danger=report.in_danger,
        base_urgency=category.base_urgency if category else "",
        category=in_language(category.officer_label, "en") if category else "",
        category_id=category.pack_id if category else "",
        shares_term=shares,
        copies=copies,
        many=many,
        in_flood=report.in_flood,
        worked=report.worked,
        haste=report.haste,
        names_child=report.names_child,
        says_more=says_more,
        age=report.age,
        about=report.about,
        since=report.since,
    )


@transaction.atomic
def raise_stale(*, by: Actor, now: datetime, limit: int = BATCH) -> int:
    """Judge anew what has waited for so long that a row of the table says so.

    1. from how many hours on do the rows ask? 2. lock the waiting cases that reached them and were not judged
    by their waiting yet, 3. judge each with its hours: an officer's own judgement is never touched, and
    nothing is lowered, 4. write, count the clock again, record. Returns how many were raised.
    """
    table = reads.triage_table()
    asked = [wanted for row in table if isinstance(wanted := row.when.get("hours"), int)]
    if not asked:
        return 0
    waiting = Case.objects.select_for_update(of=("self",), skip_locked=True).filter(
        state=CaseState.NEW, stale=False, received_at__lte=now - timedelta(hours=min(asked))
    )
    rows = waiting.exclude(urgency_row="").select_related("category", "area", "organisation")
    return sum(_raise_one(case, table, by=by, now=now) for case in rows.order_by("received_at", "id")[:limit])


def _raise_one(case: Case, table: Sequence[Row], *, by: Actor, now: datetime) -> int:
    case.stale = True
    link = case.reports.select_related("report__category").order_by("report__received_at").first()
    if link is None:
        return 0
    held = case.urgency_numbers
    copies = held.get("copies", 0)
    many = copies + 1 >= _copies_rule().least
    hours = int((now - case.received_at).total_seconds() // 3600)
    facts = replace(facts_of(link, copies, many=many), shares_term=held.get("shares", 0), hours=hours)
    judged = urgency(facts, table)
    higher = URGENCY_ORDER[judged.urgency] < case.urgency_order
    if higher:
        case.urgency, case.urgency_order = judged.urgency, URGENCY_ORDER[judged.urgency]
        case.urgency_sentence, case.urgency_row = judged.sentence, judged.row
        case.urgency_numbers = numbers_of(facts)
    case.save()
    if higher:
        deadlines.restart(subject_of(case), "triage", risk=case.urgency, service="", by=by, now=now)
        details: dict[str, Detail] = {"urgency": case.urgency, "row": judged.row, "hours": hours}
        audit.record("casework.case.raise", reads.CASE, case.id, by=by, now=now, details=details)
    return int(higher)


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
