"""The door for providers' programs: the seven calls of the CyberTipline reporting API.

Bodies are read from the server itself: Django drops one that comes in chunks without a length, and would
spool a file to disk in clear. What is answered, and with which status, follows how known clients behave.
"""

import contextlib
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from kinga import cybertip
from kinga.cybertip.codes import IDEMPOTENCY_HEADER, ResponseCode, done, http_status, respond
from kinga.cybertip.uploads import Data, End, FormParser, Part
from mlinzi.access.reads import Program
from mlinzi.intake import acts
from mlinzi.intake.acts import Declined
from mlinzi.intake.api.door import aware_of, call, key_of, log, pieces, traced, whole
from mlinzi.intake.rules.provider import PROVIDER_FILE_LIMIT, SENTENCES
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import DoorFile
from mlinzi.vault.uploads import SealedBody

XML = "text/xml; charset=utf-8"
DOCUMENT_LIMIT = cybertip.Bounds().size
_FORM_LIMIT = 64 * 1024
_NUMBER_LENGTH = 20


def _answer(document: Any, code: int, *, finish: bool = False) -> HttpResponse:
    status = http_status(code, finish=finish)
    return HttpResponse(cybertip.build(document), content_type=XML, status=status)


def _said(
    code: ResponseCode,
    why: str = "",
    *,
    report: int | None = None,
    file: str | None = None,
    md5: str | None = None,
) -> HttpResponse:
    words = f"{SENTENCES.get(code, 'This cannot be done.')} {why}".strip()
    document = respond(code, words[:1_000], report_id=report, file_id=file, md5=md5)
    return _answer(document, code)


def _findings(findings: tuple[cybertip.Finding, ...]) -> str:
    """What was slightly wrong, told to whoever can mend it; nothing of it was refused."""
    if not findings:
        return ""
    shown = "; ".join(str(one) for one in findings[:10])
    more = f"; and {len(findings) - 10} more" if len(findings) > 10 else ""
    return f"Taken with {len(findings)} warnings: {shown}{more}."


class _Xml:
    """Refusals as the format's clients read them."""

    def other_method(self, method: str) -> HttpResponse:
        response = _said(ResponseCode.INVALID_REQUEST, f"Send it with {method}.")
        response.status_code = 405
        return response

    def stranger(self) -> HttpResponse:
        return _said(ResponseCode.AUTHENTICATION_REQUIRED)

    def declined(self, declined: Declined) -> HttpResponse:
        return _said(declined.code, declined.why, report=declined.report)


class _FinishXml(_Xml):
    """The same with the root that clients of `finish` expect."""

    def declined(self, declined: Declined) -> HttpResponse:
        return _answer(done(declined.code, declined.report or 0), declined.code, finish=True)


_XML, _FINISH = _Xml(), _FinishXml()


def _document(request: HttpRequest) -> bytes:
    """The XML document of a call, however its client names its kind."""
    raw = whole(request, DOCUMENT_LIMIT)
    if not raw.strip():
        raise Declined(ResponseCode.INVALID_REQUEST, "The body is empty; send the XML document.")
    return raw


@call("GET", _XML)
def status(request: HttpRequest, program: Program) -> HttpResponse:
    """Prove a login: who it is, from where, and that keys are honoured."""
    where = request.META.get("REMOTE_ADDR", "")
    words = f"Remote User : {program.login}, Remote Ip : {where}"
    response = _answer(respond(ResponseCode.SUCCESS, words), ResponseCode.SUCCESS)
    response[IDEMPOTENCY_HEADER] = "supported"
    return response


@call("GET", _XML)
def xsd(request: HttpRequest, program: Program) -> HttpResponse:  # noqa: ARG001 - who asks does not matter
    """The schema of our profile."""
    return HttpResponse(cybertip.schema(), content_type=XML)


@call("POST", _XML)
def submit(request: HttpRequest, program: Program) -> HttpResponse:
    """Open a report."""
    opened = acts.submit(
        _document(request),
        key=key_of(request),
        aware=aware_of(request),
        by=program,
        now=now(),
        keys=keyring(),
    )
    return _said(ResponseCode.SUCCESS, _findings(opened.findings), report=opened.number)


@call("POST", _XML)
def upload(request: HttpRequest, program: Program) -> HttpResponse:
    """Add a file, hashed and sealed while it arrives."""
    form = _Upload(request, program)
    file = form.take()
    try:
        row = acts.keep_file(form.number, file, key=key_of(request), by=program, now=now(), keys=keyring())
    except BaseException:
        _forget(file)
        raise
    if row.id != file.id:  # a repeated call: what it brings is here already
        vault.discard(settings.DOOR, file.id)
    return _said(ResponseCode.SUCCESS, report=row.of_id, file=row.file_id, md5=file.md5)


def _forget(file: DoorFile) -> None:
    """Take a body away that no row names. Where nobody can say, it stays: the line may have been lost after
    the row was written, and what lies without a row is swept later.
    """
    with contextlib.suppress(DatabaseError):
        if not acts.is_kept(file.id):
            vault.discard(settings.DOOR, file.id)


class _Upload:
    """One multipart form with `id` and `file`, in whichever order. Whatever ends it early leaves nothing."""

    def __init__(self, request: HttpRequest, program: Program) -> None:
        self._request, self._program = request, program
        self._texts: dict[str, bytearray] = {}
        self._body: SealedBody | None = None
        self._current: str | None = None

    @property
    def number(self) -> int:
        return _number(bytes(self._texts.get("id", b"")).decode("ascii", "replace"))

    def take(self) -> DoorFile:
        """Read the form to its end. Raises `Declined`."""
        try:
            self._read()
            if self._body is None:
                why = "Send the report's number as 'id' and the file as 'file'."
                raise Declined(ResponseCode.INVALID_REQUEST, why)
            acts.may_add(self.number, by=self._program, now=now())
            self._body.finish()
            return self._body.commit()
        except BaseException:
            if self._body is not None:
                self._body.abandon()
            raise

    def _read(self) -> None:
        try:
            form = FormParser(self._request.headers.get("Content-Type", ""))
            for piece in pieces(self._request):
                for event in form.feed(piece):
                    self._meet(event)
            form.close()
        except (cybertip.Malformed, cybertip.Unsafe) as error:
            raise Declined(ResponseCode.MALFORMED_FILE, str(error)) from None

    def _meet(self, event: Part | Data | End) -> None:
        match event:
            case Part(name="file") if self._body is None:
                if "id" in self._texts:
                    acts.may_add(self.number, by=self._program, now=now())
                self._current = "file"
                self._body = SealedBody(settings.DOOR, event.filename or "file", keyring())
            case Part(name="file"):
                raise Declined(ResponseCode.INVALID_REQUEST, "Send one file a call.")
            case Part():
                self._current = event.name
                self._texts[event.name] = bytearray()
            case Data() if self._current == "file" and self._body is not None:
                if self._body.size + len(event.data) > PROVIDER_FILE_LIMIT:
                    raise Declined(ResponseCode.INVALID_REQUEST, f"At most {PROVIDER_FILE_LIMIT} bytes.")
                self._body.write(event.data)
            case Data() if self._current is not None:
                held = self._texts[self._current]
                if len(held) + len(event.data) > _FORM_LIMIT:
                    raise Declined(ResponseCode.INVALID_REQUEST, "A field is too long.")
                held += event.data
            case End():
                self._current = None


@call("POST", _XML)
def fileinfo(request: HttpRequest, program: Program) -> HttpResponse:
    """Add the details of a file."""
    raw = _document(request)
    file, findings = acts.describe_file(raw, key=key_of(request), by=program, now=now(), keys=keyring())
    return _said(ResponseCode.SUCCESS, _findings(findings), report=file.of_id, file=file.file_id)


@call("POST", _FINISH)
def finish(request: HttpRequest, program: Program) -> HttpResponse:
    """Finish a report."""
    number = _asked(request)
    try:
        files = acts.finish(number, key=key_of(request), by=program, now=now())
    except DatabaseError as error:
        log.error("A report could not be finished: %s.", type(error).__name__)
        raise Declined(ResponseCode.SAVE_FAILED, report=number) from None
    return _answer(done(ResponseCode.SUCCESS, number, files), ResponseCode.SUCCESS, finish=True)


@call("POST", _XML)
def retract(request: HttpRequest, program: Program) -> HttpResponse:
    """Take a report back before it is finished."""
    number = _asked(request)
    acts.retract(number, by=program, now=now())
    return _said(ResponseCode.SUCCESS, report=number)


def _asked(request: HttpRequest) -> int:
    """The number of a small form, url-encoded or multipart."""
    raw, kind = whole(request, _FORM_LIMIT), request.headers.get("Content-Type", "")
    if kind.lower().startswith("multipart/"):
        return _number(_field(raw, kind, "id"))
    fields = parse_qs(raw.decode("ascii", "replace"))
    return _number(fields.get("id", [""])[0])


def _field(raw: bytes, kind: str, name: str) -> str:
    held, current = bytearray(), ""
    try:
        form = FormParser(kind)
        for event in form.feed(raw):
            match event:
                case Part():
                    current = event.name
                case Data() if current == name:
                    held += event.data
        form.close()
    except (cybertip.Malformed, cybertip.Unsafe) as error:
        raise Declined(ResponseCode.INVALID_REQUEST, str(error)) from None
    return held.decode("ascii", "replace")


def _number(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) < _NUMBER_LENGTH):
        raise Declined(ResponseCode.INVALID_REQUEST, "Send the report's number as 'id'.")
    return int(plain)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """A request that cannot be read at all, such as one that was cut."""
    return traced(_said(ResponseCode.INVALID_REQUEST))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """An address that is none of ours."""
    response = _said(ResponseCode.RESOURCE_NOT_FOUND)
    response.status_code = 404
    return traced(response)


def fault(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """A fault of ours."""
    return traced(_said(ResponseCode.SERVER_ERROR))
