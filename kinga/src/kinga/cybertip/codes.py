"""What a receiver answers: codes, their HTTP status, and documents that every known client understands."""

import secrets
from enum import Enum, IntEnum

from kinga.cybertip.filedetails import Files, ReportDoneResponse, ReportResponse

IDEMPOTENCY_HEADER = "Idempotency-Key"
"""A request's key: the same key again is the same act. A receiver that honours it says "supported" in this
header of its answer to `status`."""


class Family(Enum):
    """Whose turn it is, by the thousands of a code: clients sort codes so, and the list is not closed."""

    SUCCESS = 0
    SERVER = 1
    CREDENTIALS = 2
    PERMISSION = 3
    REQUEST = 4
    STATE = 5
    UNKNOWN = -1


class ResponseCode(IntEnum):
    """The published codes, and the historic 1001."""

    SUCCESS = 0
    SERVER_ERROR = 1000
    MALFORMED_REPORT = 1001
    SAVE_FAILED = 1100
    UPLOAD_FAILED = 1110
    FILE_UPLOAD_FAILED = 1111
    RESOURCE_NOT_FOUND = 1210
    UPDATE_FAILED = 1300
    AUTHENTICATION_REQUIRED = 2000
    ACTION_NOT_AUTHORISED = 3000
    SUBMISSIONS_NOT_AUTHORISED = 3100
    UPDATES_NOT_AUTHORISED = 3300
    INVALID_REQUEST = 4000
    VALIDATION_FAILED = 4100
    MALFORMED_XML = 4110
    MALFORMED_FILE = 4200
    REPORT_UNKNOWN = 5001
    FILE_UNKNOWN = 5002
    ALREADY_RETRACTED = 5101
    ALREADY_FINISHED = 5102


_RETRIED = {1000, 1100, 1110, 1111, 1300}


def family_of(code: int) -> Family:
    """Return the family of a code, known or not."""
    try:
        return Family(code // 1000) if code else Family.SUCCESS
    except ValueError:
        return Family.UNKNOWN


def may_retry(code: int) -> bool:
    """Say whether the same call may succeed later: the server failed and nothing was kept."""
    return code in _RETRIED


def http_status(code: int, *, finish: bool = False) -> int:
    """Return the HTTP status for an answer with `code`.

    On `finish`, only a 4xx makes all clients see a refusal; on the other calls a 4xx makes one of them repeat
    itself up to 36 times, while 200 with the code makes all fail cleanly.
    """
    family = family_of(code)
    if family is Family.CREDENTIALS:
        return 401
    if family is Family.SERVER:
        return 500
    return 400 if finish and family is not Family.SUCCESS else 200


def respond(
    code: int,
    description: str,
    *,
    report_id: int | None = None,
    file_id: str | None = None,
    md5: str | None = None,
) -> ReportResponse:
    """Answer everything but `finish`.

    A hash that a client could take for a number is left out, as the element may be.
    Raises ValueError when `description` is blank or looks like a number: clients break on both.
    """
    if not description.strip() or looks_numeric(description):
        raise ValueError("A description is words: neither blank nor a number.")
    shown = None if md5 is None or looks_numeric(md5) else md5
    return ReportResponse(
        response_code=code, response_description=description, report_id=report_id, file_id=file_id, hash=shown
    )


def done(code: int, report_id: int, file_ids: tuple[str, ...] = ()) -> ReportDoneResponse:
    """Answer `finish`."""
    return ReportDoneResponse(response_code=code, report_id=report_id, files=Files(file_id=file_ids))


def new_file_id() -> str:
    """Return an id of 128 random bits that no client takes for a number."""
    return f"f{secrets.token_hex(16)}"


def looks_numeric(text: str) -> bool:
    """Say whether a client's XML parser could turn `text` into a number: digits, 1e5, 0x1f, 1.5."""
    plain = text.strip().lower()
    try:
        float(plain)
    except ValueError:
        return plain.startswith("0x")
    return True
