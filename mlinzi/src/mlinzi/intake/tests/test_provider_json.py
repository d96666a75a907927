"""Reports in JSON: each for itself, once, with every answer as the description says."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from kinga import cybertip
from mlinzi.intake import acts
from mlinzi.intake.api.openapi import DESCRIPTION
from mlinzi.intake.models import ProviderReport, Report
from mlinzi.intake.tests.providing import FULL, MINIMAL, Provider, given
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.world import WORKER

pytestmark = pytest.mark.django_db
ONE = cybertip.to_json(cybertip.parse(MINIMAL, cybertip.Report).document)
LARGE = cybertip.to_json(cybertip.parse(FULL, cybertip.Report).document)


@pytest.fixture
def provider(settings: Settings, door_folder: Path) -> Provider:
    settings.ROOT_URLCONF = "mlinzi.site.urls_provider"
    settings.MIDDLEWARE = settings.PROVIDER_MIDDLEWARE
    return given()


def send(
    provider: Provider, body: Any, path: str = "reports", kind: str = "application/json"
) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = provider.client.post(f"/api/v1/{path}", data, content_type=kind, headers=provider.headers)
    assert isinstance(answer, HttpResponse)
    return as_described(answer, f"/api/v1/{path}", "post")


def as_described(answer: HttpResponse, path: str, method: str) -> HttpResponse:
    """Every status is declared with its kind of content, and every answer can be traced."""
    known = DESCRIPTION["paths"][path][method]["responses"]
    assert str(answer.status_code) in known, answer.content
    assert answer["Content-Type"] in known[str(answer.status_code)]["content"]
    assert answer["Request-ID"]
    return answer


def other(number: int) -> dict[str, Any]:
    made = copy.deepcopy(ONE)
    made["additionalInfo"] = f"Number {number}."
    return made


def test_a_hundred_at_once_each_with_its_receipt(provider: Provider) -> None:
    answer = send(provider, {"reports": [other(number) for number in range(100)]})
    receipts = answer.json()["receipts"]  # type: ignore[attr-defined]
    assert len({one["number"] for one in receipts}) == 100
    assert all(one["taken"] and one["warnings"] == [] for one in receipts)
    assert ProviderReport.objects.exclude(finished_at=None).count() == 100


def test_they_become_reports_as_those_in_xml_do(provider: Provider) -> None:
    send(provider, {"reports": [LARGE]})
    assert acts.take_provider_reports(by=WORKER, now=now(), keys=keyring(), country_prefix="254") == 1
    report = Report.objects.get()
    assert (report.haste, report.names_child) == (True, True)
    assert report.area is not None
    number = ProviderReport.objects.get().pk
    told = provider.client.get(f"/api/v1/reports/{number}", headers=provider.headers)
    assert told.json()["state"] == "read"


def test_one_that_is_no_report_keeps_back_no_other(provider: Provider) -> None:
    slip = {"incidentSummary": {"incidentType": "New kind"}, "unknown": 1}
    receipts = send(provider, {"reports": [other(1), "text", slip, None]}).json()["receipts"]  # type: ignore[attr-defined]
    assert [one["taken"] for one in receipts] == [True, False, True, False]
    assert receipts[2]["warnings"]
    assert "New kind" not in json.dumps(receipts)


def test_the_same_again_is_the_same_report(provider: Provider) -> None:
    first, second = (
        send(provider, {"reports": [other(1), other(1)]}).json()["receipts"]  # type: ignore[attr-defined]
        for _ in range(2)
    )
    assert {one["number"] for one in (*first, *second)} == {first[0]["number"]}
    assert ProviderReport.objects.count() == 1


def test_a_check_keeps_nothing(provider: Provider) -> None:
    assert send(provider, ONE, "reports/validate").json() == {"warnings": []}  # type: ignore[attr-defined]
    told = send(provider, {"incidentSummary": {}}, "reports/validate").json()  # type: ignore[attr-defined]
    assert {"missing"} <= {one["rule"] for one in told["warnings"]}
    assert send(provider, [], "reports/validate").status_code == 422
    assert not ProviderReport.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 400),
        ({"reports": []}, "application/json", 400),
        ({"reports": [1] * 101}, "application/json", 400),
        ([ONE], "application/json", 400),
        (b" " * (17 * 1024 * 1024), "application/json", 400),
    ],
)
def test_a_wrong_request_says_what_to_do(provider: Provider, body: Any, kind: str, status: int) -> None:
    answer = send(provider, body, kind=kind)
    assert answer.status_code == status
    told = answer.json()  # type: ignore[attr-defined]
    assert told["status"] == status
    assert told["detail"]
    assert not ProviderReport.objects.exists()


def test_nobody_else_sees_how_a_report_stands(provider: Provider) -> None:
    number = send(provider, {"reports": [ONE]}).json()["receipts"][0]["number"]  # type: ignore[attr-defined]
    other_house = given(provider.world, house="bandarini_police_desk")
    tests = given(provider.world, live=False)
    for who, status in ((provider, 200), (other_house, 404), (tests, 404)):
        answer = who.client.get(f"/api/v1/reports/{number}", headers=who.headers)
        assert isinstance(answer, HttpResponse)
        assert as_described(answer, "/api/v1/reports/{number}", "get").status_code == status
    assert provider.client.get(f"/api/v1/reports/{10**30}", headers=provider.headers).status_code == 404


def test_the_description_is_open_and_whole(provider: Provider) -> None:
    told = provider.client.get("/api/v1/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    names = set(told["components"]["schemas"])
    assert {part.split('"')[0] for part in json.dumps(told).split("#/components/schemas/")[1:]} <= names
