"""Whatever comes to the JSON calls is answered as their description says, and nothing breaks us.

`MLINZI_FUZZ=20000` asks that many times at each call; without it a little at each test run.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import given as drawn
from hypothesis import settings as how
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mlinzi.intake.tests.providing import Provider, given

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TIMES = int(os.environ.get("MLINZI_FUZZ", "40"))


@pytest.fixture
def provider(settings: Settings, door_folder: Path) -> Iterator[Provider]:
    settings.ROOT_URLCONF = "mlinzi.site.urls_provider"
    settings.MIDDLEWARE = settings.PROVIDER_MIDDLEWARE
    settings.ALLOWED_HOSTS = ["*"]
    # As for Django's own test client: the end of a request does not end the transaction of the test.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield given()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("place", range(3), ids=["take", "validate", "standing"])
def test_every_answer_is_as_described(provider: Provider, place: int) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    found = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(found) == 3, "a new call is asked here too"
    asked = 0

    @drawn(found[place].as_strategy())
    @how(max_examples=TIMES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case: schemathesis.Case) -> None:  # type: ignore[type-arg]
        nonlocal asked
        asked += 1
        response = case.call(headers=provider.headers)
        case.validate_response(response, checks=CHECKS)

    ask()
    assert asked >= 1
