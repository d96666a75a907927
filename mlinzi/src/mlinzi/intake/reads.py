"""Questions about reports and mailboxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from kinga import envelope
from mlinzi.intake.models import Category, Mailbox, Message, Report, Submission
from mlinzi.intake.rules import Receipt, Status, mailbox_keys
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText


@dataclass(frozen=True)
class Told:
    """One answer, opened for the reporter."""

    at: datetime
    text: str


@dataclass(frozen=True)
class BoxView:
    """What somebody who comes back with a receipt sees."""

    received_at: datetime
    status: Status
    status_at: datetime
    answers: tuple[Told, ...]


def mailbox_for(receipt: Receipt, *, keys: KeyRing, now: datetime) -> BoxView:
    """The mailbox that a receipt leads to and opens.

    Raises `NotFound` for a wrong or an expired number alike; both cost the same derivation.
    """
    if keys.receipt_secret is None:
        raise vault.NoKey
    box = mailbox_keys(receipt, keys.receipt_secret)
    found = Mailbox.objects.filter(look_up=box.look_up).first()
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        raise NotFound
    key = envelope.PrivateKey.from_seed("mailbox", box.seed)
    answers = [
        Told(m.sent_at, vault.open_for_reporter(SealedText("intake.message", str(m.id), "text", bytes(m.sealed)), key))
        for m in found.messages.order_by("-sent_at")[:100]
    ]
    status = Status(found.status)
    return BoxView(found.created_at, status, found.status_at, tuple(answers))


def public_categories() -> QuerySet[Category]:
    """The categories that the form offers, in the pack's order."""
    return Category.objects.filter(public=True).order_by("order", "pk")


def categories() -> QuerySet[Category]:
    return Category.objects.order_by("order", "pk")


def category_named(pack_id: str) -> Category | None:
    return Category.objects.filter(pack_id=pack_id).first()


def without_case(*, limit: int = 100) -> list[Report]:
    """Reports that have no case yet, oldest first, locked for the caller's transaction: the row that waits."""
    rows = Report.objects.select_for_update(skip_locked=True, of=("self",)).filter(has_case=False)
    return list(rows.select_related("category", "area").order_by("received_at")[:limit])


def sealed_texts(report: Report) -> Sequence[SealedText]:
    """The sealed fields of a report, for the vault to open."""
    return (
        SealedText("intake.report", str(report.id), "narrative", bytes(report.narrative)),
        SealedText("intake.report", str(report.id), "where_online", bytes(report.where_online)),
    )


def sealed_answers(report_id: UUID) -> list[tuple[datetime, SealedText]]:
    """The answers that were sent about a report, newest first, for the desk to read again."""
    rows = Message.objects.filter(mailbox__submission__report__id=report_id).order_by("-sent_at")[:100]
    return [(m.sent_at, SealedText("intake.message", str(m.id), "text", bytes(m.sealed))) for m in rows]


@dataclass(frozen=True)
class DoorState:
    """How the door does: what waits to be opened, and what could not be."""

    waiting: int
    oldest: datetime | None
    failed: int


def door_state() -> DoorState:
    waiting = Submission.objects.filter(opened_at=None, failed_at=None).order_by("received_at")
    first = waiting.first()
    failed = Submission.objects.exclude(failed_at=None).count()
    return DoorState(waiting.count(), first.received_at if first else None, failed)
