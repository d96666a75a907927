"""A log line says where, never what or who."""

import io
import logging

import pytest
from django.http import HttpRequest

from mlinzi.site.quietlog import Line, WithoutRequest

CANARY = "kanari-in-the-log"


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(written: io.StringIO) -> logging.Logger:
    handler = logging.StreamHandler(written)
    handler.setFormatter(Line())
    handler.addFilter(WithoutRequest())
    logger = logging.getLogger("django.request.test_of_quietlog")
    logger.handlers, logger.propagate = [handler], False
    return logger


def test_a_failed_request_is_a_status_and_nothing_of_the_request(
    logger: logging.Logger, written: io.StringIO
) -> None:
    request = HttpRequest()
    request.path = f"/back/{CANARY}"
    logger.error("%s: %s", "Not Found", request.path, extra={"status_code": 404, "request": request})
    assert "request failed with status 404" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_an_exception_is_its_kind_and_its_place_and_not_its_message(
    logger: logging.Logger, written: io.StringIO
) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logger.exception("It fell.")
    said = written.getvalue()
    assert "ValueError at test_quietlog.py" in said
    assert CANARY not in said


def test_lines_of_our_own_are_left_as_they_are(written: io.StringIO) -> None:
    record = logging.LogRecord(
        "mlinzi.site.worker", logging.INFO, __file__, 1, "%s: %s done", ("jobs", 3), None
    )
    assert WithoutRequest().filter(record)
    assert Line().format(record).endswith("INFO mlinzi.site.worker: jobs: 3 done")
