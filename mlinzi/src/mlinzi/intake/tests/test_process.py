"""The public site as a process of its own, over the wire: what leaves it, and what it can be used with."""

import http.client
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from mlinzi.intake.models import Submission
from mlinzi.intake.tests.conftest import APPLICATION

pytestmark = pytest.mark.django_db(transaction=True)
SHEETS = ("tokens", "base", "forms")


def ask(site: str, path: str, form: dict[str, str] | None = None) -> tuple[int, http.client.HTTPMessage, str]:
    """One request; with a form, a POST. Returns status, headers and body."""
    address = urlsplit(site)
    with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)) as connection:
        if form is None:
            connection.request("GET", path)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), kind)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def test_headers_of_the_real_process(public_site: str) -> None:
    for path in ("/", "/sw/", "/sw/tell/", "/en/back/", "/nothing/"):
        status, headers, page = ask(public_site, path)
        assert status in (200, 404), path
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Set-Cookie"] is None
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy  # nothing may run, not even what is ours
        assert "Maonyesho" in page or "Demonstration" in page


def test_telling_over_the_wire(public_site: str) -> None:
    _status, _headers, page = ask(public_site, "/sw/tell/")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    form = {"narrative": "Mtu ananifuata kwenye mchezo.", "token": token[1]}
    first, again = (ask(public_site, "/sw/tell/", form) for _ in range(2))
    assert first[0] == again[0] == 200
    number = re.search(r'class="receipt"[^>]*>([\d ]{19})<', first[2])
    assert number
    assert number[1] in again[2]
    assert Submission.objects.count() == 1
    status, _headers, page = ask(public_site, "/sw/back/", {"number": number[1]})
    assert (status, "Tumepokea ripoti yako" in page) == (200, True)


def test_the_style_is_small_and_kept_for_ever(public_site: str) -> None:
    _status, _headers, page = ask(public_site, "/sw/")
    links = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert [re.search(r"/(\w+)\.css\?v=[0-9a-f]{10}$", link)[1] for link in links] == list(SHEETS)  # type: ignore[index]
    sheets = [ask(public_site, link) for link in links]
    assert {status for status, _headers, _text in sheets} == {200}
    assert sum(len(text) for _status, _headers, text in sheets) <= 8_000
    for _status, headers, _text in sheets:
        assert "immutable" in headers["Cache-Control"]
        assert headers["Access-Control-Allow-Origin"] is None
    assert len(page) + sum(len(text) for _status, _headers, text in sheets) <= 20_000


@contextmanager
def database_shut() -> Iterator[None]:
    """PostgreSQL ends the site's connections and lets no new ones in, as while it restarts."""
    name = sql.Identifier(str(connection.settings_dict["NAME"]))
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
    )
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute(allow.format(name, False))
        owner.execute(ending, [connection.settings_dict["NAME"], APPLICATION])
        try:
            yield
        finally:
            owner.execute(allow.format(name, True))


def test_a_database_that_goes_away_loses_no_word(public_site: str) -> None:
    _status, _headers, page = ask(public_site, "/sw/tell/")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    form = {"narrative": "Mtu ananifuata kwenye mchezo.", "token": token[1]}
    with database_shut():
        status, headers, page = ask(public_site, "/sw/tell/", form)
        assert status == 503
        assert headers["Set-Cookie"] is None
        assert form["narrative"] in page
        assert 'href="tel:116"' in page
    kept = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert kept == {"token": token[1]}
    # Dead connections in the pool are noticed before they are used: the first try gets through.
    assert [ask(public_site, "/sw/tell/", form)[0] for _ in range(3)] == [200, 200, 200]
    assert Submission.objects.count() == 1


@pytest.mark.skipif(shutil.which("w3m") is None, reason="no w3m on this machine (Debian: apt install w3m)")
def test_the_form_can_be_used_in_a_text_browser(public_site: str) -> None:
    dumped = subprocess.run(
        ["w3m", "-dump", "-cols", "60", f"{public_site}/sw/tell/"], capture_output=True, text=True, check=True
    ).stdout
    # The field to write in, a choice, the list of places and the way to send, as w3m draws what can be used.
    for drawn in (
        "Nini kilitokea?",
        "[      ",
        "( )Ndiyo",
        "[Sijui, au sitaki kusema]",
        "[Tuma]",
        "Ondoka hapa",
    ):
        assert drawn in dumped, dumped
    start = subprocess.run(
        ["w3m", "-dump", f"{public_site}/sw/"], capture_output=True, text=True, check=True
    ).stdout
    assert start.index("116") < start.index("Tuambie")
