"""The worker opens what came through the door: submissions, files, words. One that fails stops no other."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.db import DataError, transaction
from django.db.models import Q

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.directory import reads as directory
from mlinzi.intake import reads, rules
from mlinzi.intake.acts.receiving import CONTACT_FIELDS, SUBMISSION, mailbox_key, mailbox_of_submission
from mlinzi.intake.models import Attachment, Category, Mailbox, ProviderReport, Report, Submission, Word
from mlinzi.intake.rules import Details, Door, Submitted, WordKind, details_from
from mlinzi.intake.rules.acknowledgement import acknowledgement
from mlinzi.intake.rules.provider import PROVIDER_FILE_LIMIT
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import SendersTurn
from mlinzi.kernel.ids import new_id, spoken_number
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import in_language
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import (
    FILE_LIMIT,
    SealedText,
    Term,
    account_term,
    code_term,
    link_term,
    phone_term,
    terms_in,
)

log = logging.getLogger(__name__)
RETRY_AFTER = timedelta(hours=1)
MOST_TERMS = 50
PAPER_WITHIN = timedelta(days=2)
"""A paper says the day on which a report came; one that the worker meets much later gets none."""
REPORT, WORD, ATTACHMENT, MAILBOX = "intake.report", "intake.word", "intake.attachment", "intake.mailbox"
# What one row can have wrong in itself, or what may not be there yet. Anything else stops the batch: above
# all a key of ours that is missing.
OF_ONE = (
    envelope.EnvelopeError, ValueError, KeyError, TypeError, RecursionError, DataError,
    FileNotFoundError, SendersTurn, vault.MissingBody,
)  # fmt: skip
Row = TypeVar("Row", Submission, Attachment, Word, ProviderReport)


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
    waiting = Submission.objects.select_for_update(skip_locked=True).filter(due(now), opened_at=None)
    batch = list(waiting.order_by("received_at")[:limit])

    def open_one(submission: Submission) -> None:
        _open_one(submission, by=by, now=now, keys=keys, country_prefix=country_prefix)

    return each(batch, open_one, "intake.submission.fail", SUBMISSION, by=by, now=now)


def due(now: datetime) -> Q:
    """What was not set aside, or long enough ago to be tried again."""
    return Q(failed_at=None) | Q(failed_at__lte=now - RETRY_AFTER)


def each(
    batch: list[Row], work: Callable[[Row], None], failed: str, kind: str, *, by: Actor, now: datetime
) -> int:
    """Work on each row in a savepoint of its own; set aside what fails. Returns how many there were."""
    for row in batch:
        try:
            with transaction.atomic():
                work(row)
        except OF_ONE as error:
            failure = type(error).__name__
            if row.failed_at is None:  # said once, not with every new try
                audit.record(failed, kind, row.id, by=by, now=now, details={"failure": failure})
            row.failed_at, row.failure = now, failure
            row.save(update_fields=["failed_at", "failure"])
    return len(batch)


def _open_one(
    submission: Submission, *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str
) -> None:
    thing = SealedText(SUBMISSION, str(submission.id), "all", bytes(submission.sealed))
    told = rules.from_text(vault.open_for_work(thing, by=by, now=now, keys=keys))
    details = told.details
    report = Report(
        id=new_id(),
        submission=submission,
        door=submission.door,
        language=told.language,
        category=Category.objects.filter(pack_id=told.category).first(),
        area=directory.area_named(told.area),
        in_danger=told.in_danger,
        about=details.about,
        age=details.age,
        since=details.since,
        channel=details.channel,
        in_flood=details.in_flood,
        worked=details.worked,
        received_at=submission.received_at,
        opened_at=now,
    )
    report.narrative = vault.seal_text(told.narrative, REPORT, report.id, "narrative", keys=keys)
    report.where_online = vault.seal_text(told.where_online, REPORT, report.id, "where_online", keys=keys)
    report.details = _sealed_details(details, report, keys)
    report.save(force_insert=True)
    Attachment.objects.filter(id__in=told.files, submission=submission).update(named_at=now)
    terms = _terms_of(told, country_prefix)
    vault.index_terms(REPORT, report.id, terms=terms, text=told.narrative, keys=keys)
    submission.opened_at, submission.failed_at, submission.failure = now, None, ""
    submission.save(update_fields=["opened_at", "failed_at", "failure"])
    if abs(now - submission.received_at) <= PAPER_WITHIN:
        _acknowledge(submission, told.language, keys)
    audit.record("intake.report.make", REPORT, report.id, by=by, now=now)


def _sealed_details(details: Details, report: Report, keys: KeyRing) -> bytes:
    text = json.dumps(details.__dict__, ensure_ascii=False)
    return vault.seal_text(text, REPORT, report.id, "details", keys=keys)


def _terms_of(told: Submitted, country_prefix: str) -> frozenset[Term]:
    """What a report can be found by: what stands in its words, and the link and account told apart."""
    found = sorted(terms_in(f"{told.narrative}\n{told.where_online}", country_prefix=country_prefix))
    own = {
        link_term(told.details.link) if told.details.link else None,
        account_term("", told.details.account),
        phone_term(told.details.account, country_prefix),
    }
    # A list of thousands of names would keep the worker busy and make every other report look like it.
    return frozenset([*(term for term in own if term), *found[:MOST_TERMS]])


def _acknowledge(submission: Submission, language: str, keys: KeyRing) -> None:
    """Lay a signed paper without content into the mailbox: a report was made on this day.

    Whoever has taken over the door can write a mailbox whose key is none; the report must not wait for that.
    """
    mailbox, words = mailbox_of_submission(submission.id), reads.setting("acknowledgement")
    if mailbox is None or not words or keys.acknowledger is None:
        return
    day = directory.local_day(submission.received_at)
    try:
        note = acknowledgement(
            day, spoken_number(), words=in_language(words, language), signer=keys.acknowledger
        )
        sealed = vault.seal_to_mailbox(
            note, MAILBOX, mailbox.id, "acknowledgement", mailbox=mailbox_key(mailbox)
        )
    except (envelope.EnvelopeError, ValueError):
        log.warning("a paper could not be made: the mailbox has no key, or the pack no fitting words")
        return
    Mailbox.objects.filter(id=mailbox.id).update(acknowledgement=sealed)


@transaction.atomic
def adopt_files(*, by: Actor, now: datetime, keys: KeyRing, door: Path, folder: Path, limit: int = 20) -> int:
    """Move files of opened submissions from the door into the vault.

    1. lock a batch of those that were named, 2. let the vault take each over, wrapped for the desk and never
    opened, 3. one that fails is set aside with its reason and tried again after an hour.

    Args:
        door, folder: where the door lays bodies, and the vault.

    Returns how many were taken from the queue.
    """
    waiting = Attachment.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        due(now), adopted_at=None, named_at__isnull=False, submission__report__isnull=False
    )
    batch = list(waiting.select_related("submission__report").order_by("sent_at")[:limit])

    def adopt(row: Attachment) -> None:
        vault.adopt(
            file_id=row.id,
            header=bytes(row.header),
            meta=bytes(row.meta),
            size=row.size,
            cipher_sha256=bytes(row.cipher_sha256),
            subject_type=REPORT,
            subject_id=row.submission.report.id,
            door=door,
            vault=folder,
            by=by,
            now=now,
            keys=keys,
            limit=PROVIDER_FILE_LIMIT if row.submission.door == Door.PROVIDER else FILE_LIMIT,
        )
        row.adopted_at, row.failed_at, row.failure = now, None, ""
        row.save(update_fields=["adopted_at", "failed_at", "failure"])

    return each(batch, adopt, "intake.attachment.fail", ATTACHMENT, by=by, now=now)


@transaction.atomic
def take_words(*, by: Actor, now: datetime, keys: KeyRing, country_prefix: str, limit: int = 100) -> int:
    """Take over what reporters wrote later.

    1. lock a batch of words whose report is opened, 2. believe only what was signed with the number, 3. index
    what stands in words, carry out what was asked (another safe contact, to stop), name files, 4. wrap each
    for the desk, 5. what fails is set aside and tried again.

    Returns how many were taken from the queue.
    """
    waiting = Word.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        due(now), taken_at=None, mailbox__submission__report__isnull=False
    )
    batch = list(waiting.select_related("mailbox__submission__report").order_by("sent_at")[:limit])

    def take(word: Word) -> None:
        _take(word, by=by, now=now, keys=keys, country_prefix=country_prefix)

    return each(batch, take, "intake.word.fail", WORD, by=by, now=now)


class NotTheirs(SendersTurn):
    """This was not signed with the number that the mailbox belongs to."""


def _take(word: Word, *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str) -> None:
    report, mailbox, sealed = word.mailbox.submission.report, word.mailbox, bytes(word.sealed)
    key, signature = bytes(mailbox.verify_key), bytes(word.signature)
    # A mailbox from before there were signatures has no key; its holder must not be shut out for that.
    if key and not rules.is_signed(key, signature, word.kind, word.id, sealed):
        raise NotTheirs
    thing = SealedText(WORD, str(word.id), "text", sealed)
    text = vault.open_for_work(thing, by=by, now=now, keys=keys)
    match WordKind(word.kind):
        case WordKind.CONTACT:
            _change_contact(report, text, by=by, now=now, keys=keys)
        case WordKind.STOP:
            report.stopped_at = report.stopped_at or now
            report.save(update_fields=["stopped_at"])
            audit.record("intake.report.stop", REPORT, report.id, by=by, now=now)
        case WordKind.FILE:
            file_id = UUID(json.loads(text)["id"])
            Attachment.objects.filter(id=file_id, submission=mailbox.submission).update(named_at=now)
        case WordKind.CODE:
            if not rules.is_helper_code(text):
                raise ValueError("no code")
            term = code_term(text, directory.local_day(word.sent_at))
            vault.index_terms(REPORT, report.id, terms=[term], keys=keys)
            word.read_at = now  # nothing in it is for anybody to read
            audit.record("intake.report.lend", REPORT, report.id, by=by, now=now)
        case WordKind.WORDS:
            if reasons := rules.why_not_write(text):
                raise ValueError(reasons[0])
            terms = sorted(terms_in(text, country_prefix=country_prefix))[:MOST_TERMS]
            vault.index_terms(REPORT, report.id, terms=terms, keys=keys)
            _go_on(report, by=by, now=now)
    word.sealed = vault.wrap_for_desk(
        thing.sealed,
        WORD,
        word.id,
        "text",
        mailbox=mailbox_key(word.mailbox),
        by=by,
        now=now,
        keys=keys,
    )
    word.taken_at, word.failed_at, word.failure = now, None, ""
    word.save(update_fields=["sealed", "read_at", "taken_at", "failed_at", "failure"])


def _go_on(report: Report, *, by: Actor, now: datetime) -> None:
    """Whoever writes again after asking us to stop wants an answer."""
    if report.stopped_at is not None:
        report.stopped_at = None
        report.save(update_fields=["stopped_at"])
        audit.record("intake.report.resume", REPORT, report.id, by=by, now=now)


def _change_contact(report: Report, text: str, *, by: Actor, now: datetime, keys: KeyRing) -> None:
    """Another safe contact, or none any more, from now on."""
    asked = json.loads(text)
    before: dict[str, Any] = {}
    for held in reads.sealed_details(report):
        before = json.loads(vault.open_for_work(held, by=by, now=now, keys=keys))
    details = details_from({**before, **{name: asked[name] for name in CONTACT_FIELDS}})
    report.details, report.channel = _sealed_details(details, report, keys), details.channel
    report.save(update_fields=["details", "channel"])
    audit.record("intake.report.contact", REPORT, report.id, by=by, now=now)
