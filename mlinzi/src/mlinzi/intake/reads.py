"""Questions about reports and mailboxes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language_info

from kinga import envelope
from mlinzi.directory import reads as directory
from mlinzi.intake.models import Category, Mailbox, Message, Report, Submission
from mlinzi.intake.rules import Receipt, Status, mailbox_keys
from mlinzi.kernel.errors import NotFound
from mlinzi.kernel.keyring import KeyRing
from mlinzi.kernel.packed import in_language
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
        Told(
            m.sent_at,
            vault.open_for_reporter(SealedText("intake.message", str(m.id), "text", bytes(m.sealed)), key),
        )
        for m in found.messages.order_by("-sent_at")[:100]
    ]
    status = Status(found.status)
    return BoxView(found.created_at, status, found.status_at, tuple(answers))


@dataclass(frozen=True)
class Number:
    """An emergency number in the words of one language. `free` is None where it is not known."""

    number: str
    label: str
    when: str
    hours: str
    free: bool | None

    @property
    def dialled(self) -> str:
        return self.number.replace(" ", "")


@dataclass(frozen=True)
class DoorWords:
    """What the public door says in one language of the country.

    Args:
        language, own_name: its code, and its name in itself.
        texts: the pack's public texts by key, e.g. ``who_reads`` or ``status.received``.
        numbers: the emergency numbers in the pack's order.
    """

    language: str
    own_name: str
    texts: Mapping[str, str]
    numbers: tuple[Number, ...] = ()
    time_zone: str = "UTC"
    demonstration: bool = False

    @property
    def site_name(self) -> str:
        return self.texts.get("site_name", "")

    @property
    def exit_url(self) -> str:
        return self.texts.get("exit_url", "")

    @property
    def intro(self) -> tuple[str, ...]:
        keys = [key for key in self.texts if key.startswith("intro.")]
        return tuple(self.texts[key] for key in sorted(keys, key=lambda key: int(key.removeprefix("intro."))))

    def status(self, status: Status) -> str:
        return self.texts.get(f"status.{status}", "")


def door_words() -> tuple[DoorWords, ...]:
    """What the public door says, in each language of the country, the default first.

    Raises `NoCountry` before a pack is loaded.
    """
    country = directory.country()
    rows = list(directory.emergency_numbers())
    demonstration = directory.is_demonstration()
    return tuple(
        DoorWords(
            language,
            own_name(language),
            directory.public_texts(language),
            tuple(
                Number(
                    n.number,
                    in_language(n.label, language),
                    in_language(n.when, language),
                    in_language(n.hours, language),
                    n.free,
                )
                for n in rows
            ),
            country.time_zone,
            demonstration,
        )
        for language in country.languages
    )


def own_name(language: str) -> str:
    """A language's name in itself, or its code where nobody has told Django about it."""
    try:
        return str(get_language_info(language)["name_local"]).capitalize()
    except KeyError:
        return language


def public_categories() -> QuerySet[Category]:
    """The categories that the form offers, in the pack's order."""
    return Category.objects.filter(public=True).order_by("order", "pk")


def categories() -> QuerySet[Category]:
    return Category.objects.order_by("order", "pk")


def category_named(pack_id: str) -> Category | None:
    return Category.objects.filter(pack_id=pack_id).first()


def without_case(*, limit: int = 100, but_not: Collection[UUID] = ()) -> list[Report]:
    """Reports that have no case yet, oldest first, locked for the caller's transaction: the row that waits.

    Args:
        but_not: ids that are passed over, such as those that just failed: they must not fill every batch.
    """
    rows = Report.objects.select_for_update(skip_locked=True, of=("self",)).filter(has_case=False)
    rows = rows.exclude(id__in=but_not) if but_not else rows
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
    """What waits, since when, and how many submissions were set aside; for the board and `mlinzi check`."""
    waiting = Submission.objects.filter(opened_at=None, failed_at=None).order_by("received_at")
    first = waiting.first()
    failed = Submission.objects.exclude(failed_at=None).count()
    return DoorState(waiting.count(), first.received_at if first else None, failed)
