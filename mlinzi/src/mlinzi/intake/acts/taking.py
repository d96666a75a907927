"""The worker makes reports of what providers finished, and throws away what they left unfinished."""

import json
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from kinga import cybertip
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.directory import reads as directory
from mlinzi.intake.acts.opening import MOST_TERMS, REPORT, due, each
from mlinzi.intake.acts.providing import PROVIDER, PROVIDER_FILE
from mlinzi.intake.acts.receiving import SUBMISSION
from mlinzi.intake.models import Attachment, Category, ProviderFile, ProviderReport, Report, Submission
from mlinzi.intake.rules import NARRATIVE_LIMIT, WHERE_LIMIT, Danger, Details, Door
from mlinzi.intake.rules.provider import OPEN_FOR, PROVIDER_FILE_LIMIT, QUIET_FOR
from mlinzi.intake.rules.sections import Section, Told, as_stored, sections_of, told_in
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import (
    FILE_LIMIT,
    SealedText,
    Term,
    account_term,
    address_term,
    link_term,
    phone_term,
    sealed_limit,
    terms_in,
)

FORMAT = "cybertip"
"""The name under which a pack's categories list this format's incident types among their codes."""


@transaction.atomic
def take_provider_reports(
    *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str, limit: int = 50
) -> int:
    """Make reports of what providers finished.

    1. lock a batch, skipping what another worker holds, 2. put tests away: they never reach an officer, 3.
    open each document, read it, write submission and report with sealed fields and blind indexes, and name
    its files, 4. one that fails is set aside with its reason and tried again after an hour.

    Returns how many were taken from the queue.
    """
    waiting = ProviderReport.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        due(now), taken_at=None, finished_at__isnull=False
    )
    batch = list(waiting.select_related("credential__organisation").order_by("finished_at")[:limit])

    def take(row: ProviderReport) -> None:
        if row.live:
            _take(row, by=by, now=now, keys=keys, country_prefix=country_prefix)
        row.taken_at, row.failed_at, row.failure = now, None, ""
        row.save(update_fields=["taken_at", "failed_at", "failure", "report"])

    return each(batch, take, "intake.provider.fail", PROVIDER, by=by, now=now)


def _take(row: ProviderReport, *, by: Actor, now: datetime, keys: KeyRing, country_prefix: str) -> None:
    raw = _opened(PROVIDER, row.pk, "document", bytes(row.document), by=by, now=now, keys=keys)
    files = list(row.files.order_by("sent_at", "file_id"))
    told, sections = _read(raw, [_details(file, by=by, now=now, keys=keys) for file in files], now)
    submission = Submission.objects.create(
        id=new_id(),
        key_digest=sha256(f"{PROVIDER}|{row.pk}".encode()).digest(),
        door=Door.PROVIDER,
        sealed=b"",  # the document stays with the provider's row, in the bytes that came
        received_at=row.finished_at or now,
    )
    report = _report(row, submission, told, sections, now=now, keys=keys)
    for file in files:
        Attachment.objects.create(
            id=file.id,
            submission=submission,
            header=file.header,
            meta=file.meta,
            size=file.size,
            cipher_sha256=file.cipher_sha256,
            sent_at=file.sent_at,
        )
    # A row that is new says nothing of the worker's work, whoever writes it; what we know is said at once.
    Submission.objects.filter(pk=submission.pk).update(opened_at=now)
    submission.attachments.update(named_at=now)
    terms = _terms(told, country_prefix)
    vault.index_terms(REPORT, report.id, terms=terms, text="\n".join(told.words), keys=keys)
    row.report = report
    details: dict[str, Detail] = {"provider": str(row.credential.organisation.uuid), "files": len(files)}
    made = [
        audit.Done("intake.submission.receive", SUBMISSION, submission.id, details),
        audit.Done("intake.report.make", REPORT, report.id, details),
    ]
    audit.record_many(made, by=by, now=now)


def _opened(
    record: str, id: object, name: str, sealed: bytes, *, by: Actor, now: datetime, keys: KeyRing
) -> bytes:
    text = vault.open_for_work(SealedText(record, str(id), name, sealed), by=by, now=now, keys=keys)
    return text.encode("latin-1")


def _details(file: ProviderFile, *, by: Actor, now: datetime, keys: KeyRing) -> bytes:
    if not file.details:
        return b""
    return _opened(PROVIDER_FILE, file.id, "details", bytes(file.details), by=by, now=now, keys=keys)


def _read(raw: bytes, details: list[bytes], now: datetime) -> tuple[Told, list[Section]]:
    """What a document tells. One that cannot be understood is shown as it came: somebody has to read it."""
    try:
        parsed = (
            cybertip.from_json(json.loads(raw), cybertip.Report, now=now)
            if raw.lstrip()[:1] == b"{"
            else cybertip.parse(raw, cybertip.Report, now=now)
        )
    except cybertip.Rejected:
        text = raw.decode("utf-8", "replace")
        return told_in({"additionalInfo": text}), sections_of({"document": text})
    report = cybertip.to_json(parsed.document)
    about = [cybertip.parse(one, cybertip.FileDetails, now=now).document for one in details if one]
    files = [cybertip.to_json(one) for one in about]
    kept = [(one.path, one.value) for one in parsed.leftovers]
    return told_in(report), sections_of(report, files, kept)


def _report(
    row: ProviderReport,
    submission: Submission,
    told: Told,
    sections: list[Section],
    *,
    now: datetime,
    keys: KeyRing,
) -> Report:
    report = Report(
        id=new_id(),
        submission=submission,
        door=Door.PROVIDER,
        language="en",
        category=_category(told.kind),
        area=directory.area_called(told.places),
        in_danger=Danger.UNKNOWN,
        haste=told.haste,
        names_child=told.names_child,
        received_at=submission.received_at,
        opened_at=now,
    )
    words = "\n\n".join(told.words) or told.kind or "–"
    where = "\n".join([*told.links, *(name for _, name in told.accounts), *told.addresses])
    details = Details(organisation=row.credential.organisation.name)
    stored = json.dumps({**asdict(details), "sections": as_stored(sections)}, ensure_ascii=False)
    for name, text in (
        ("narrative", words[:NARRATIVE_LIMIT]),
        ("where_online", where[: 2 * WHERE_LIMIT]),
        ("details", stored),
    ):
        setattr(report, name, vault.seal_text(text, REPORT, report.id, name, keys=keys))
    report.save(force_insert=True)
    return report


def _category(kind: str) -> Category | None:
    """The pack's category for a type of incident; None where it names none."""
    try:
        name = cybertip.IncidentType(kind).name.lower()
    except ValueError:
        return None
    return Category.objects.filter(codes__contains={FORMAT: [name]}).order_by("order").first()


def _terms(told: Told, country_prefix: str) -> frozenset[Term]:
    """What a provider's report can be found by, at most `MOST_TERMS` of it."""
    found = [
        *(link_term(link) for link in told.links),
        *(account_term(service, name) for service, name in told.accounts),
        *(account_term("", name) for _, name in told.accounts),
        *(account_term("", mail) for mail in told.emails),
        *(phone_term(phone, country_prefix) for phone in told.phones),
        *(address_term(address) for address in told.addresses),
        *sorted(terms_in("\n".join(told.words), country_prefix=country_prefix)),
    ]
    return frozenset([term for term in dict.fromkeys(found) if term][:MOST_TERMS])


@transaction.atomic
def expire_provider_reports(*, by: Actor, now: datetime, door: Path, limit: int = 200) -> int:
    """Throw away what providers left unfinished or took back, and tests that are done, with their files: 1.
    lock a batch, 2. record, 3. delete the rows, 4. once committed, take the bodies away. Returns how many.
    """
    unfinished = Q(finished_at=None, opened_at__lte=now - OPEN_FOR, changed_at__lte=now - QUIET_FOR)
    # Tests stay a day, so that their provider can see what became of them.
    done = Q(retracted_at__isnull=False, live=True) | Q(
        Q(taken_at__isnull=False) | Q(retracted_at__isnull=False), live=False, changed_at__lte=now - OPEN_FOR
    )
    rows = ProviderReport.objects.select_for_update(skip_locked=True).filter(unfinished | done)
    gone = list(rows.order_by("opened_at")[:limit])
    if not gone:
        return 0
    bodies = list(ProviderFile.objects.filter(of__in=gone).values_list("id", flat=True))
    details = {"reports": len(gone), "files": len(bodies)}
    audit.record("intake.provider.expire", PROVIDER, "-", by=by, now=now, details=details)
    ProviderReport.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for body in bodies:
        transaction.on_commit(lambda body=body: vault.discard(door, body), robust=True)  # type: ignore[misc]
    return len(gone)


def large_bodies() -> dict[UUID, int]:
    """Bodies of providers that may be larger than a reporter's file, and how large: only what a row names."""
    rows = ProviderFile.objects.filter(size__gt=FILE_LIMIT).values_list("id", "size")
    return {file_id: sealed_limit(min(size, PROVIDER_FILE_LIMIT)) for file_id, size in rows}
