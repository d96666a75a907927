"""What the desk and the worker ask: reports that wait, what is sealed in them, what reporters wrote later."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.lookups import IsNull

from mlinzi.intake.models import Attachment, Category, DayCount, Message, Report, Submission, Word
from mlinzi.intake.rules.submitted import WITH_ADDRESS, WordKind
from mlinzi.vault.rules import SealedText

REPORT = "intake.report"
WRONG_NUMBER = "number.wrong"
"""What wrong numbers at the door are counted as."""

OneReport: TypeAlias = Report
"""A report as other rooms hold it."""


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
    """The sealed words of a report, for the vault to open."""
    return (
        SealedText(REPORT, str(report.id), "narrative", bytes(report.narrative)),
        SealedText(REPORT, str(report.id), "where_online", bytes(report.where_online)),
    )


def sealed_details(report: Report) -> Sequence[SealedText]:
    """Everything else that was told (JSON, see `rules.details_from`); none where nothing was."""
    if not report.details:
        return ()
    return (SealedText(REPORT, str(report.id), "details", bytes(report.details)),)


def sealed_answers(report_id: UUID) -> list[tuple[datetime, SealedText]]:
    """The answers that were sent about a report, newest first, for the desk to read again."""
    rows = Message.objects.filter(mailbox__submission__report__id=report_id).order_by("-sent_at")[:100]
    return [(m.sent_at, SealedText("intake.message", str(m.id), "text", bytes(m.sealed))) for m in rows]


@dataclass(frozen=True)
class SealedWord:
    """What a reporter wrote later: of which report, its kind, and the text for the vault to open."""

    id: UUID
    report_id: UUID
    at: datetime
    kind: str
    unread: bool
    text: SealedText


def sealed_words(report_ids: Collection[UUID], *, limit: int = 100) -> list[SealedWord]:
    """What the reporters of these reports wrote later, as far as the worker wrapped it: what nobody has read
    first, then the newest. Whoever buries words under noise does not hide them.
    """
    rows = Word.objects.filter(mailbox__submission__report__id__in=report_ids, taken_at__isnull=False)
    rows = rows.exclude(kind=WordKind.CODE)  # it is for whoever is told it, not for us
    rows = rows.annotate(report_id=F("mailbox__submission__report__id"))
    return [
        SealedWord(
            w.id,
            w.report_id,
            w.sent_at,
            w.kind,
            w.read_at is None,
            SealedText("intake.word", str(w.id), "text", bytes(w.sealed)),
        )
        for w in rows.order_by(IsNull(F("read_at"), True).desc(), "-sent_at", "id")[:limit]
    ]


def unread_words(report_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many words of reporters nobody has opened yet, by report."""
    rows = Word.objects.filter(
        mailbox__submission__report__id__in=list(report_ids), taken_at__isnull=False, read_at=None
    )
    return Counter(rows.values_list("mailbox__submission__report__id", flat=True))


def row_of_category(pack_id: str) -> int:
    """The row id of a category, for a filter on a column of our own; 0, which no row has, for none. See
    `directory.reads.row_of_organisation`.
    """
    return Category.objects.filter(pack_id=pack_id).values_list("pk", flat=True).first() or 0


def reports_unread() -> "QuerySet[Word, UUID]":
    """The reports whose reporters wrote what nobody has opened yet: a query to be put into a filter."""
    rows = Word.objects.filter(taken_at__isnull=False, read_at=None)
    return rows.values_list("mailbox__submission__report__id", flat=True)


def untold_words(*, limit: int = 100) -> list[tuple[UUID, UUID]]:
    """Words that no officer was told of, oldest first, locked: pairs of word and report."""
    rows = Word.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        taken_at__isnull=False, told_at=None, mailbox__submission__report__has_case=True
    )
    return list(rows.order_by("taken_at").values_list("id", "mailbox__submission__report__id")[:limit])


def waits_to_be_read(report_ids: Collection[UUID]) -> bool:
    """Whether a word that an officer was told of is still unread."""
    told = Word.objects.filter(told_at__isnull=False, read_at=None, taken_at__isnull=False)
    return told.filter(mailbox__submission__report__id__in=report_ids).exists()


def has_files(report: Report) -> bool:
    """Whether files came with a report, in the vault already or not. One that nobody named is none."""
    return Attachment.objects.filter(submission_id=report.submission_id, named_at__isnull=False).exists()


def has_contact(report: Report) -> bool:
    """Whether the reporter left an address or a number at which they may be reached."""
    return report.channel in WITH_ADDRESS


@dataclass(frozen=True)
class Marks:
    """By which some reports stand out from many that say nearly the same: their ids."""

    files: frozenset[UUID]
    wrote: frozenset[UUID]
    contact: frozenset[UUID]

    def __contains__(self, report_id: UUID) -> bool:
        return report_id in self.files or report_id in self.wrote or report_id in self.contact


def marks_of(report_ids: Collection[UUID]) -> Marks:
    """Which of these reports brought files, whose reporters wrote later, and who may be reached."""
    rows = Report.objects.filter(id__in=report_ids)
    return Marks(
        files=frozenset(
            rows.filter(submission__attachments__named_at__isnull=False).values_list("id", flat=True)
        ),
        wrote=frozenset(
            rows.filter(submission__mailbox__words__taken_at__isnull=False).values_list("id", flat=True)
        ),
        contact=frozenset(rows.filter(channel__in=WITH_ADDRESS).values_list("id", flat=True)),
    )


@dataclass(frozen=True)
class DoorState:
    """How the door does: what waits to be opened, and what could not be.

    Args:
        failed, files_failed, words_failed: submissions, files and later words that were set aside.
        wrong_numbers: how many wrong numbers were tried in the last two days.
    """

    waiting: int
    oldest: datetime | None
    failed: int
    files_failed: int
    words_failed: int
    wrong_numbers: int


def door_state(*, now: datetime) -> DoorState:
    """What waits, since when, and how much was set aside; for `mlinzi check`."""
    waiting = Submission.objects.filter(opened_at=None, failed_at=None).order_by("received_at")
    first = waiting.first()
    lately = DayCount.objects.filter(what=WRONG_NUMBER, day__gte=(now - timedelta(days=1)).date())
    return DoorState(
        waiting=waiting.count(),
        oldest=first.received_at if first else None,
        failed=Submission.objects.exclude(failed_at=None).count(),
        files_failed=Attachment.objects.exclude(failed_at=None).count(),
        words_failed=Word.objects.exclude(failed_at=None).count(),
        wrong_numbers=lately.aggregate(n=Sum("count"))["n"] or 0,
    )
