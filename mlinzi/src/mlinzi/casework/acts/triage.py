"""From reports that wait to cases in a queue."""

from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction

from mlinzi.audit import acts as audit
from mlinzi.casework import reads
from mlinzi.casework.acts.common import subject_of
from mlinzi.casework.models import Case, CaseReport, Unsorted
from mlinzi.casework.rules import URGENCY_ORDER, ReportFacts, urgency
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


def _open(link: CaseReport, desks: dict[int | None, int], *, by: Actor, now: datetime) -> None:
    """1. count reports that name the same, 2. judge, 3. write, 4. take the report, 5. start the clock, 6.
    record.
    """
    report = link.report
    shares = sum(1 for other in vault.sharing(reads.REPORT, report.id) if other.kinds - {"near"})
    category = report.category
    facts = ReportFacts(
        in_danger=report.in_danger,
        base_urgency=category.base_urgency if category else "",
        category=in_language(category.officer_label, "en") if category else "",
        shares_term=shares,
    )
    judged = urgency(facts)
    case = Case(
        urgency=judged.urgency,
        urgency_order=URGENCY_ORDER[judged.urgency],
        urgency_sentence=judged.sentence,
        in_danger=report.in_danger,
        category=category,
        area=report.area,
        organisation_id=desks.get(report.area_id) or desks.get(None) or next(iter(desks.values()), None),
        received_at=report.received_at,
        opened_at=now,
    )
    case.save(force_insert=True)
    link.case = case
    link.save(force_insert=True)
    intake.take_into_case(report.id, by=by, now=now)
    deadlines.start(
        subject_of(case), "triage", risk=case.urgency, service="", by=by, now=now, since=report.received_at
    )
    Unsorted.objects.filter(report=report).delete()
    audit.record(
        "casework.case.make",
        reads.CASE,
        case.id,
        by=by,
        now=now,
        details={"urgency": judged.urgency.value, "report": str(report.id), "shares": shares},
    )


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
