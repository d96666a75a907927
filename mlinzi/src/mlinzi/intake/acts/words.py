"""What comes from a reporter besides the report itself: files, safe contact, words, the wish to stop."""

import hashlib
import json
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from mlinzi.audit import acts as audit
from mlinzi.intake import rules
from mlinzi.intake.acts.receiving import mailbox_key
from mlinzi.intake.models import Attachment, Mailbox, Word
from mlinzi.intake.rules import Details, DraftFile, WordKind
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

WORD = "intake.word"
CONTACT_FIELDS = ("channel", "address", "hours", "say")


def enclose(submission_id: UUID, file: DraftFile, *, now: datetime) -> None:
    """Name a file that lies at the door as part of a submission, in the caller's transaction."""
    Attachment(
        id=UUID(file.id),
        submission_id=submission_id,
        header=bytes.fromhex(file.header),
        meta=bytes.fromhex(file.meta),
        size=file.size,
        cipher_sha256=bytes.fromhex(file.cipher_sha256),
        sent_at=now,
    ).save(force_insert=True)


def contact_text(details: Details) -> str:
    """A safe contact as it is sealed."""
    return json.dumps({name: getattr(details, name) for name in CONTACT_FIELDS}, ensure_ascii=False)


def write_contact(mailbox: Mailbox, details: Details, *, now: datetime, keys: KeyRing) -> None:
    """Keep the safe contact of a report in its mailbox too, so that its owner sees and changes it there.

    Nobody is told of it: it came with the report.
    """
    word = _sealed(mailbox, WordKind.CONTACT, contact_text(details), now=now, keys=keys)
    word.form_digest = hashlib.sha256(b"first|" + mailbox.id.bytes).digest()
    word.told_at = word.read_at = now
    word.save(force_insert=True)


def _sealed(mailbox: Mailbox, kind: WordKind, text: str, *, now: datetime, keys: KeyRing) -> Word:
    word = Word(id=new_id(), mailbox=mailbox, kind=kind, sent_at=now)
    key = mailbox_key(mailbox)
    word.sealed = vault.seal_from_reporter(text, WORD, word.id, "text", mailbox=key, keys=keys)
    return word


def write_word(
    mailbox: Mailbox,
    kind: WordKind,
    text: str,
    *,
    once: str,
    file: DraftFile | None = None,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> bool:
    """Write what a reporter sends who has come back.

    1. ask the rules, 2. seal for the mailbox and the worker, 3. in one transaction: the word, its file,
    record without content. The same form sent again writes nothing new; a text that was changed does.

    Args:
        once: random text that was made when the form was shown.

    Returns whether something was written. Raises `Refused` for what is empty or too long.
    """
    if kind is WordKind.WORDS and (reasons := rules.why_not_write(text)):
        raise Refused(reasons)
    word = _sealed(mailbox, kind, text, now=now, keys=keys)
    digest = hashlib.sha256(mailbox.id.bytes + f"|{kind.value}|{once}|{text}".encode())
    word.form_digest = digest.digest()
    try:
        with transaction.atomic():
            word.save(force_insert=True)
            if file is not None:
                enclose(mailbox.submission_id, file, now=now)
            audit.record("intake.word.send", WORD, word.id, by=by, now=now, details={"kind": kind.value})
    except IntegrityError:
        if not Word.objects.filter(form_digest=word.form_digest).exists():
            raise
        return False
    return True
