"""What somebody sees who has come back to a mailbox."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kinga import envelope
from mlinzi.intake.models import Mailbox
from mlinzi.intake.rules import DraftContent, Status, WordKind
from mlinzi.kernel.errors import NotFound
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText

log = logging.getLogger(__name__)
SHOWN = 100
"""How many of the newest messages a mailbox shows."""


def live_mailbox(*, now: datetime, **named: str | bytes) -> Mailbox:
    """The mailbox with this `id` or `look_up`.

    Raises `NotFound` for none, and for one that has ended: it does a year after its report was closed.
    """
    found = Mailbox.objects.filter(**named).first()
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        raise NotFound
    return found


@dataclass(frozen=True)
class Told:
    """One message, opened for the reporter. `kind` is a value of `WordKind`, or "answer" for the desk's."""

    at: datetime
    kind: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class BoxView:
    """What somebody who comes back with a number sees.

    Args:
        messages: both ways, the newest first. contact: the safe contact that holds now, by field.
        stopped: the reporter asked to stop. acknowledgement: the signed paper, "" until the worker made it.
    """

    received_at: datetime
    status: Status
    status_at: datetime
    messages: tuple[Told, ...]
    contact: Mapping[str, str]
    stopped: bool
    acknowledgement: str = field(repr=False)

    @property
    def answers(self) -> tuple[Told, ...]:
        return tuple(m for m in self.messages if m.kind == "answer")


def box_view(visit: DraftContent, *, now: datetime) -> BoxView:
    """The mailbox of a visit, opened with the key that the number yielded. The contact shown is the newest.

    Raises `NotFound` for a mailbox that has ended meanwhile.
    """
    found = live_mailbox(id=visit.mailbox, now=now)
    key = envelope.PrivateKey.from_seed("mailbox", bytes.fromhex(visit.seed))
    words = list(found.words.order_by("-sent_at")[:SHOWN])
    own = _told(((w.sent_at, w.kind, w.id, w.sealed) for w in words), "intake.word", key)
    sent = found.messages.order_by("-sent_at")[:SHOWN]
    answers = _told(((m.sent_at, "answer", m.id, m.sealed) for m in sent), "intake.message", key)
    seen = [m for m in own if m.kind in {WordKind.WORDS, WordKind.FILE}]
    return BoxView(
        received_at=found.created_at,
        status=Status(found.status),
        status_at=found.status_at,
        messages=tuple(sorted([*seen, *answers], key=lambda m: m.at, reverse=True)[:SHOWN]),
        contact=_contact(found, key),
        stopped=_stopped(found),
        acknowledgement=_acknowledgement(found, key),
    )


Row = tuple[datetime, str, UUID, bytes | bytearray | memoryview | None]


def _told(rows: Iterable[Row], record: str, key: envelope.PrivateKey) -> list[Told]:
    """Messages opened with the mailbox's key. One that does not open keeps nobody from the others."""
    found = []
    for at, kind, id, sealed in rows:
        try:
            found.append(Told(at, kind, _open(record, id, bytes(sealed or b""), key)))
        except (envelope.EnvelopeError, UnicodeDecodeError) as error:
            log.warning("a message in a mailbox does not open: %s", type(error).__name__)
    return found


def _open(record: str, id: UUID, sealed: bytes, key: envelope.PrivateKey, name: str = "text") -> str:
    return vault.open_for_reporter(SealedText(record, str(id), name, sealed), key)


def _contact(mailbox: Mailbox, key: envelope.PrivateKey) -> Mapping[str, str]:
    newest = mailbox.words.filter(kind=WordKind.CONTACT).order_by("-sent_at").first()
    try:
        if newest is not None:
            text = _open("intake.word", newest.id, bytes(newest.sealed), key)
        elif mailbox.contact:
            text = _open("intake.mailbox", mailbox.id, bytes(mailbox.contact), key, "contact")
        else:
            return {}
        told: Mapping[str, str] = json.loads(text)
    except (envelope.EnvelopeError, ValueError) as error:
        log.warning("a contact in a mailbox does not open: %s", type(error).__name__)
        return {}
    return told


def _stopped(mailbox: Mailbox) -> bool:
    """Whether the wish to stop still holds: it ends with the next words."""
    kinds = [WordKind.STOP, WordKind.WORDS]
    newest = mailbox.words.filter(kind__in=kinds).order_by("-sent_at").values_list("kind", flat=True).first()
    return newest == WordKind.STOP


def _acknowledgement(mailbox: Mailbox, key: envelope.PrivateKey) -> str:
    if not mailbox.acknowledgement:
        return ""
    return _open("intake.mailbox", mailbox.id, bytes(mailbox.acknowledgement), key, "acknowledgement")
