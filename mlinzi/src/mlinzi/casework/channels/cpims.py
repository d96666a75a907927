"""CPIMS, a case system of children's offices: ``POST /api/v1/crs/`` and ``GET /api/v1/crs/?case_id=``.

What the other side does that one has to know: it answers 200 when it failed, so the body is read and not the
status; the sender chooses the record's id, which makes a second sending recognisable; the serial is "XXXX"
until an officer there has taken the case up; it takes one child a message.
"""

import http.client
import json
import re
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from mlinzi.casework.channels import DeliveryError
from mlinzi.casework.rules import ANSWER_KEPT, CaseRecord, ChildRecord, Failure, NamedRecord, Receipt

NAME = "cpims"
TIMEOUT = 20.0
_ANSWER_LIMIT = 256 * 1024
_PATH = "/api/v1/crs/"
_NOT_TAKEN_UP = "XXXX"
_SERIAL = re.compile(r"[A-Za-z0-9/._-]{1,64}")
_CATEGORIES = frozenset(
    [
        "CDIS",
        "CDSA",
        "CLAB",
        "CORP",
        "COSR",
        "CTRF",
        "CCCM",
        "CLCM",
        "SCCI",
        "CSAB",
        "CSAD",
        "CSHV",
        "CSDQ",
        "CCCT",
        "CSCL",
        "CCIP",
        "CCCP",
        "CCDF",
        "CCDT",
        "CSCT",
        "CSDS",
        "CCEA",
        "CSCS",
        "CSCU",
        "CSDF",
        "CSDP",
        "CFGM",
        "CHCP",
        "CCMO",
        "CSIC",
        "CCOA",
        "CIDC",
        "CLFC",
        "CSNG",
        "CPCA",
        "CPAV",
        "CSRC",
        "CSRG",
        "CSSA",
        "CSSM",
        "CSSO",
        "CSTC",
        "CSUC",
    ]
)
"""The 43 case categories there; what stands behind one of them in the pack is its sub-category."""
_SEX = {"male": "SMAL", "female": "SFEM", "intersex": "SINT"}
_KNOWN, _UNKNOWN = "PKNW", "PUNK"
_REPORTER = "CROG"
"""Who reports to the other side: an office of government, which we are; not the person who wrote to us."""


def messages_of(case: CaseRecord, ids: list[str]) -> list[dict[str, Any]]:
    """One message for each child of a case, in the order given; one without a name where nobody has a name.

    Args:
        ids: our numbers, as many as there are messages (`how_many`).
    """
    children = case.children or (ChildRecord(),)
    return [_message(case, child, id) for child, id in zip(children, ids, strict=True)]


def how_many(case: CaseRecord) -> int:
    """How many messages a case makes."""
    return len(case.children) or 1


def _message(case: CaseRecord, child: ChildRecord, id: str) -> dict[str, Any]:
    details = _details(case)
    return {
        "case_id": id,
        "case_category": details[0]["category"] if details else "",
        "case_details": details,
        "county": case.area_number.zfill(3) if case.area_number else "",
        "constituency": case.constituency.zfill(3) if case.constituency else "",
        "case_date": case.reported_on.isoformat(),
        "case_narration": case.narrative,
        "case_reporter": _REPORTER,
        **_person("child", child),
        "perpetrator": _KNOWN if case.suspects else _UNKNOWN,
        "perpetrators": [_listed(person) for person in case.suspects],
        "caregivers": [_listed(person) for person in case.caregivers],
    }


def _details(case: CaseRecord) -> list[dict[str, str]]:
    """The categories, each with its sub-category. What is not known of the event stays empty."""
    found: list[dict[str, str]] = []
    for code in case.categories:
        if code in _CATEGORIES:
            unknown = {"date_of_event": "", "nature_of_event": "", "place_of_event": ""}
            found.append({"category": code, "sub_category": "", **unknown})
        elif found:
            found[-1]["sub_category"] = code
    return found


def _person(prefix: str, person: NamedRecord) -> dict[str, str]:
    fields = {name: value for name, value in _listed(person).items() if name != "relation"}
    return {f"{prefix}_{name}": value for name, value in fields.items()}


def _listed(person: NamedRecord) -> dict[str, str]:
    return {
        "first_name": person.first_name,
        "surname": person.surname,
        "other_names": person.other_names,
        "dob": person.born.isoformat() if person.born else "",
        "sex": _SEX.get(person.sex, ""),
        "relation": person.relation,
    }


@dataclass(frozen=True)
class _Answer:
    status: int
    text: str = field(repr=False)
    data: Any = field(repr=False)


class Cpims:
    """The other side at an address. Its certificate is checked; it is never followed to another address."""

    def __init__(
        self, address: str, token: str, *, timeout: float = TIMEOUT, trust: ssl.SSLContext | None = None
    ) -> None:
        """address: of the other side, without the path; token: what it gave us."""
        self._to, self._token, self._timeout = urlsplit(address), token, timeout
        self._trust = trust or ssl.create_default_context()

    def deliver(self, message: dict[str, Any]) -> Receipt:
        """Hand over one message. Returns the receipt, or raises `DeliveryError`.

        The body decides: only one that names our number and a serial is a receipt, whatever the status says.
        """
        answer = self._ask("POST", _PATH, message)
        if (receipt := _receipt(answer.data, str(message["case_id"]))) is not None:
            return Receipt(receipt, answer.text)
        raise _failure(answer)

    def find(self, case_id: str) -> Receipt | None:
        """What the other side has under our number; None only where it says clearly that it has nothing.

        Raises `DeliveryError` where it does not say: to send again without knowing could make a second case.
        """
        answer = self._ask("GET", f"{_PATH}?case_id={quote(case_id)}")
        rows = _rows(answer.data)
        for row in rows or []:
            if (serial := _receipt(row, case_id)) is not None:
                return Receipt(serial, answer.text)
        nothing = rows == [] if answer.status == 200 else answer.status == 404 and answer.data is not None
        if nothing:
            return None
        raise _failure(answer, asking=True)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> _Answer:
        connection = self._connection()
        headers = {"Authorization": f"Token {self._token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.connect()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise DeliveryError(Failure.UNREACHABLE, permanent=False) from None
        try:
            connection.request(method, self._to.path.rstrip("/") + path, data, headers)
            response = connection.getresponse()
            text = self._read(response)
        except (OSError, http.client.HTTPException):
            # The message may have arrived all the same; who sends again asks first.
            raise DeliveryError(Failure.NO_ANSWER, permanent=False) from None
        finally:
            connection.close()
        return _Answer(response.status, text[:ANSWER_KEPT], _parsed(text))

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._to.hostname or "", self._to.port
        if self._to.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._trust)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _read(self, response: http.client.HTTPResponse) -> str:
        """The body, of a bounded length and within a bounded time, however slowly it drips."""
        until, found = time.monotonic() + self._timeout, bytearray()
        while piece := response.read1(65_536):
            found += piece
            if len(found) > _ANSWER_LIMIT or time.monotonic() > until:
                raise http.client.HTTPException
        return found.decode(errors="replace")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _receipt(data: Any, case_id: str) -> str | None:
    """The serial in an answer about our number ("" for not yet taken up); None for what is no receipt."""
    if not isinstance(data, dict) or str(data.get("case_id", "")).casefold() != case_id.casefold():
        return None
    serial = data.get("case_serial")
    if not isinstance(serial, str) or not _SERIAL.fullmatch(serial):
        return None
    return "" if serial == _NOT_TAKEN_UP else serial


def _rows(data: Any) -> list[Any] | None:
    """The cases in an answer to a question; None for an answer that is none."""
    if isinstance(data, dict):
        inner = data.get("results")
        if isinstance(inner, list):
            return inner
        return [data] if "case_id" in data else [] if not data else None
    return data if isinstance(data, list) else None


def _failure(answer: _Answer, *, asking: bool = False) -> DeliveryError:
    """What an answer that is no receipt means. `asking`: nothing was sent, so nothing was refused."""
    status, permanent = answer.status, True
    if status in {401, 403}:
        failure = Failure.NOT_ALLOWED
    elif 300 <= status < 400:
        failure = Failure.MOVED
    elif status >= 500 or status in {408, 429}:
        failure, permanent = Failure.TROUBLE_THERE, False
    elif isinstance(answer.data, dict) and "case_serial" in answer.data:
        failure = Failure.OTHER_CASE
    elif isinstance(answer.data, dict) and not asking:
        failure = Failure.REFUSED
    else:
        failure, permanent = Failure.NOT_UNDERSTOOD, False
    return DeliveryError(failure, permanent=permanent, answer=answer.text)
