"""The sender's side of the reporting API. Needs `kinga[report]` (httpx).

A call is repeated only when that cannot do it twice: the receiver was not reached, said itself that it
failed, or honours idempotency keys; `finish` and `retract` are told by the code of the second answer.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx

from kinga.cybertip.assemble import Bounds
from kinga.cybertip.codes import IDEMPOTENCY_HEADER, ResponseCode, may_retry
from kinga.cybertip.errors import CyberTipError, Malformed, Rejected
from kinga.cybertip.filedetails import FileDetails, ReportDoneResponse, ReportResponse
from kinga.cybertip.read import parse_any
from kinga.cybertip.write import build

_XML = {"Content-Type": "text/xml; charset=utf-8"}
_ANSWER = Bounds(size=1 << 20, elements=10_000, depth=8)
_NOT_TAKEN = (429, 503)  # the receiver, or what stands before it, did not take the call
Answer = ReportResponse | ReportDoneResponse


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the receiver gave for HTTP Basic. Not shown when printed."""

    user: str
    password: str = field(repr=False)


class Refused(CyberTipError):
    """The receiver refused."""

    def __init__(self, call: str, code: int | None, status: int) -> None:
        known = ResponseCode(code).name.lower().replace("_", " ") if code in set(ResponseCode) else "unknown"
        said = f"HTTP {status}" if code is None else f"code {code} ({known}), HTTP {status}"
        super().__init__(f"It answered {said} to {call}.")
        self.code = code
        self.status = status


class Unreachable(CyberTipError):
    """The receiver was not reached. Try again later; nothing was done."""


class Unreconciled(CyberTipError):
    """The answer was lost, and this receiver does not promise that repeating is harmless. Ask it first."""


class Client:
    """Calls one receiver, for example at https://report.example/ispws.

    `tries` bounds the attempts of a call, `patience` is the pause after the first (seconds, doubling).
    Raises ValueError when `base_url` would carry the password in clear to another machine.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        tries: int = 5,
        patience: float = 0.5,
        timeout: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _is_safe(base_url):
            raise ValueError(
                "Use an https:// address: over http:// the password would be readable on the way."
            )
        self.base_url = base_url.rstrip("/")
        self._tries = tries
        self._patience = patience
        self._pause = pause
        self._keys_honoured: bool | None = None
        self._http = httpx.Client(auth=(credentials.user, credentials.password), timeout=timeout)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def status(self) -> ReportResponse:
        """Ask whether the receiver is there and the credentials are good; raises as all calls do.

        Raises Refused, Unreachable when no attempt got through, Unreconciled when an answer was lost and
        repeating could do the call twice.
        """
        return _response(
            self._call("status", lambda: self._http.build_request("GET", self._url("status")), True)
        )

    def submit(self, report: bytes, *, key: str) -> int:
        """Open a report with a document; return the receiver's number of it. `key`: see `codes`."""
        headers = _XML | {IDEMPOTENCY_HEADER: key}
        answer = self._call(
            "submit",
            lambda: self._http.build_request("POST", self._url("submit"), content=report, headers=headers),
        )
        if answer.report_id is None:
            raise Malformed("The receiver's answer to submit has no reportId.")
        return answer.report_id

    def upload(self, report_id: int, file: BinaryIO, name: str, *, key: str) -> ReportResponse:
        """Upload a file (any size, seekable, read in pieces); return the answer with its id and MD5."""

        def request() -> httpx.Request:
            file.seek(0)
            return self._http.build_request(
                "POST",
                self._url("upload"),
                data={"id": str(report_id)},
                files={"file": (name, file, "application/octet-stream")},
                headers={IDEMPOTENCY_HEADER: key},
            )

        return _response(self._call("upload", request))

    def file_info(self, details: FileDetails, *, key: str) -> ReportResponse:
        """Say what is known about an uploaded file; a receiver takes this once for each."""
        headers = _XML | {IDEMPOTENCY_HEADER: key}
        body = build(details)
        url = self._url("fileinfo")
        return _response(
            self._call(
                "fileinfo", lambda: self._http.build_request("POST", url, content=body, headers=headers)
            )
        )

    def finish(self, report_id: int) -> tuple[str, ...]:
        """Finish a report; return the ids of its files (none when a lost call had finished it)."""
        answer = self._call("finish", self._by_id("finish", report_id), True, ResponseCode.ALREADY_FINISHED)
        return answer.files.file_id if isinstance(answer, ReportDoneResponse) else ()

    def retract(self, report_id: int) -> None:
        """Withdraw a report that is not finished."""
        self._call("retract", self._by_id("retract", report_id), True, ResponseCode.ALREADY_RETRACTED)

    def _url(self, call: str) -> str:
        return f"{self.base_url}/{call}"

    def _by_id(self, call: str, report_id: int) -> Callable[[], httpx.Request]:
        return lambda: self._http.build_request("POST", self._url(call), data={"id": str(report_id)})

    def _call(
        self, call: str, request: Callable[[], httpx.Request], repeatable: bool = False, already: int = 0
    ) -> Answer:
        """Call until there is an answer; `already` is the code that says a lost attempt had succeeded."""
        lost = False
        for attempt in range(self._tries):
            if attempt:
                self._pause(self._patience * 2 ** (attempt - 1))
            if lost and not repeatable and not self._honours_keys():
                raise Unreconciled(f"It was the answer to {call}.")
            try:
                status, answer = self._once(request())
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.TransportError:
                lost = True
                continue
            if answer is None and status in _NOT_TAKEN:
                continue
            if answer is None and status >= 500:
                lost = True
                continue
            code = None if answer is None else answer.response_code
            if answer is not None and status < 400 and code == 0:
                return answer
            if answer is not None and lost and already and code == already:
                return answer
            if code is None or not may_retry(code):
                raise Refused(call, code, status)
        if lost:
            raise Unreconciled(f"It was the answer to {call}, after {self._tries} attempts.")
        raise Unreachable(f"It was tried {self._tries} times for {call}.")

    def _once(self, request: httpx.Request) -> tuple[int, Answer | None]:
        response = self._http.send(request, stream=True)
        try:
            if request.url.path.endswith("/status"):
                said = response.headers.get(IDEMPOTENCY_HEADER, "")
                self._keys_honoured = said.strip().lower() == "supported"
            document = parse_any(response.iter_bytes(), bounds=_ANSWER).document
        except (Malformed, Rejected):
            return response.status_code, None
        finally:
            response.close()
        return response.status_code, document if isinstance(document, Answer) else None

    def _honours_keys(self) -> bool:
        if self._keys_honoured is None:
            self.status()
        return bool(self._keys_honoured)


def md5_agrees(answer: ReportResponse, md5: str) -> bool:
    """Say whether the receiver has the bytes that were sent, as far as it says."""
    return answer.hash is None or answer.hash.lower() == md5


def credentials_from(text: str, path: Path) -> Credentials:
    """Read a file of two lines, user and password. Raises Malformed when it is anything else."""
    lines = text.splitlines()
    if len(lines) != 2 or not all(line.strip() for line in lines):
        raise Malformed(f"{path.name} must hold two lines: the user, then the password.")
    return Credentials(*lines)


def _response(answer: Answer) -> ReportResponse:
    if not isinstance(answer, ReportResponse):
        raise Malformed("The receiver answered with another document than this call has.")
    return answer


def _is_safe(base_url: str) -> bool:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return bool(host)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return parts.scheme == "http" and host == "localhost"
