"""What the desk tells a reporter: where the report stands, and answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from mlinzi.audit import acts as audit
from mlinzi.intake.acts.receiving import mailbox_key
from mlinzi.intake.models import Mailbox, Message, Report, Word
from mlinzi.intake.rules import Status
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

REPORT, MESSAGE = "intake.report", "intake.message"
OPEN_AFTER_CLOSING = timedelta(days=365)


@transaction.atomic
def take_into_case(report_id: UUID, *, by: Actor, now: datetime) -> None:
    """Note that a report has a case now. Called by casework inside its own act."""
    taken = Report.objects.filter(id=report_id, has_case=False).update(has_case=True)
    if not taken:
        raise NotFound
    audit.record("intake.report.take", REPORT, report_id, by=by, now=now)


def take_many_into_cases(report_ids: Sequence[UUID], *, by: Actor, now: datetime) -> None:
    """The same for many reports at once; all of them or, raising `NotFound`, none."""
    taken = Report.objects.filter(id__in=report_ids, has_case=False).update(has_case=True)
    if taken != len(report_ids):
        raise NotFound
    done = [audit.Done("intake.report.take", REPORT, report_id) for report_id in report_ids]
    audit.record_many(done, by=by, now=now)


@transaction.atomic
def set_status(report_id: UUID, status: Status, *, by: Actor, now: datetime) -> None:
    """Tell the mailbox where the report stands; the words are the pack's.

    1. write; a mailbox ends a year after its report was closed, and one that is opened again does not,
    2. record.
    """
    ends = now + OPEN_AFTER_CLOSING if status is Status.CLOSED else None
    Mailbox.objects.filter(submission__report__id=report_id).update(
        status=status, status_at=now, expires_at=ends
    )
    audit.record("intake.mailbox.status", REPORT, report_id, by=by, now=now, details={"status": status.value})


@transaction.atomic
def tell(report_id: UUID, text: str, *, by: Actor, now: datetime, keys: KeyRing) -> Message:
    """Put an answer into the reporter's mailbox.

    1. find the mailbox, 2. seal to it and to the desk, 3. write, 4. record without the text.
    """
    mailbox = Mailbox.objects.filter(submission__report__id=report_id).first()
    if mailbox is None:
        raise NotFound
    message = Message(id=new_id(), mailbox=mailbox, sent_at=now)
    public = mailbox_key(mailbox)
    message.sealed = vault.seal_for_reporter(text, MESSAGE, message.id, "text", mailbox=public, keys=keys)
    message.save(force_insert=True)
    audit.record("intake.message.send", REPORT, report_id, by=by, now=now)
    return message


def mark_told(word_ids: list[UUID], *, now: datetime) -> None:
    """The officer of the case was told that these came. In the caller's transaction."""
    Word.objects.filter(id__in=word_ids, told_at=None).update(told_at=now)


def mark_read(word_ids: list[UUID], *, now: datetime) -> None:
    """An officer has been shown these words of reporters, and no others."""
    Word.objects.filter(id__in=word_ids, read_at=None, taken_at__isnull=False).update(
        read_at=now, told_at=now
    )
