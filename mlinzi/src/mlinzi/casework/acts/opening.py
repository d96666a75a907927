"""Open what is sealed in a case and a referral: recorded and committed first, each time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from mlinzi.access import reads as access
from mlinzi.access.rules import Officer
from mlinzi.casework import reads, rules
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.rules import Action, Purpose
from mlinzi.intake import acts as intake_acts
from mlinzi.intake import reads as intake
from mlinzi.intake.rules import Details, details_from
from mlinzi.kernel.errors import Refused
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault import reads as vault_reads
from mlinzi.vault.rules import SealedText

REPORTS_OPENED = 20
"""How many reports of a case are opened together, the oldest first."""


@dataclass(frozen=True)
class OpenReport:
    """A report in clear. `language` is that of the form, in which the reporter reads."""

    received_at: datetime
    language: str
    narrative: str = field(repr=False)
    where_online: str = field(repr=False)
    details: Details = field(repr=False)


@dataclass(frozen=True)
class Written:
    """A text in clear with its time and writer; the writer is "" for an answer to the reporter."""

    at: datetime
    who: str
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
    """What a reporter wrote later. `kind` is a value of `WordKind`; `unread`: nobody had opened it yet."""

    at: datetime
    kind: str
    unread: bool
    text: str = field(repr=False)


@dataclass(frozen=True)
class OpenCase:
    """Everything sealed in a case. `words` are those with which referrals ended, by the referral's number.

    Args:
        reports: the oldest, at most `REPORTS_OPENED`: a case may hold thousands of copies of one text.
        letters: what the reporters wrote later, the newest first.
    """

    reports: list[OpenReport]
    letters: list[FromReporter]
    notes: list[Written]
    answers: list[Written]
    files: list[NamedFile]
    words: Mapping[str, str] = field(repr=False)


def open_case(number: str, purpose: Purpose, *, by: Officer, now: datetime, keys: KeyRing) -> OpenCase:
    """Open a case for an officer.

    1. find it through the officer's eyes, 2. gather what is sealed, 3. let the vault record, commit and open,
    4. note that what the reporters wrote has been read.

    Raises `NotFound`, or `Refused` for a purpose that is not one for opening a case. When the record cannot
    be written nothing is opened. Call it outside a transaction.
    """
    case = reads.case_for(number, Action.CASE_OPEN, by=by)
    if purpose not in rules.purposes_for_case():
        raise Refused(["Say why you open this case."])
    links = case.reports.select_related("report").order_by("report__received_at")
    reports = [link.report for link in links[:REPORTS_OPENED]]
    notes = list(case.notes.order_by("-written_at"))
    answers = [pair for report in reports for pair in intake.sealed_answers(report.id)]
    letters = intake.sealed_words([report.id for report in reports])
    files = reads.files_of(case)
    ended = [referral for referral in reads.referrals_of(case) if referral.answer]
    things = [thing for report in reports for thing in intake.sealed_texts(report)]
    things += [thing for report in reports for thing in intake.sealed_details(report)]
    things += [letter.text for letter in letters]
    things += [SealedText(reads.NOTE, str(n.id), "text", bytes(n.sealed)) for n in notes]
    things += [thing for _, thing in answers]
    things += [vault_reads.sealed_name(file) for file in files]
    things += [_sealed_words(referral) for referral in ended]
    texts = iter(
        vault.open_all(
            things,
            action=Action.CASE_OPEN,
            relation=reads.relation_of(case),
            object_type=reads.CASE,
            object_id=case.id,
            purpose=purpose,
            by=by,
            now=now,
            keys=keys,
        )
    )
    names = access.names_of({n.written_by for n in notes})
    told = [(next(texts), next(texts)) for _ in reports]
    details = [details_from(json.loads(next(texts))) if r.details else Details() for r in reports]
    found = [FromReporter(letter.at, letter.kind, letter.unread, next(texts)) for letter in letters]
    if any(letter.unread for letter in letters):
        intake_acts.mark_read([report.id for report in reports], now=now)
    return OpenCase(
        reports=[
            OpenReport(r.received_at, r.language, narrative, where, more)
            for r, (narrative, where), more in zip(reports, told, details, strict=True)
        ],
        letters=found,
        notes=[Written(n.written_at, names.get(n.written_by, ""), next(texts)) for n in notes],
        answers=[Written(at, "", next(texts)) for at, _ in answers],
        files=[NamedFile(f.id, f.stored_at, f.size, next(texts)) for f in files],
        words={referral.number: next(texts) for referral in ended},
    )


def _sealed_words(referral: Referral) -> SealedText:
    return SealedText(reads.REFERRAL, str(referral.id), "answer", bytes(referral.answer))


@dataclass(frozen=True)
class SharedCopy:
    """What a receiver may read: only the items that were shared, and the note."""

    items: Mapping[str, Any] = field(repr=False)
    note: str = field(repr=False)


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
    copy = json.loads(opened["shared"])
    return SharedCopy(copy["items"], copy["note"])


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


def texts_to_share(
    case: Case, items: frozenset[rules.Shared], *, by: Officer, now: datetime, keys: KeyRing
) -> dict[str, list[str]]:
    """The sealed items that an officer chose to share, in clear, recorded first as opened for a referral."""
    wanted = items & rules.SEALED_ITEMS
    if not wanted:
        return {}
    reports = [link.report for link in case.reports.select_related("report").order_by("report__received_at")]
    fields = {rules.Shared.WHAT_HAPPENED: "narrative", rules.Shared.WHERE_ONLINE: "where_online"}
    names = {fields[item]: item.value for item in wanted}
    things = [t for report in reports for t in intake.sealed_texts(report) if t.name in names]
    texts = vault.open_all(
        things,
        action=Action.CASE_REFER,
        relation=reads.relation_of(case),
        object_type=reads.CASE,
        object_id=case.id,
        purpose=Purpose.REFERRAL,
        by=by,
        now=now,
        keys=keys,
        recorded_as="casework.case.share",
    )
    found: dict[str, list[str]] = {}
    for thing, text in zip(things, texts, strict=True):
        if text:
            found.setdefault(names[thing.name], []).append(text)
    return found
