"""Take a report in: one transaction writes submission, mailbox and record, whoever brings it."""

import json
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from kinga import envelope
from mlinzi.audit import acts as audit
from mlinzi.intake import rules
from mlinzi.intake.minting import Minted, mint
from mlinzi.intake.models import Mailbox, Submission
from mlinzi.intake.rules import Details, Door, Receipt, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

SUBMISSION, MAILBOX = "intake.submission", "intake.mailbox"
CONTACT_FIELDS = ("channel", "address", "hours", "say")


def receive(
    submitted: Submitted, *, token: bytes, door: Door, by: Actor, now: datetime, keys: KeyRing
) -> Receipt:
    """Take in a report that a member of staff wrote down, and give the number to come back with.

    1. ask the rules, 2. the receipt that belongs to this form, and what it yields, 3. in one transaction:
    submission, mailbox, record. The answer leaves only after the commit.

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
    minted = mint(rules.receipt_of_form(key, keys.receipt_secret), keys.receipt_secret)
    try:
        with transaction.atomic():
            write(submitted, rules.key_digest(key), minted, door=door, by=by, now=now, keys=keys)
    except IntegrityError:
        # The unique token says that this form was received before, and the receipt follows from the form
        # itself. Should the conflict have another cause, the mailbox is not there and the error goes up.
        if not Mailbox.objects.filter(look_up=minted.look_up).exists():
            raise
    return minted.receipt


def write(
    submitted: Submitted,
    digest: bytes,
    minted: Minted,
    *,
    door: Door,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> tuple[Submission, Mailbox]:
    """Write a submission with its mailbox, inside the caller's transaction: seal, write both, record.

    Args:
        digest: of the form's key: the database takes each only once, so that no form makes two reports.
    """
    submission = Submission(id=new_id(), key_digest=digest, door=door, received_at=now)
    text = rules.as_text(submitted)
    submission.sealed = vault.seal_for_worker(text, SUBMISSION, submission.id, "all", keys=keys)
    submission.save(force_insert=True)
    mailbox = Mailbox(
        look_up=minted.look_up,
        public_key=minted.public_key,
        verify_key=minted.verify_key,
        submission=submission,
        status_at=now,
        created_at=now,
    )
    if submitted.details.channel:
        mailbox.contact = vault.seal_to_mailbox(
            contact_text(submitted.details), MAILBOX, mailbox.id, "contact", mailbox=mailbox_key(mailbox)
        )
    mailbox.save(force_insert=True)
    audit.record(
        "intake.submission.receive", SUBMISSION, submission.id, by=by, now=now, details={"door": door.value}
    )
    return submission, mailbox


def contact_text(details: Details) -> str:
    """A safe contact as it is sealed."""
    return json.dumps({name: getattr(details, name) for name in CONTACT_FIELDS}, ensure_ascii=False)


def mailbox_key(mailbox: Mailbox) -> envelope.PublicKey:
    """The public half that a mailbox's letters are sealed for."""
    return envelope.PublicKey("mailbox", bytes(mailbox.public_key))


def mailbox_of_submission(submission_id: UUID) -> Mailbox | None:
    """The mailbox that belongs to a submission."""
    return Mailbox.objects.filter(submission_id=submission_id).first()
