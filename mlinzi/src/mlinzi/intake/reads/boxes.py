"""What somebody sees who has come back to a mailbox."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kinga import envelope
from mlinzi.intake.models import Mailbox, Word
from mlinzi.intake.rules import DraftContent, Status, WordKind
from mlinzi.kernel.errors import NotFound
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText

SHOWN = 100
"""How many of the newest messages a mailbox shows."""


def live_mailbox(mailbox: Mailbox, now: datetime) -> bool:
    """Whether a mailbox has not ended: it does a year after its report was closed."""
    return mailbox.expires_at is None or mailbox.expires_at > now


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
    """The mailbox of a visit, opened with the key that the number yielded.

    Raises `NotFound` for a mailbox that has ended meanwhile.
    """
    found = Mailbox.objects.filter(id=visit.mailbox).first()
    if found is None or not live_mailbox(found, now):
        raise NotFound
    key = envelope.PrivateKey.from_seed("mailbox", bytes.fromhex(visit.seed))
    words = list(found.words.order_by("-sent_at")[:SHOWN])
    own = [Told(w.sent_at, w.kind, _open("intake.word", w, key)) for w in words]
    answers = [
        Told(m.sent_at, "answer", _open("intake.message", m, key))
        for m in found.messages.order_by("-sent_at")[:SHOWN]
    ]
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


def _open(record: str, row: Word | object, key: envelope.PrivateKey) -> str:
    sealed: bytes = bytes(row.sealed)  # type: ignore[union-attr]
    return vault.open_for_reporter(SealedText(record, str(row.id), "text", sealed), key)  # type: ignore[union-attr]


def _contact(mailbox: Mailbox, key: envelope.PrivateKey) -> Mapping[str, str]:
    newest = mailbox.words.filter(kind=WordKind.CONTACT).order_by("-sent_at").first()
    told: Mapping[str, str] = json.loads(_open("intake.word", newest, key)) if newest else {}
    return told


def _stopped(mailbox: Mailbox) -> bool:
    """Whether the wish to stop still holds: it ends with the next words."""
    kinds = [WordKind.STOP, WordKind.WORDS]
    newest = mailbox.words.filter(kind__in=kinds).order_by("-sent_at").values_list("kind", flat=True).first()
    return newest == WordKind.STOP


def _acknowledgement(mailbox: Mailbox, key: envelope.PrivateKey) -> str:
    if not mailbox.acknowledgement:
        return ""
    sealed = bytes(mailbox.acknowledgement)
    return vault.open_for_reporter(
        SealedText("intake.mailbox", str(mailbox.id), "acknowledgement", sealed), key
    )
