"""A draft, and a visit to a mailbox: what is kept of it, and what follows from the browser's cookie. Pure."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from mlinzi.intake.rules.receipts import Receipt
from mlinzi.intake.rules.submitted import FILES_LIMIT

SECRET_BYTES = 32
DRAFT_LASTS = timedelta(hours=2)
"""How long a draft is kept after its last page; a number that was not confirmed, `SENT_LASTS`."""
SENT_LASTS = timedelta(hours=24)
DRAFT_LIVES = timedelta(hours=24)
"""No draft is older than this, however often it is used; its files are swept soon after."""
VISIT_LASTS = timedelta(minutes=20)


class DraftKind(StrEnum):
    REPORT = "report"
    VISIT = "visit"


@dataclass(frozen=True)
class CookieSecret:
    """The 32 random bytes that only a browser's cookie holds, and what follows from them."""

    raw: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> "CookieSecret":
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> "CookieSecret | None":
        """The secret in a cookie's value; None for anything that is none of ours."""
        try:
            raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        found = cls(raw)
        # Two spellings of the same bytes would be two cookies for one draft.
        return found if len(raw) == SECRET_BYTES and found.text == text else None

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.raw).decode().rstrip("=")

    def _derive(self, purpose: bytes) -> bytes:
        return hmac.new(self.raw, b"mlinzi draft v1|" + purpose, hashlib.sha256).digest()

    @property
    def look_up(self) -> bytes:
        """Where the draft is found (32 bytes)."""
        return self._derive(b"look-up")

    @property
    def key(self) -> bytes:
        """The key that the draft is sealed under (32 bytes)."""
        return self._derive(b"key")

    @property
    def mark(self) -> str:
        """What stands in each form of the draft, so that no other site can send one in its name."""
        return self._derive(b"mark").hex()[:32]

    def has_mark(self, text: str) -> bool:
        return hmac.compare_digest(self.mark.encode(), text.encode())

    @property
    def puzzle(self) -> str:
        """What the sender's machine may work on (see `flood.is_work_done`)."""
        return self._derive(b"puzzle").hex()


@dataclass(frozen=True)
class DraftFile:
    """A file that was taken at the door for a draft; its body lies sealed in the door's folder."""

    id: str
    name: str
    size: int
    sha256: str
    header: str
    meta: str
    cipher_sha256: str

    def __repr__(self) -> str:
        return f"DraftFile({self.id!r})"


@dataclass(frozen=True)
class DraftContent:
    """What is sealed in a draft.

    Args:
        token: random bytes in hexadecimal that make this form this form, however often it is sent.
        answers: by field id. done: ids of the pages that were answered or passed over.
        receipt, look_up, public_key, verify_key: the number and what was derived from it, once the check page
            was shown.
        sent: whether it is on its way; the draft then only holds the number until it is confirmed.
        began: when, in seconds since 1970.
        mailbox, seed: of a visit, the mailbox's id and the seed of its key in hexadecimal.
    """

    kind: DraftKind
    language: str
    token: str
    answers: Mapping[str, str] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    files: tuple[DraftFile, ...] = ()
    receipt: str = ""
    look_up: str = ""
    public_key: str = ""
    verify_key: str = ""
    work: str = ""
    sent: bool = False
    mailbox: str = ""
    seed: str = ""
    greet: bool = False
    began: float = 0.0

    def __repr__(self) -> str:
        return f"DraftContent({self.kind.value})"

    @property
    def number(self) -> Receipt | None:
        return Receipt(self.receipt) if self.receipt else None

    def why_not_bring(self, file: DraftFile) -> list[str]:
        """Reasons against one file more: there are enough, or it is this very one that is here already, since
        somebody pressed twice or sent it again after a cut. Empty means yes.
        """
        if any((held.sha256, held.name) == (file.sha256, file.name) for held in self.files):
            return ["This file is here already."]
        if len(self.files) >= FILES_LIMIT:
            return [f"There are {FILES_LIMIT} files already."]
        return []

    def answered(self, page: str, answers: Mapping[str, str]) -> "DraftContent":
        """With a page's answers written over the older ones; empty ones are taken out."""
        merged = {name: text for name, text in {**self.answers, **answers}.items() if text}
        return replace(self, answers=merged, done=tuple(dict.fromkeys((*self.done, page))))


def fresh_draft(language: str, now: datetime) -> DraftContent:
    return DraftContent(DraftKind.REPORT, language, secrets.token_hex(16), began=now.timestamp())


def visit(language: str, mailbox: str, seed: bytes, *, greet: bool, receipt: str) -> DraftContent:
    """A visit to a mailbox; `receipt` is kept only where the number is to be shown once more."""
    return DraftContent(
        DraftKind.VISIT,
        language,
        secrets.token_hex(16),
        mailbox=mailbox,
        seed=seed.hex(),
        greet=greet,
        receipt=receipt if greet else "",
    )


def draft_text(content: DraftContent) -> str:
    return json.dumps(asdict(content), ensure_ascii=False)


def draft_from(text: str) -> DraftContent:
    """The reverse of `draft_text`."""
    told: dict[str, Any] = json.loads(text)
    return DraftContent(
        **{
            **told,
            "kind": DraftKind(told["kind"]),
            "done": tuple(told["done"]),
            "files": tuple(DraftFile(**file) for file in told["files"]),
        }
    )


def expires_at(content: DraftContent, now: datetime) -> datetime:
    """Until when a draft is kept that was last used now."""
    if content.kind is DraftKind.VISIT:
        return now + VISIT_LASTS
    if content.sent:
        return now + SENT_LASTS
    ends = datetime.fromtimestamp(content.began, UTC) + DRAFT_LIVES
    # A clock that was set back must not end a draft that was only just begun.
    return min(now + DRAFT_LASTS, ends) if content.began <= now.timestamp() else now + DRAFT_LASTS
