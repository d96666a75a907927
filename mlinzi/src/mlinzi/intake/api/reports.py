"""Reports of providers in JSON: up to a hundred a call, a receipt for each; a check that keeps nothing."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from kinga import cybertip
from kinga.cybertip.codes import ResponseCode
from mlinzi.access.guard import open_to_all
from mlinzi.access.reads import Program
from mlinzi.intake import acts
from mlinzi.intake.acts import Declined
from mlinzi.intake.api.door import aware_of, call, traced, whole
from mlinzi.intake.api.openapi import DESCRIPTION
from mlinzi.intake.rules.provider import AT_ONCE, SENTENCES
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

BODY_LIMIT = 16 * 1024 * 1024
_STATUS = {
    ResponseCode.REPORT_UNKNOWN: 404,
    ResponseCode.INVALID_REQUEST: 400,
    ResponseCode.VALIDATION_FAILED: 422,
    ResponseCode.SAVE_FAILED: 503,
}


def problem(status: int, title: str, detail: str = "") -> HttpResponse:
    """What went wrong, as RFC 9457 spells it."""
    body = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {})}
    return JsonResponse(body, status=status, content_type="application/problem+json")


class _Problems:
    """Refusals in JSON."""

    def other_method(self, method: str) -> HttpResponse:
        return problem(405, "This address takes another method", f"Send it with {method}.")

    def stranger(self) -> HttpResponse:
        return problem(401, SENTENCES[ResponseCode.AUTHENTICATION_REQUIRED])

    def declined(self, declined: Declined) -> HttpResponse:
        title = SENTENCES.get(declined.code, "This cannot be done.")
        return problem(_STATUS.get(declined.code, 400), title, declined.why)


_PROBLEMS = _Problems()


def _body(request: HttpRequest) -> Any:
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise Declined(ResponseCode.INVALID_REQUEST, "Send application/json.")
    try:
        return json.loads(whole(request, BODY_LIMIT))
    except (ValueError, RecursionError):
        raise Declined(ResponseCode.INVALID_REQUEST, "The body is no JSON in UTF-8.") from None


def _warnings(findings: tuple[cybertip.Finding, ...]) -> list[dict[str, str]]:
    return [{"rule": one.rule.value, "path": one.path, "message": one.message} for one in findings]


@call("POST", _PROBLEMS)
def reports(request: HttpRequest, program: Program) -> HttpResponse:
    """Take in whole reports, each for itself; a receipt for each, in their order."""
    body = _body(request)
    items = body.get("reports") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= AT_ONCE:
        why = f"Send an object with 'reports', a list of 1 to {AT_ONCE} reports."
        raise Declined(ResponseCode.INVALID_REQUEST, why)
    receipts: list[dict[str, Any]] = []
    aware = [aware_of(request)] * len(items)
    for one in acts.submit_many(items, aware=aware, by=program, now=now(), keys=keyring()):
        if isinstance(one, Declined):
            said = {"title": SENTENCES.get(one.code, ""), "detail": one.why}
            receipts.append({"taken": False, "problem": said})
        else:
            receipts.append({"taken": True, "number": one.number, "warnings": _warnings(one.findings)})
    return JsonResponse({"receipts": receipts}, status=200)


@call("POST", _PROBLEMS)
def validate(request: HttpRequest, program: Program) -> HttpResponse:  # noqa: ARG001 - who asks does not matter
    """Say what breaks a rule in a report, and keep nothing."""
    return JsonResponse({"warnings": _warnings(acts.check_json(_body(request), now=now()))})


@call("GET", _PROBLEMS)
def report(request: HttpRequest, program: Program, *, number: int) -> HttpResponse:  # noqa: ARG001
    """How a report of one's own stands."""
    row = acts.standing_of(number, by=program)
    state = acts.state_of(row)
    told = {"number": row.pk, "state": state, "opened_at": row.opened_at, "finished_at": row.finished_at}
    return JsonResponse({**told, "warnings": row.findings, "live": row.live})


@open_to_all
def description(request: HttpRequest) -> HttpResponse:
    """These calls, as OpenAPI 3.1 describes them; open to all."""
    if request.method != "GET":
        response = _PROBLEMS.other_method("GET")
        response["Allow"] = "GET"
        return traced(response)
    return traced(JsonResponse(DESCRIPTION))
