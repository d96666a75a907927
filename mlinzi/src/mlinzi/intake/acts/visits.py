"""Somebody comes back with a number: the mailbox opens for a while, under a cookie of its own."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from kinga import envelope
from mlinzi.intake.acts.drafts import locked, save, store
from mlinzi.intake.acts.words import write_word
from mlinzi.intake.models import Greeting, Mailbox
from mlinzi.intake.reads.boxes import live_mailbox
from mlinzi.intake.rules import (
    CookieSecret,
    DraftContent,
    DraftFile,
    DraftKind,
    MailboxKeys,
    Receipt,
    WordKind,
    mailbox_keys,
)
from mlinzi.intake.rules.drafts import visit
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault


def come_back(receipt: Receipt, language: str, *, now: datetime, keys: KeyRing) -> CookieSecret:
    """Open the mailbox of a number for a while.

    1. the one slow derivation, 2. find the mailbox, 3. the first time? then the number is shown once more,
    4. keep the visit, sealed under a new cookie. When somebody visits is recorded nowhere.

    Raises `NotFound` for a wrong or an expired number alike; both cost the same derivation.
    """
    if keys.receipt_secret is None:
        raise vault.NoKey
    box = mailbox_keys(receipt, keys.receipt_secret)
    mailbox = live_mailbox(look_up=box.look_up, now=now)
    return _visit(mailbox, box, receipt, language, now=now)


@transaction.atomic
def _visit(
    mailbox: Mailbox, box: MailboxKeys, receipt: Receipt, language: str, *, now: datetime
) -> CookieSecret:
    _greeting, first = Greeting.objects.get_or_create(mailbox=mailbox)
    secret = CookieSecret.fresh()
    content = visit(language, str(mailbox.id), box.seed, greet=first, receipt=receipt.digits)
    store(content, secret, now=now)
    return secret


def box_key(content: DraftContent) -> envelope.PrivateKey:
    """The key of the mailbox that a visit opened."""
    return envelope.PrivateKey.from_seed("mailbox", bytes.fromhex(content.seed))


@transaction.atomic
def greeted(secret: CookieSecret, *, now: datetime) -> None:
    """The number was shown once more; from now on it is kept nowhere."""
    row, content = locked(secret, DraftKind.VISIT, now)
    save(row, replace(content, greet=False, receipt=""), secret, now)


@transaction.atomic
def write_back(
    secret: CookieSecret,
    kind: WordKind,
    text: str,
    *,
    once: str,
    file: DraftFile | None = None,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> DraftContent:
    """Write to the desk from a visit: 1. lock the visit and find its mailbox, 2. write, 3. the visit goes on.

    Raises `NotFound` for a visit that ran out, `Refused` for what is empty, too long or too many.
    """
    row, content = locked(secret, DraftKind.VISIT, now)
    mailbox = live_mailbox(id=content.mailbox, now=now)
    if file is not None and (reasons := content.why_not_bring(file)):
        raise Refused(reasons)
    seed = bytes.fromhex(content.seed)
    written = write_word(mailbox, kind, text, seed=seed, once=once, file=file, by=by, now=now, keys=keys)
    if written and file is not None:
        content = replace(content, files=(*content.files, file))
    return save(row, content, secret, now)
