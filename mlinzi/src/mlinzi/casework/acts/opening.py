"""Open what is sealed in a case and a referral: recorded and committed first, each time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.casework import reads, rules
from mlinzi.casework.models import Case, Note, Referral
from mlinzi.casework.rules import Action, Purpose
from mlinzi.intake import acts as intake_acts
from mlinzi.intake import reads as intake
from mlinzi.intake.rules import Details, details_from
from mlinzi.intake.rules.sections import Section, sections_from
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault import reads as vault_reads
from mlinzi.vault.rules import SealedText

LETTERS_OPENED = 100
"""How many later words of reporters are opened together: those that nobody has read first."""


@dataclass(frozen=True)
class OpenReport:
    """A report in clear."""

    row: reads.ShownReport
    narrative: str = field(repr=False)
    where_online: str = field(repr=False)
    details: Details = field(repr=False)
    sections: tuple[Section, ...] = field(default=(), repr=False)

    @property
    def id(self) -> UUID:
        return self.row.link.report_id

    @property
    def received_at(self) -> datetime:
        return self.row.link.report.received_at

    @property
    def language(self) -> str:
        """The language of the form, in which the reporter reads."""
        return self.row.link.report.language


@dataclass(frozen=True)
class Written:
    """A note in clear with its time and writer."""

    at: datetime
    who: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """An answer in clear. `place`: of the report whose reporter has it."""

    place: int
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True)
class NamedFile:
    """A file's name in clear, its size in bytes and its id for the download."""

    id: UUID
    at: datetime
    size: int
    name: str = field(repr=False)


@dataclass(frozen=True)
class FromReporter:
    """What a reporter wrote later. `place`: of the report; `kind`: a value of `WordKind`; `unread`: nobody
    had opened it yet.
    """

    place: int
    at: datetime
    kind: str
    unread: bool
    text: str = field(repr=False)


@dataclass(frozen=True)
class OpenCase:
    """Everything sealed in a case. `words` are those with which referrals ended, by the referral's number.

    Args:
        shown: which reports these are. letters: what their reporters wrote later, the unread first, then the
            newest; more_letters: there are more than are shown.
    """

    shown: reads.ReportsPage
    reports: list[OpenReport]
    letters: list[FromReporter]
    more_letters: bool
    notes: list[Written]
    answers: list[Answered]
    files: list[NamedFile]
    words: Mapping[str, str] = field(repr=False)


def open_case(
    number: str, purpose: Purpose, *, page: int = 1, by: Officer, now: datetime, keys: KeyRing
) -> OpenCase:
    """Open a case for an officer.

    1. find it through the officer's eyes, 2. gather what is sealed, 3. let the vault record, commit and open,
    4. note that the words of reporters which are shown have been read, and no others.

    Args:
        page: of the reports, see `reads.reports_of`; letters, answers and files are those of the
            reports on it.

    Raises `NotFound`, or `Refused` for a purpose that is not one for opening a case. When the record cannot
    be written nothing is opened. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_OPEN, by=by)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this case."])
    return open_gathered(case, purpose, page=page, action=Action.CASE_OPEN, by=by, now=now, keys=keys)


def open_gathered(
    case: Case, purpose: Purpose, *, page: int, action: Action, by: Officer, now: datetime, keys: KeyRing
) -> OpenCase:
    """Open what is sealed in a case that the caller found: steps 2 to 4 of `open_case`.

    Args:
        action: the right by which it is opened; the log calls it an opening whichever it is.
    """
    sealed = _gather(case, page)
    texts = vault.open_all(
        sealed.things(),
        action=action,
        recorded_as=Action.CASE_OPEN,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    if unread := [letter.id for letter in sealed.letters if letter.unread]:
        intake_acts.mark_read(unread, now=now)
    return _in_clear(sealed, iter(texts))


@dataclass(frozen=True)
class _Sealed:
    """What is sealed in a case, as far as one page shows it."""

    shown: reads.ReportsPage
    letters: list[intake.SealedWord]
    more_letters: bool
    notes: list[Note]
    answers: list[tuple[int, datetime, SealedText]]
    files: list[vault_reads.File]
    ended: list[Referral]

    def things(self) -> list[SealedText]:
        """All of it for the vault, in the order in which `_in_clear` takes the texts."""
        reports = [row.link.report for row in self.shown.rows]
        return [
            *(thing for report in reports for thing in intake.sealed_texts(report)),
            *(thing for report in reports for thing in intake.sealed_details(report)),
            *(letter.text for letter in self.letters),
            *(SealedText(reads.NOTE, str(n.id), "text", bytes(n.sealed)) for n in self.notes),
            *(thing for _, _, thing in self.answers),
            *(vault_reads.sealed_name(file) for file in self.files),
            *(_sealed_words(referral) for referral in self.ended),
        ]


def _gather(case: Case, page: int) -> _Sealed:
    shown = reads.reports_of(case, page=page)
    letters = intake.sealed_words(shown.ids, limit=LETTERS_OPENED + 1)
    return _Sealed(
        shown=shown,
        letters=letters[:LETTERS_OPENED],
        more_letters=len(letters) > LETTERS_OPENED,
        notes=list(case.notes.order_by("-written_at")),
        answers=[
            (row.place, at, thing)
            for row in shown.rows
            for at, thing in intake.sealed_answers(row.link.report_id)
        ],
        files=reads.files_of(case, shown.ids),
        ended=[referral for referral in reads.referrals_of(case) if referral.answer],
    )


def _details(text: str) -> tuple[Details, tuple[Section, ...]]:
    told = json.loads(text)
    return details_from(told), sections_from(told.get("sections"))


def _in_clear(sealed: _Sealed, texts: Iterator[str]) -> OpenCase:
    rows, places = sealed.shown.rows, {row.link.report_id: row.place for row in sealed.shown.rows}
    names = access.names_of({n.written_by for n in sealed.notes})
    told = [(next(texts), next(texts)) for _ in rows]
    details = [_details(next(texts)) if row.link.report.details else (Details(), ()) for row in rows]
    return OpenCase(
        shown=sealed.shown,
        reports=[
            OpenReport(row, narrative, where, *more)
            for row, (narrative, where), more in zip(rows, told, details, strict=True)
        ],
        letters=[
            FromReporter(places[letter.report_id], letter.at, letter.kind, letter.unread, next(texts))
            for letter in sealed.letters
        ],
        more_letters=sealed.more_letters,
        notes=[Written(n.written_at, names.get(n.written_by, ""), next(texts)) for n in sealed.notes],
        answers=[Answered(place, at, next(texts)) for place, at, _ in sealed.answers],
        files=[NamedFile(f.id, f.stored_at, f.size, next(texts)) for f in sealed.files],
        words={referral.number: next(texts) for referral in sealed.ended},
    )


def _sealed_words(referral: Referral) -> SealedText:
    return SealedText(reads.REFERRAL, str(referral.id), "answer", bytes(referral.answer))


@dataclass(frozen=True)
class SharedCopy:
    """What a receiver may read: only the items that were shared, and the note."""

    items: Mapping[str, Any] = field(repr=False)
    note: str = field(repr=False)


def copy_in(text: str) -> SharedCopy:
    """A shared copy out of its opened text."""
    copy = json.loads(text)
    return SharedCopy(copy["items"], copy["note"])


def open_referral(number: str, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing) -> SharedCopy:
    """Open the copy that was shared with the receiver, and nothing of the case.

    1. find it through the officer's eyes, 2. ask the rules: the copy ends with the referral, 3. let the vault
    record, commit and open. Raises `NotFound` or `Refused`. Call it outside a transaction.
    """
    referral = reads.referral_for(number, Action.REFERRAL_OPEN, by=by)
    if purpose not in rules.purposes_for_referral():
        raise Refused(["Say why you open this referral."])
    if reasons := rules.why_not_open_copy(rules.ReferralState(referral.state)):
        raise Refused(reasons)
    opened = vault.open_texts(
        [SealedText(reads.REFERRAL, str(referral.id), "shared", bytes(referral.shared))],
        action=Action.REFERRAL_OPEN,
        relation=reads.referral_relation_of(referral, Action.REFERRAL_OPEN),
        object_type=reads.REFERRAL,
        object_id=referral.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )
    return copy_in(opened["shared"])


def open_own_words(number: str, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing) -> str:
    """Open what the receiver itself wrote when the referral ended: all that it may read after the end.

    1. find it as its receiver, 2. ask the rules, 3. let the vault record, commit and open. Raises `NotFound`
    or `Refused`. Call it outside a transaction.
    """
    referral = reads.referral_for(number, Action.REFERRAL_OPEN, by=by)
    if purpose not in rules.purposes_for_referral():
        raise Refused(["Say why you open this referral."])
    if not rules.may_read_own_words(rules.ReferralState(referral.state)):
        raise NotFound
    return vault.open_texts(
        [_sealed_words(referral)],
        action=Action.REFERRAL_OPEN,
        relation=reads.referral_relation_of(referral, Action.REFERRAL_OPEN),
        object_type=reads.REFERRAL,
        object_id=referral.id,
        purpose=purpose,
        by=by,
        now=now,
        keys=keys,
    )["answer"]


def open_file(
    number: str, file_id: UUID, purpose: Purpose, *, folder: Path, by: Officer, now: datetime, keys: KeyRing
) -> vault.OpenedFile:
    """Open a file of a case for download: 1. find the case, 2. find the file in it, 3. let the vault record
    and open.

    Raises `NotFound`, or `Refused` for a purpose that is not one for opening a case.
    """
    case = reads.case_for(number, Action.CASE_FILE, by=by)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this file."])
    return vault.open_file(
        reads.file_of(case, file_id),
        action=Action.CASE_FILE,
        relation=reads.relation_of(case),
        purpose=purpose,
        folder=folder,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.file.open",
        recorded_on=(reads.CASE, case.id),
    )
