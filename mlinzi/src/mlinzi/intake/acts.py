"""Receive, open, tell."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import Q

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.directory import reads as directory
from mlinzi.intake import rules
from mlinzi.intake.models import Category, Mailbox, Message, Report, Submission
from mlinzi.intake.rules import Door, Receipt, Status, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import Loaded, load_rows
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText, terms_in

Rows = Iterable[tuple[str, Mapping[str, Any]]]
RETRY_AFTER = timedelta(hours=1)
SUBMISSION, REPORT, MESSAGE = "intake.submission", "intake.report", "intake.message"


@transaction.atomic
def load_categories(rows: Rows, *, by: Actor, now: datetime) -> Loaded:
    """Load a pack's report categories: 1. load, 2. record."""
    loaded = load_rows(Category, rows)
    if loaded.added or loaded.changed:
        audit.record(
            "intake.category.load",
            "intake.category",
            "-",
            by=by,
            now=now,
            details={"added": len(loaded.added), "changed": len(loaded.changed)},
        )
    return loaded


def receive(
    submitted: Submitted, *, token: bytes, door: Door, by: Actor, now: datetime, keys: KeyRing
) -> Receipt:
    """Take in a report and give the number to come back with.

    1. ask the rules, 2. the receipt that belongs to this form, and what it yields, 3. seal for the worker,
    4. in one transaction: submission, mailbox, record. The answer leaves only after the commit.

    The same form sent again (double click, lost answer, retry) gives the same receipt and makes nothing new.

    Args:
        token: 16 random bytes made when the form was shown.

    Raises `Refused` for what is empty or too long, `NoKey` in a process without the door's keys.
    """
    if reasons := rules.why_not_receive(submitted):
        raise Refused(reasons)
    if keys.receipt_secret is None:
        raise vault.NoKey
    key = rules.form_key(token, submitted)
    receipt = rules.mint_receipt(key, keys.receipt_secret)
    box = rules.mailbox_keys(receipt, keys.receipt_secret)
    submission = Submission(id=new_id(), key_digest=rules.key_digest(key), door=door, received_at=now)
    text = rules.as_text(submitted)
    submission.sealed = vault.seal_for_worker(text, SUBMISSION, submission.id, "all", keys=keys)
    public_key = envelope.PrivateKey.from_seed("mailbox", box.seed).public.raw
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
            Mailbox(
                look_up=box.look_up,
                public_key=public_key,
                submission=submission,
                status_at=now,
                created_at=now,
            ).save(force_insert=True)
            audit.record(
                "intake.submission.receive",
                SUBMISSION,
                submission.id,
                by=by,
                now=now,
                details={"door": door.value},
            )
    except IntegrityError:
        # The unique token says that this form was received before. Nothing of ours can be read here by design
        # (the door may only insert), and nothing has to be: the receipt follows from the form itself. Should
        # the conflict have another cause, the mailbox is not there and the error goes up.
        if not Mailbox.objects.filter(look_up=box.look_up).exists():
            raise
    return receipt


@transaction.atomic
def open_submissions(
    *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str, limit: int = 100
) -> int:
    """Open submissions that have no report yet into reports.

    1. lock a batch, skipping what another worker holds, 2. open each and write its report with sealed fields
    and blind indexes, 3. one that cannot be opened is set aside with its reason and never stops the line; it
    is tried again after an hour, since the cause may have been ours (a key file that was not there).

    Returns how many were taken from the queue.
    """
    due = Q(failed_at=None) | Q(failed_at__lte=now - RETRY_AFTER)
    waiting = Submission.objects.select_for_update(skip_locked=True).filter(due, opened_at=None)
    batch = list(waiting.order_by("received_at")[:limit])
    for submission in batch:
        try:
            with transaction.atomic():
                _open_one(submission, by=by, now=now, keys=keys, country_prefix=country_prefix)
        except (envelope.EnvelopeError, ValueError, KeyError, TypeError, DataError) as error:
            _set_aside(submission, type(error).__name__, by=by, now=now)
    return len(batch)


def _set_aside(submission: Submission, failure: str, *, by: Actor, now: datetime) -> None:
    if submission.failed_at is None:  # said once, not with every new try
        audit.record(
            "intake.submission.fail", SUBMISSION, submission.id, by=by, now=now, details={"failure": failure}
        )
    submission.failed_at, submission.failure = now, failure
    submission.save(update_fields=["failed_at", "failure"])


def _open_one(
    submission: Submission, *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str
) -> None:
    thing = SealedText(SUBMISSION, str(submission.id), "all", bytes(submission.sealed))
    told = rules.from_text(vault.open_for_work(thing, by=by, now=now, keys=keys))
    report = Report(
        id=new_id(),
        submission=submission,
        door=submission.door,
        language=told.language,
        category=Category.objects.filter(pack_id=told.category).first(),
        area=directory.area_named(told.area),
        in_danger=told.in_danger,
        received_at=submission.received_at,
        opened_at=now,
    )
    report.narrative = vault.seal_text(told.narrative, REPORT, report.id, "narrative", keys=keys)
    report.where_online = vault.seal_text(told.where_online, REPORT, report.id, "where_online", keys=keys)
    report.save(force_insert=True)
    terms = terms_in(f"{told.narrative}\n{told.where_online}", country_prefix=country_prefix)
    vault.index_terms(REPORT, report.id, terms=terms, text=told.narrative, keys=keys)
    submission.opened_at, submission.failed_at, submission.failure = now, None, ""
    submission.save(update_fields=["opened_at", "failed_at", "failure"])
    audit.record("intake.report.make", REPORT, report.id, by=by, now=now)


@transaction.atomic
def take_into_case(report_id: UUID, *, by: Actor, now: datetime) -> None:
    """Note that a report has a case now. Called by casework inside its own act."""
    taken = Report.objects.filter(id=report_id, has_case=False).update(has_case=True)
    if not taken:
        raise NotFound
    audit.record("intake.report.take", REPORT, report_id, by=by, now=now)


@transaction.atomic
def set_status(report_id: UUID, status: Status, *, by: Actor, now: datetime) -> None:
    """Tell the mailbox where the report stands; the words are the pack's: 1. write, 2. record."""
    Mailbox.objects.filter(submission__report__id=report_id).update(status=status, status_at=now)
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
    public = envelope.PublicKey("mailbox", bytes(mailbox.public_key))
    message.sealed = vault.seal_for_reporter(text, MESSAGE, message.id, "text", mailbox=public, keys=keys)
    message.save(force_insert=True)
    audit.record("intake.message.send", REPORT, report_id, by=by, now=now)
    return message
