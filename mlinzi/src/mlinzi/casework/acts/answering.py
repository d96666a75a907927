"""Answer a reporter: one, or with ready-made sentences all reporters of a case."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.audit import acts as audit
from mlinzi.casework import reads, rules
from mlinzi.casework.acts.common import lock, remember_form, tell_mailboxes
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Action, CaseState, Event
from mlinzi.directory import reads as directory
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import Door, clean_text
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing


@transaction.atomic
def answer(
    number: str,
    text: str,
    *,
    to: UUID | None = None,
    form_key: bytes,
    by: Officer,
    now: datetime,
    keys: KeyRing,
) -> None:
    """Answer the reporter.

    1. find, lock, 2. carried out already? 3. ask the rules, 4. put the answer into the mailbox of each report
    that is meant, sealed, 5. set the status of these mailboxes, 6. record without the text.

    Args:
        to: the report whose reporter reads it; None for all of the case, which takes ready-made sentences
            where the case has more than one.

    Raises `NotFound`, also for a report of another case, or `Refused` with the reasons.
    """
    case = lock(reads.case_for(number, Action.CASE_ANSWER, by=by).id)
    if reads.made_by_form(case.id, by.id, form_key):
        return
    meant = case.reports.filter(report_id=to) if to else case.reports.all()
    if not meant.exists():
        raise NotFound
    meant = meant.exclude(report__door=Door.PROVIDER)
    if not meant.exists():
        raise Refused([rules.NO_MAILBOX])
    # Whoever asked to stop is left in peace.
    hushed = reads.hushed_reports(case)
    meant = meant.filter(report__stopped_at=None)
    told = [id for id in meant.values_list("report_id", flat=True) if id not in hushed]
    if reasons := rules.why_not_tell(
        CaseState(case.state),
        text,
        all_stopped=not meant.exists(),
        all_suspected=not told and meant.exists(),
        reports=case.reports.count(),
        own_words=not _is_ready_made(text, case),
        to_all=to is None,
    ):
        raise Refused(reasons)
    for report_id in told:
        intake.tell(report_id, clean_text(text), by=by, now=now, keys=keys)
    tell_mailboxes(case, Event.ANSWERED, by=by, now=now, only=told)
    remember_form(case, form_key, case.id, by=by, now=now)
    audit.record("casework.case.answer", reads.CASE, case.id, by=by, now=now, details={"told": len(told)})


def _is_ready_made(text: str, case: Case) -> bool:
    """Whether a text is made of the pack's sentences and nothing else; asked of the text itself, so that no
    caller has to be believed.
    """
    languages = {code for code, _ in settings.LANGUAGES}
    languages |= set(case.reports.values_list("report__language", flat=True))
    ready = {
        part
        for language in languages
        for key, said in directory.public_texts(language).items()
        if key.startswith("answer.")
        for part in clean_text(said).split("\n\n")
    }
    return set(clean_text(text).split("\n\n")) <= ready
