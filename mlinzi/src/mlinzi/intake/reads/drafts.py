"""What a cookie opens: a draft, or a visit to a mailbox."""

from datetime import datetime

from kinga import envelope
from mlinzi.intake.models import Draft
from mlinzi.intake.rules import CookieSecret, DraftContent, DraftKind
from mlinzi.intake.rules.drafts import draft_from
from mlinzi.kernel.errors import NotFound
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


def row_of(secret: CookieSecret, *, now: datetime, lock: bool = False) -> Draft:
    """The row that a cookie leads to. Raises `NotFound` for none, and for one that ran out."""
    rows = Draft.objects.select_for_update() if lock else Draft.objects.all()
    row = rows.filter(look_up=secret.look_up, expires_at__gt=now).first()
    if row is None:
        raise NotFound
    return row


def opened(row: Draft, secret: CookieSecret) -> DraftContent:
    """What is in a draft. Raises `NotFound` where the row was not sealed under this cookie."""
    thing = SealedText("intake.draft", str(row.id), "all", bytes(row.sealed))
    try:
        return draft_from(vault.open_for_bearer(thing, key=secret.key))
    except envelope.EnvelopeError as error:
        raise NotFound from error


def draft_of(secret: CookieSecret | None, kind: DraftKind, *, now: datetime) -> DraftContent | None:
    """The draft or visit behind a cookie; None where there is none of this kind."""
    if secret is None:
        return None
    try:
        content = opened(row_of(secret, now=now), secret)
    except NotFound:
        return None
    return content if content.kind is kind else None
