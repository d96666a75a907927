"""Take a report out of a case again: copies of one text may come from different people."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form
from mlinzi.casework.acts.likeness import decide
from mlinzi.casework.acts.triage import facts_of, make_case
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, CaseState, DifferentWhy, Verdict
from mlinzi.kernel.errors import NotFound, Refused


@transaction.atomic
def take_apart(number: str, report_id: UUID, *, by: Officer, now: datetime) -> Case:
    """Move one report out of a case with several into a case of its own, which waits in the same queue.

    1. find the case through the officer's eyes, lock, 2. carried out already? 3. ask the rules, 4. make the
    case: judged by what this report says and not by its copies, its time counted from its arrival, 5. move
    the report; its mailbox stays as it is, with all that was written, 6. remember that the two are not the
    same; joining them undoes it, 7. record on both.

    Raises `NotFound`, also for a report of another case, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_TRIAGE, by=by).id)
    if made := reads.made_by_form(case.id, by.id, report_id.bytes):
        return Case.objects.get(id=made)  # the second click of the same officer
    link = case.reports.select_related("report__category", "report__area").filter(report_id=report_id).first()
    if link is None:
        raise NotFound
    if reasons := rules.why_not_take_apart(CaseState(case.state), reports=case.reports.count()):
        raise Refused(reasons)
    own = make_case(
        link,
        facts_of(link, 0, many=False),
        reads.triage_table(),
        organisation_id=case.organisation_id,
        by=by,
        now=now,
        out_of=case,
    )
    link.case = own
    link.save(update_fields=["case"])
    decide(case, own, Verdict.DIFFERENT, DifferentWhy.TAKEN_OUT, by=by, now=now)
    remember_form(case, report_id.bytes, own.id, by=by, now=now)
    details = {"report": str(report_id), "into": str(own.id)}
    audit.record("casework.case.part", reads.CASE, case.id, by=by, now=now, details=details)
    return own
