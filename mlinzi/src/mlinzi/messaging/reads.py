"""Questions about the outbox."""

from dataclasses import dataclass
from datetime import datetime

from mlinzi.messaging.models import Letter, State


@dataclass(frozen=True)
class Outbox:
    """How the outbox does."""

    waiting: int
    oldest: datetime | None
    failed: int


def outbox() -> Outbox:
    waiting = Letter.objects.filter(state=State.WAITING).order_by("queued_at")
    first = waiting.first()
    return Outbox(
        waiting.count(), first.queued_at if first else None, Letter.objects.filter(state=State.FAILED).count()
    )
