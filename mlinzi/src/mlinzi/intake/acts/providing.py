"""What a provider's program does at the door: open a report, add files and their details, finish, retract.

The door seals for the worker and cannot read again what it took. Each act answers for what it acknowledged:
the answer leaves after the commit.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from kinga import cybertip
from kinga.cybertip.codes import ResponseCode, new_file_id
from mlinzi.access.reads import Program
from mlinzi.audit import acts as audit
from mlinzi.audit.rules import Detail
from mlinzi.intake.models import ProviderFile, ProviderKey, ProviderReport
from mlinzi.intake.rules.provider import SAME_WITHIN, Call, Standing, key_digest_of, why_not_change
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import SendersTurn
from mlinzi.kernel.keyring import KeyRing
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import DoorFile

PROVIDER, PROVIDER_FILE = "intake.providerreport", "intake.providerfile"


class Declined(SendersTurn):
    """A provider's program asked for something that is not done."""

    def __init__(self, code: ResponseCode, why: str = "", *, report: int | None = None) -> None:
        super().__init__()
        self.code, self.why, self.report = code, why, report


@dataclass(frozen=True)
class Opened:
    """A report as its program knows it. `findings`: what of the document breaks a rule of the format."""

    number: int
    findings: tuple[cybertip.Finding, ...] = ()


def actor_of(program: Program) -> Actor:
    """The program as the log keeps it, or the person who filled in our own form."""
    return program.person or Actor.program(str(program.id), program.organisation)


@dataclass(frozen=True)
class _Read:
    findings: tuple[cybertip.Finding, ...]
    batched: bool = False


def _read(raw: bytes, *, now: datetime) -> _Read:
    """What breaks a rule in a report; nothing of it is refused for that: no report is lost to a slip.

    Raises `Declined` for what is no XML document, is not safe to read, or is no report at all.
    """
    try:
        parsed = cybertip.parse(raw, cybertip.Report, now=now)
        return _Read(parsed.findings, parsed.document.batched_report is not None)
    except (cybertip.Malformed, cybertip.Unsafe) as error:
        raise Declined(ResponseCode.MALFORMED_XML, str(error)) from None
    except cybertip.Rejected as error:
        if any(one.rule is cybertip.Rule.UNKNOWN_ELEMENT and not one.path for one in error.findings):
            raise Declined(ResponseCode.VALIDATION_FAILED, str(error)[:500]) from None
        return _Read(error.findings)


def _digest_of(raw: bytes, keys: KeyRing) -> bytes:
    """By which the same document sent twice is known. Raises `NoKey` in a process without the door's keys."""
    if keys.receipt_secret is None:
        raise vault.NoKey
    return hmac.digest(keys.receipt_secret, b"provider|" + raw, sha256)


def _new(
    raw: bytes, digest: bytes, read: _Read, *, by: Program, now: datetime, keys: KeyRing
) -> ProviderReport:
    """A report, not written yet, with its document sealed as it came."""
    row = ProviderReport(
        credential_id=by.id,
        live=by.live,
        digest=digest,
        findings=len(read.findings),
        batched=read.batched,
        opened_at=now,
        changed_at=now,
    )
    row.document = vault.seal_for_worker(spelled(raw), PROVIDER, row.pk, "document", keys=keys)
    return row


def submit(
    raw: bytes,
    *,
    key: str = "",
    aware: datetime | None = None,
    by: Program,
    now: datetime,
    keys: KeyRing,
) -> Opened:
    """Open a report: 1. read it, 2. known by its key, or the same bytes a moment ago? the same report,
    3. seal the bytes as they came, write, record.

    Args:
        raw: the XML document. key: of the request, "" for none. aware: when the provider became aware.

    Raises `Declined` for what is no report; `NoKey` in a process without the door's keys.
    """
    read = _read(raw, now=now)
    digest = _digest_of(raw, keys)
    with transaction.atomic():
        _one_at_a_time(by, digest)
        found = _known(key, Call.SUBMIT, digest, by) or _same(digest, by, now)
        if found is not None:
            return Opened(found.pk, read.findings)
        row = _new(raw, digest, read, by=by, now=now, keys=keys)
        row.aware_at = aware
        row.save(force_insert=True)
        _remember(key, Call.SUBMIT, digest, row, by=by, now=now)
        _record("open", row, by=by, now=now)
        return Opened(row.pk, read.findings)


def submit_many(
    documents: Sequence[object],
    *,
    aware: Sequence[datetime | None] = (),
    by: Program,
    now: datetime,
    keys: KeyRing,
) -> list[Opened | Declined]:
    """Take in whole reports without files, in JSON, each for itself: what is no report keeps back no other.

    1. read each, 2. of those that came a moment ago the report of then, 3. seal, write and record the others,
    finished at once. Raises `NoKey` in a process without the door's keys.

    Args:
        aware: for each, when the provider became aware of it; none where that was not told.
    """
    told = list(aware) or [None] * len(documents)
    texts = [json.dumps(document, ensure_ascii=False) for document in documents]
    read = [_read_json(document, len(text), now=now) for document, text in zip(documents, texts, strict=True)]
    raws = [text.encode("utf-8", "replace") for text in texts]
    digests = [_digest_of(raw, keys) for raw in raws]
    with transaction.atomic():
        _one_at_a_time(by, b"")
        since = ProviderReport.objects.filter(credential_id=by.id, opened_at__gt=now - SAME_WITHIN)
        held = since.filter(digest__in=digests, retracted_at=None).values_list("digest", "pk")
        known = {bytes(digest): number for digest, number in held}
        rows = []
        for raw, digest, found, moment in zip(raws, digests, read, told, strict=True):
            if isinstance(found, Declined) or digest in known:
                continue
            row = _new(raw, digest, found, by=by, now=now, keys=keys)
            row.aware_at = moment
            known[digest] = row.pk
            rows.append(row)
        # The door may not say of a new row that it is finished; it says so of one that is there.
        ProviderReport.objects.bulk_create(rows)
        ProviderReport.objects.filter(pk__in=[row.pk for row in rows]).update(finished_at=now)
        done = [audit.Done("intake.provider.finish", PROVIDER, row.pk, {"live": row.live}) for row in rows]
        audit.record_many(done, by=actor_of(by), now=now)
    return [
        found if isinstance(found, Declined) else Opened(known[digest], found.findings)
        for digest, found in zip(digests, read, strict=True)
    ]


def check_json(document: object, *, now: datetime) -> tuple[cybertip.Finding, ...]:
    """What breaks a rule in a report in JSON; nothing is kept. Raises `Declined` for what is no report."""
    found = _read_json(document, len(json.dumps(document, ensure_ascii=False)), now=now)
    if isinstance(found, Declined):
        raise found
    return found.findings


def _read_json(document: object, length: int, *, now: datetime) -> _Read | Declined:
    """What breaks a rule in a report that is `length` characters of JSON."""
    if not isinstance(document, Mapping):
        return Declined(ResponseCode.VALIDATION_FAILED, "A report is an object.")
    if length * 2 > cybertip.Bounds().size:
        return Declined(ResponseCode.VALIDATION_FAILED, "A report in JSON has at most 4 MiB.")
    try:
        return _Read(cybertip.from_json(document, cybertip.Report, now=now).findings)
    except cybertip.Rejected as error:
        return _Read(error.findings)
    except (cybertip.Unsafe, RecursionError) as error:
        return Declined(ResponseCode.VALIDATION_FAILED, str(error)[:500])


def standing_of(number: int, *, by: Program) -> ProviderReport:
    """A report of this program's provider, to be told how it stands. Raises `Declined`."""
    return _own(ProviderReport.objects.all(), number, by)


def _own(rows: QuerySet[ProviderReport], number: int, by: Program) -> ProviderReport:
    """The report with this number, of this program's provider alone. Raises `Declined`."""
    mine = rows.filter(credential__organisation__uuid=by.organisation, live=by.live)
    found = mine.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise Declined(ResponseCode.REPORT_UNKNOWN, report=number)
    return found


def state_of(row: ProviderReport) -> str:
    """How a report stands, in a word that its provider reads."""
    if row.retracted_at:
        return "retracted"
    if row.taken_at:
        return "read"
    return "finished" if row.finished_at else "open"


def spelled(raw: bytes) -> str:
    """Bytes as a text that gives them back one by one, whatever their encoding says."""
    return raw.decode("latin-1")


def _one_at_a_time(by: Program, digest: bytes) -> None:
    """Two that send the same at once wait for each other, so that the second finds what the first made."""
    number = int.from_bytes(sha256(by.organisation.encode() + digest).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _same(digest: bytes, by: Program, now: datetime) -> ProviderReport | None:
    rows = ProviderReport.objects.filter(
        credential_id=by.id, digest=digest, opened_at__gt=now - SAME_WITHIN, finished_at=None,
        retracted_at=None,
    )  # fmt: skip
    return rows.order_by("opened_at").first()


def _known(key: str, call: Call, about: bytes, by: Program) -> ProviderReport | None:
    found = _key_of(key, call, about, by)
    return found.of if found else None


def _key_of(key: str, call: Call, about: bytes, by: Program) -> ProviderKey | None:
    """What a key was used for before. Raises `Declined` where that was something else: to answer with the old
    would lose the new.
    """
    if not key:
        return None
    rows = ProviderKey.objects.select_related("of", "file")
    found = rows.filter(digest=key_digest_of(str(by.id), key)).first()
    if found is not None and (found.call != call or bytes(found.about) != about):
        raise Declined(ResponseCode.INVALID_REQUEST, "This key was used for something else.")
    return found


def _remember(
    key: str,
    call: Call,
    about: bytes,
    row: ProviderReport,
    file: ProviderFile | None = None,
    *,
    by: Program,
    now: datetime,
) -> None:
    if key:
        digest = key_digest_of(str(by.id), key)
        ProviderKey.objects.create(digest=digest, call=call, about=about, of=row, file=file, made_at=now)


def _record(what: str, row: ProviderReport, *, by: Program, now: datetime) -> None:
    details: dict[str, Detail] = {"live": row.live}
    audit.record(f"intake.provider.{what}", PROVIDER, row.pk, by=actor_of(by), now=now, details=details)


def _lock(number: int, *, by: Program, now: datetime) -> ProviderReport:
    """A report of this program's provider that may still change, locked. Raises `Declined`."""
    row = _own(ProviderReport.objects.select_for_update(of=("self",)), number, by)
    standing = Standing(
        row.opened_at, row.changed_at, row.finished_at is not None, row.retracted_at is not None
    )
    if code := why_not_change(standing, now=now):
        raise Declined(code, report=number)
    return row


def may_add(number: int, *, by: Program, now: datetime) -> None:
    """Ask before a large file is read whether it could be kept. Raises `Declined`."""
    with transaction.atomic():
        _lock(number, by=by, now=now)


@transaction.atomic
def keep_file(
    number: int, file: DoorFile, *, key: str = "", by: Program, now: datetime, keys: KeyRing
) -> ProviderFile:
    """Keep a file whose body lies at the door whole: 1. known by its key? the file of then, 2. lock the
    report, 3. write, record. Raises `Declined`. The caller takes a body away that the answer does not name.
    """
    about = _about(number, file.sha256)
    if (known := _key_of(key, Call.UPLOAD, about, by)) and known.file:
        return known.file
    report = _lock(number, by=by, now=now)
    row = ProviderFile(
        id=file.id,
        file_id=new_file_id(),
        of=report,
        header=file.header,
        meta=vault.meta_of(file, keys=keys),
        size=file.size,
        cipher_sha256=file.cipher_sha256,
        sent_at=now,
    )
    row.save(force_insert=True)
    report.changed_at = now
    report.save(update_fields=["changed_at"])
    _remember(key, Call.UPLOAD, about, report, row, by=by, now=now)
    _record("file", report, by=by, now=now)
    return row


def is_kept(file_id: UUID) -> bool:
    """Whether a row names this body, whatever became of the answer."""
    return ProviderFile.objects.filter(id=file_id).exists()


def _about(*what: object) -> bytes:
    return sha256("|".join(map(str, what)).encode()).digest()


@transaction.atomic
def describe_file(
    raw: bytes, *, key: str = "", by: Program, now: datetime, keys: KeyRing
) -> tuple[ProviderFile, tuple[cybertip.Finding, ...]]:
    """Keep the details of a file, once: 1. read, 2. known by its key? 3. lock, 4. seal, write, record. Raises
    `Declined`.
    """
    try:
        parsed = cybertip.parse(raw, cybertip.FileDetails, now=now)
    except (cybertip.Malformed, cybertip.Unsafe) as error:
        raise Declined(ResponseCode.MALFORMED_XML, str(error)) from None
    except cybertip.Rejected as error:
        raise Declined(ResponseCode.VALIDATION_FAILED, str(error)[:500]) from None
    told = parsed.document
    about = sha256(raw).digest()
    known = _key_of(key, Call.FILEINFO, about, by)
    if known and known.file:
        return known.file, parsed.findings
    report = _lock(told.report_id, by=by, now=now)
    findings = parsed.findings + (cybertip.check_batched_file(told) if report.batched else ())
    file = report.files.select_for_update().filter(file_id=told.file_id).first()
    if file is None:
        raise Declined(ResponseCode.FILE_UNKNOWN, report=report.pk)
    if file.details_at is not None:
        why = "Details of this file came before; a file has them once."
        raise Declined(ResponseCode.INVALID_REQUEST, why, report=report.pk)
    file.details = vault.seal_for_worker(spelled(raw), PROVIDER_FILE, file.id, "details", keys=keys)
    file.details_at = report.changed_at = now
    file.save(update_fields=["details", "details_at"])
    report.save(update_fields=["changed_at"])
    _remember(key, Call.FILEINFO, about, report, file, by=by, now=now)
    _record("details", report, by=by, now=now)
    return file, findings


@transaction.atomic
def finish(number: int, *, key: str = "", by: Program, now: datetime) -> tuple[str, ...]:
    """Finish a report; it reaches the worker with all that was added. Returns the ids of its files, in the
    order in which they came. 1. known by its key? 2. lock, 3. write, record. Raises `Declined`.
    """
    report = _known(key, Call.FINISH, _about(number), by)
    if report is None:
        report = _lock(number, by=by, now=now)
        report.finished_at = now
        report.save(update_fields=["finished_at"])
        _remember(key, Call.FINISH, _about(number), report, by=by, now=now)
        _record("finish", report, by=by, now=now)
    return tuple(report.files.order_by("sent_at", "file_id").values_list("file_id", flat=True))


@transaction.atomic
def retract(number: int, *, by: Program, now: datetime) -> None:
    """Take an unfinished report back: 1. lock, 2. write, record. The worker throws its files away. Raises
    `Declined`.
    """
    report = _lock(number, by=by, now=now)
    report.retracted_at = now
    report.save(update_fields=["retracted_at"])
    _record("retract", report, by=by, now=now)
