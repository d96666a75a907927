"""What somebody is writing: begun, gone on with, sent, confirmed, left. Only their cookie opens it.

Every act locks the row first, so that two tabs of one browser work on one draft, each with its own page.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from mlinzi.intake import rules
from mlinzi.intake.acts.receiving import write
from mlinzi.intake.acts.words import enclose
from mlinzi.intake.minting import Minted
from mlinzi.intake.models import Draft
from mlinzi.intake.reads.drafts import opened, row_of
from mlinzi.intake.rules import CookieSecret, Door, DraftContent, DraftFile, DraftKind, Form
from mlinzi.intake.rules.drafts import draft_text, expires_at, fresh_draft
from mlinzi.intake.rules.form import submitted_from
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault

DRAFT = "intake.draft"


def store(content: DraftContent, secret: CookieSecret, *, now: datetime) -> None:
    """Write a new draft: sealed under its cookie, found by what follows from the cookie, and nothing else."""
    row = Draft(id=new_id(), look_up=secret.look_up, expires_at=expires_at(content, now))
    row.sealed = vault.seal_for_bearer(draft_text(content), DRAFT, row.id, "all", key=secret.key)
    row.save(force_insert=True)


def save(row: Draft, content: DraftContent, secret: CookieSecret, now: datetime) -> DraftContent:
    """Write a locked draft anew; its time begins again."""
    row.sealed = vault.seal_for_bearer(draft_text(content), DRAFT, row.id, "all", key=secret.key)
    row.expires_at = expires_at(content, now)
    row.save(update_fields=["sealed", "expires_at"])
    return content


def locked(
    secret: CookieSecret, kind: DraftKind, now: datetime, *, sent: bool = False
) -> tuple[Draft, DraftContent]:
    """A draft or visit, locked until the transaction ends. Raises `NotFound` also for one that was sent."""
    row = row_of(secret, now=now, lock=True)
    content = opened(row, secret)
    if content.kind is not kind or (content.sent and not sent):
        raise NotFound
    return row, content


@transaction.atomic
def begin(
    language: str, answers: Mapping[str, str], *, page: str = "", now: datetime
) -> tuple[CookieSecret, DraftContent]:
    """Begin a draft, under a secret that nobody held before: a cookie that was planted begins nothing.

    Args:
        page: the page that was answered with `answers`; "" for none.
    """
    secret, content = CookieSecret.fresh(), fresh_draft(language, now)
    content = content.answered(page, answers) if page else content
    store(content, secret, now=now)
    return secret, content


@transaction.atomic
def renew(secret: CookieSecret, *, now: datetime) -> CookieSecret:
    """Go on with a draft under a new secret; the old one opens nothing any more.

    Raises `NotFound` for a draft that ran out, was sent or never was.
    """
    row, content = locked(secret, DraftKind.REPORT, now)
    row.delete()
    fresh = CookieSecret.fresh()
    # The mark of solved work belongs to the secret that it was solved for.
    store(replace(content, work=""), fresh, now=now)
    return fresh


@transaction.atomic
def answer(
    secret: CookieSecret,
    page: str,
    answers: Mapping[str, str],
    *,
    language: str = "",
    work: str = "",
    now: datetime,
) -> DraftContent:
    """Keep the answers of one page: 1. lock, 2. write them over the older ones, 3. seal.

    Raises `NotFound` for a draft that ran out, was sent or never was.
    """
    row, content = locked(secret, DraftKind.REPORT, now)
    content = content.answered(page, answers)
    if rules.is_work_done(secret.puzzle, work):
        content = replace(content, work=work)
    return save(row, replace(content, language=language or content.language), secret, now)


@transaction.atomic
def number_for(secret: CookieSecret, take: Callable[[], Minted], *, now: datetime) -> DraftContent:
    """Give the draft its number, once: whatever is repeated afterwards shows the same one.

    Raises `NotFound` for a draft that ran out, was sent or never was.
    """
    row, content = locked(secret, DraftKind.REPORT, now)
    return content if content.receipt else save(row, _with_number(content, take()), secret, now)


def _with_number(content: DraftContent, minted: Minted) -> DraftContent:
    return replace(
        content,
        receipt=minted.receipt.digits,
        look_up=minted.look_up.hex(),
        public_key=minted.public_key.hex(),
        verify_key=minted.verify_key.hex(),
    )


@transaction.atomic
def send(
    secret: CookieSecret,
    form: Form,
    take: Callable[[], Minted],
    *,
    flooded: bool,
    by: Actor,
    now: datetime,
    keys: KeyRing,
) -> DraftContent:
    """Send a draft: it becomes a report.

    1. lock; sent before? the same number, 2. ask the rules, 3. write submission, mailbox, files and safe
    contact, sealed, and the record, 4. keep of the draft only its number until that was confirmed. All in one
    transaction: the answer leaves only after the commit, and whoever asks again gets the same.

    Raises `Refused` where nothing was told yet, `NotFound` for a draft that ran out or never was.
    """
    row, content = locked(secret, DraftKind.REPORT, now, sent=True)
    if content.sent:
        return content
    worked = rules.is_work_done(secret.puzzle, content.work)
    files = tuple(file.id for file in content.files)
    submitted = submitted_from(
        form.kept(content.answers), content.language, in_flood=flooded, worked=worked, files=files
    )
    if reasons := rules.why_not_receive(submitted):
        raise Refused(reasons)
    if not content.receipt:
        content = _with_number(content, take())
    number = content.number
    assert number is not None  # noqa: S101 - for the type checker
    minted = Minted(
        number,
        bytes.fromhex(content.look_up),
        bytes.fromhex(content.public_key),
        bytes.fromhex(content.verify_key),
    )
    digest = hashlib.sha256(b"draft|" + bytes.fromhex(content.token)).digest()
    submission, _mailbox = write(submitted, digest, minted, door=Door.WEB, by=by, now=now, keys=keys)
    for file in content.files:
        enclose(submission.pk, file, now=now)
    # Whether somebody is in danger decides what stands above the number; nothing else is kept.
    safe = {name: text for name, text in content.answers.items() if name in {"safe", "danger"}}
    kept = DraftContent(
        DraftKind.REPORT,
        content.language,
        content.token,
        answers=safe,
        receipt=content.receipt,
        sent=True,
    )
    return save(row, kept, secret, now)


@transaction.atomic
def add_file(secret: CookieSecret, file: DraftFile, *, now: datetime) -> DraftContent:
    """Lay a file that was taken at the door into the draft.

    Raises `NotFound`, or `Refused` where it is here already, or too many are.
    """
    row, content = locked(secret, DraftKind.REPORT, now)
    if reasons := content.why_not_bring(file):
        raise Refused(reasons)
    return save(row, replace(content, files=(*content.files, file)), secret, now)


@transaction.atomic
def remove_file(secret: CookieSecret, file_id: str, *, folder: Path, now: datetime) -> DraftContent:
    """Take a file out of the draft again; its body goes once the draft is kept without it."""
    row, content = locked(secret, DraftKind.REPORT, now)
    gone = [file for file in content.files if file.id == file_id]
    for file in gone:
        transaction.on_commit(lambda id=file.id: vault.discard(folder, UUID(id)))  # type: ignore[misc]
    left = tuple(file for file in content.files if file.id != file_id)
    return save(row, replace(content, files=left), secret, now)


@transaction.atomic
def leave(secret: CookieSecret, *, folder: Path, now: datetime) -> None:
    """Forget a draft or a visit at once: row and files. A draft that is not there is forgotten already.

    What was sent stays sent; only its number is no longer kept here.
    """
    try:
        row = row_of(secret, now=now, lock=True)
        content = opened(row, secret)
    except NotFound:
        return
    for file in () if content.sent or content.kind is DraftKind.VISIT else content.files:
        transaction.on_commit(lambda id=file.id: vault.discard(folder, UUID(id)))  # type: ignore[misc]
    row.delete()


@transaction.atomic
def sweep(*, now: datetime, limit: int = 1_000) -> int:
    """Delete drafts and visits that ran out. Returns how many."""
    ended = Draft.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:limit]
    # Asked once more: somebody may have gone on writing in this very moment.
    return Draft.objects.filter(pk__in=list(ended), expires_at__lte=now).delete()[0]
