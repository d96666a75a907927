"""The reports of a case: in which order they are read, how their reporters stand, what files they brought."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from mlinzi.casework.models import Case, CaseReport
from mlinzi.casework.reads.eyes import CASE, REPORT
from mlinzi.intake import reads as intake
from mlinzi.intake.rules import Door, SafeChannel
from mlinzi.kernel.errors import NotFound
from mlinzi.vault import reads as vault

REPORTS_SHOWN = 20
"""How many reports of a case are opened together: a case may hold thousands of copies of one text."""


@dataclass(frozen=True)
class ShownReport:
    """A report of a case, in clear codes.

    Args:
        place: its number within the case, from 1, by arrival: what people call it by.
        files, wrote, contact: it brought files; its reporter wrote later, or may be reached at an address.
    """

    place: int
    link: CaseReport
    files: bool
    wrote: bool
    contact: bool


@dataclass(frozen=True)
class ReportsPage:
    """Some reports of a case. `first` and `last` count from 1 within `total`; `page` is one of `pages`."""

    rows: list[ShownReport]
    first: int
    total: int
    page: int
    pages: int

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def ids(self) -> list[UUID]:
        return [row.link.report_id for row in self.rows]


def reports_of(case: Case, *, page: int = 1) -> ReportsPage:
    """One page of the reports of a case: first those that stand out from many that say nearly the same, by
    files, later words or a safe contact, then the oldest. A page that is not there is the nearest one.

    The caller fetched the case through an officer's eyes.
    """
    order = list(case.reports.order_by("report__received_at", "pk").values_list("pk", "report_id"))
    marks = intake.marks_of([report_id for _, report_id in order])
    ranked = sorted(enumerate(order, start=1), key=lambda row: (row[1][1] not in marks, row[0]))
    pages = max(1, -(-len(order) // REPORTS_SHOWN))
    page = min(max(page, 1), pages)
    shown = ranked[(page - 1) * REPORTS_SHOWN : page * REPORTS_SHOWN]
    links = case.reports.select_related("report").in_bulk([link_id for _, (link_id, _) in shown])
    rows = [_shown(place, links[link_id], marks) for place, (link_id, _) in shown]
    return ReportsPage(rows, (page - 1) * REPORTS_SHOWN + 1, len(order), page, pages)


def report_in(case: Case, report_id: UUID) -> ShownReport:
    """One report of a case. Raises `NotFound` for one that lies in another case, as for one that is nowhere.

    The caller fetched the case through an officer's eyes.
    """
    ids = list(case.reports.order_by("report__received_at", "pk").values_list("report_id", flat=True))
    if report_id not in ids:
        raise NotFound
    link = case.reports.select_related("report").get(report_id=report_id)
    return _shown(ids.index(report_id) + 1, link, intake.marks_of([report_id]))


def _shown(place: int, link: CaseReport, marks: intake.Marks) -> ShownReport:
    id = link.report_id
    return ShownReport(place, link, id in marks.files, id in marks.wrote, id in marks.contact)


def files_of(case: Case, report_ids: Collection[UUID] | None = None) -> list[vault.File]:
    """The sealed files of a case: those that officers added, then those that came with its reports (all, or
    these).
    """
    ids = case.reports.values_list("report_id", flat=True) if report_ids is None else report_ids
    return [*vault.files_of(CASE, case.id), *vault.files_among(REPORT, list(ids))]


def file_of(case: Case, file_id: UUID) -> vault.File:
    """One of them. Raises `NotFound`."""
    found = next((file for file in files_of(case) if file.id == file_id), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Reporters:
    """How the reporters of a case stand, in clear codes.

    Args:
        count: how many reports the case holds. stopped, never: how many asked to stop, or not to be contacted
            outside their mailbox. unread: how many of their words nobody has opened. companies: how many
            come from companies, which have no mailbox.
    """

    count: int
    stopped: int
    never: int
    unread: int
    companies: int = 0

    @property
    def has_mailbox(self) -> bool:
        return self.companies < self.count

    @property
    def all_stopped(self) -> bool:
        return 0 < self.count == self.stopped

    @property
    def listening(self) -> int:
        """How many an answer to all of them reaches."""
        return self.count - self.stopped


def reporters_of(case: Case) -> Reporters:
    """How the reporters of a case stand."""
    named = ("report_id", "report__stopped_at", "report__channel", "report__door")
    rows = list(case.reports.values_list(*named))
    return Reporters(
        count=len(rows),
        stopped=sum(1 for _, stopped, _, _ in rows if stopped),
        never=sum(1 for _, _, channel, _ in rows if channel == SafeChannel.NEVER),
        unread=sum(intake.unread_words(id for id, *_ in rows).values()),
        companies=sum(1 for *_, door in rows if door == Door.PROVIDER),
    )


def language_of(case: Case) -> str:
    """The language in which the reporter of a case reads: that of the newest report."""
    link = case.reports.select_related("report").order_by("-report__received_at").first()
    return link.report.language if link else ""
