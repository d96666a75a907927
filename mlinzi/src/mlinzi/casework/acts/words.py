"""Tell officers that reporters of their cases have written; never what."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access import reads as access
from mlinzi.casework import reads
from mlinzi.casework.acts.common import write_to
from mlinzi.casework.models import Case, CaseReport
from mlinzi.casework.rules import Action
from mlinzi.intake import acts as intake
from mlinzi.intake import reads as intake_reads
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing


@transaction.atomic
def tell_of_words(*, by: Actor, now: datetime, keys: KeyRing, limit: int = 100) -> int:
    """Write to the officers of cases whose reporters have written.

    1. lock words that nobody was told of, 2. for each case one letter to whoever has it, or to those who
    could take it, which holds a number and nothing else; none while words that they were told of lie unread:
    one letter says it, and a hundred would hide the letters about others, 3. mark them told.

    Returns how many words were told. What lies unread stands in "My work" until it is opened.
    """
    waiting = intake_reads.untold_words(limit=limit)
    links = CaseReport.objects.filter(report_id__in={report for _, report in waiting})
    case_of = dict(links.values_list("report_id", "case_id"))
    by_case: dict[UUID, list[UUID]] = defaultdict(list)
    for word, report in waiting:
        if report in case_of:
            by_case[case_of[report]].append(word)
    for case in Case.objects.filter(id__in=list(by_case)).select_related("assignee", "organisation"):
        reports = list(case.reports.values_list("report_id", flat=True))
        if not intake_reads.waits_to_be_read(reports):
            _write(case, min(by_case[case.id]), by=by, now=now, keys=keys)
        intake.mark_told(by_case[case.id], now=now)
    return sum(len(words) for words in by_case.values())


def _write(case: Case, first: UUID, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    effect, people = f"words:{case.id}:{first}", _who(case, now)
    write_to(people, "reporter.wrote", effect, f"/cases/{case.number}/", by=by, now=now, keys=keys)


def _who(case: Case, now: datetime) -> list[tuple[str, str]]:
    if case.assignee and case.assignee.is_active:
        return [(str(case.assignee_id), case.assignee.language)]
    house = str(case.organisation.uuid) if case.organisation else ""
    people = access.who_may(Action.QUEUE_SEE, now=now, organisation=house)
    return reads.not_fenced(case, access.addressees(people))
