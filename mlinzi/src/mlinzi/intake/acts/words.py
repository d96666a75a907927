"""What comes from a reporter besides the report itself: files, safe contact, words, the wish to stop."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from mlinzi.audit import acts as audit
from mlinzi.intake import rules
from mlinzi.intake.acts.receiving import mailbox_key
from mlinzi.intake.models import Attachment, Mailbox, Word
from mlinzi.intake.rules import DraftFile, WordKind
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

WORD = "intake.word"


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


def write_word(
    mailbox: Mailbox,
    kind: WordKind,
    text: str,
    *,
    seed: bytes,
    once: str,
    file: DraftFile | None = None,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> bool:
    """Write what a reporter sends who has come back.

    1. ask the rules, 2. seal for the mailbox and the worker, and sign, 3. in one transaction: the word, its
    file, record without content. The same form sent again writes nothing new; a text that was changed does.

    Args:
        seed: of the mailbox's number: the word is signed with it.
        once: random text that was made when the form was shown.

    Returns whether something was written. Raises `Refused` for what is empty or too long.
    """
    if kind is WordKind.WORDS and (reasons := rules.why_not_write(text)):
        raise Refused(reasons)
    word = Word(id=new_id(), mailbox=mailbox, kind=kind, sent_at=now)
    key = mailbox_key(mailbox)
    word.sealed = vault.seal_from_reporter(text, WORD, word.id, "text", mailbox=key, keys=keys)
    word.signature = rules.sign_word(seed, kind, word.id, word.sealed)
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
