"""The public site for tests: in this process through Django's client, and as a process of its own."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from mlinzi.intake.tests.visitor import Visitor
from mlinzi.intake.web import common
from tests.world import make_country

APPLICATION = "mlinzi-test-site"


@pytest.fixture
def kenya(db: None) -> None:
    make_country("ke", demonstration=False)


@pytest.fixture
def tarrowmere(db: None) -> None:
    """The invented country: one language, three areas, one number."""
    make_country("xx", demonstration=False)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """As in a process that has just started."""
    for memory in (common.LAST, common.FLOOD, common.GUESSES):
        memory.forget()


@pytest.fixture
def door(settings: Settings) -> Client:
    """The public site in this process, as MLINZI_PROCESS=public sets it up."""
    settings.ROOT_URLCONF = "mlinzi.site.urls_public"
    settings.MIDDLEWARE = settings.PUBLIC_MIDDLEWARE
    settings.SECURE_REFERRER_POLICY = "no-referrer"
    settings.FILE_UPLOAD_HANDLERS = settings.PUBLIC_UPLOADS
    return Client(raise_request_exception=False)


@pytest.fixture
def visitor(kenya: None, door: Client) -> Visitor:
    """Somebody at the door of Kenya, in English."""
    return Visitor(door)


@pytest.fixture
def door_folder(settings: Settings, tmp_path: Path) -> Path:
    """The folder where the door lays sealed files, empty."""
    settings.DOOR = tmp_path / "door"
    settings.DOOR.mkdir()
    return tmp_path / "door"


def database_url_of_this_test() -> str:
    """DATABASE_URL with the name of the test database in place of the owner's."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path="/" + str(connection.settings_dict["NAME"])))


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


@contextmanager
def serving(ours: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """A site as a process of its own, on the server of `mlinzi run`: its address and its process."""
    port = free_port()
    given = {
        "DATABASE_URL": database_url_of_this_test(),
        "PGAPPNAME": APPLICATION,
        "MLINZI_NUMBERS_AHEAD": "0",
        **ours,
    }
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    options = ["--port", str(port), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    process = subprocess.Popen(
        [*server, *options, "mlinzi.site.served:application"], env={**os.environ, **given}
    )
    try:
        _wait_until_it_answers(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def site_process(keys_of_this_run: Path) -> Iterator[str]:
    """The real public site: its own process, its own settings, the server of `mlinzi run`."""
    with serving({"MLINZI_PROCESS": "public"}) as (address, _):
        yield address


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
                asked.request("GET", "/health")
                if asked.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the public site did not answer within a minute")


@pytest.fixture
def public_site(transactional_db: None, site_process: str) -> str:
    """The real public site of Kenya, marked as a demonstration; returns its address."""
    make_country("ke", demonstration=True)
    return site_process
