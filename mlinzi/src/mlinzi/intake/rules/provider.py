"""How a provider's report comes in: its states, how long it may lie open, what is answered. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kinga.cybertip.codes import ResponseCode

PROVIDER_FILE_LIMIT = 4 * 1024**3
"""How large a provider's file may be, in clear: the format knows no limit, a disk does."""
OPEN_FOR, QUIET_FOR = timedelta(hours=24), timedelta(hours=1)
"""An unfinished report ends so long after it was opened, or after its last change if that is later."""
SAME_WITHIN = timedelta(minutes=15)
"""Within so long the same bytes from the same program open no second report: a client repeats a submission
whose answer it has lost."""
KEY_LIMIT = 200
AWARE_HEADER = "Aware-At"
"""By which a program says when its provider became aware of what it reports."""
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is reported happened before."""
AT_ONCE = 100
"""How many reports in JSON come in one call."""


def can_be_right(moment: datetime, *, now: datetime) -> bool:
    """Whether something that is reported may have happened then. Raises `TypeError` without a time zone."""
    return FIRST_MOMENT < moment <= now


class Call(StrEnum):
    """What a program asks for."""

    SUBMIT = "submit"
    UPLOAD = "upload"
    FILEINFO = "fileinfo"
    FINISH = "finish"
    RETRACT = "retract"


@dataclass(frozen=True)
class Standing:
    """How a report of a provider stands."""

    opened_at: datetime
    changed_at: datetime
    finished: bool = False
    retracted: bool = False


def ends_at(opened: datetime, changed: datetime) -> datetime:
    """When an unfinished report is thrown away."""
    return max(opened + OPEN_FOR, changed + QUIET_FOR)


def why_not_change(standing: Standing, *, now: datetime) -> ResponseCode | None:
    """The code by which a change of a report is refused; None means yes. One that has run out is gone."""
    if standing.retracted:
        return ResponseCode.ALREADY_RETRACTED
    if standing.finished:
        return ResponseCode.ALREADY_FINISHED
    if now >= ends_at(standing.opened_at, standing.changed_at):
        return ResponseCode.REPORT_UNKNOWN
    return None


SENTENCES = {
    ResponseCode.SUCCESS: "Success",
    ResponseCode.SERVER_ERROR: "Something went wrong with us; send it again.",
    ResponseCode.RESOURCE_NOT_FOUND: "There is no such call.",
    ResponseCode.SAVE_FAILED: "We could not keep this. Nothing was stored; send it again.",
    ResponseCode.AUTHENTICATION_REQUIRED: "Login or secret is wrong, or has ended.",
    ResponseCode.INVALID_REQUEST: "This request cannot be read as this call.",
    ResponseCode.VALIDATION_FAILED: "This document is not one that this call takes.",
    ResponseCode.MALFORMED_XML: "This is no well-formed XML document.",
    ResponseCode.MALFORMED_FILE: "The file did not arrive whole; send it again.",
    ResponseCode.REPORT_UNKNOWN: "There is no open report of yours with this number.",
    ResponseCode.FILE_UNKNOWN: "This report has no file with this id.",
    ResponseCode.ALREADY_RETRACTED: "This report was retracted.",
    ResponseCode.ALREADY_FINISHED: "This report is finished; nothing can be added to it.",
}


def key_digest_of(credential: str, key: str) -> bytes:
    """By what a request's key is found again; another program's same key is another one."""
    return hashlib.sha256(f"{credential}|{key}".encode()).digest()
