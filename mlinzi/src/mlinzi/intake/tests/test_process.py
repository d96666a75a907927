"""The public site as a process of its own, over the wire: what leaves it, and what it can be used with."""

import contextlib
import fcntl
import http.client
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from mlinzi.intake.models import Draft, Submission
from mlinzi.intake.tests.conftest import APPLICATION
from mlinzi.intake.tests.visitor import field_in, number_in

pytestmark = pytest.mark.django_db(transaction=True)
STORY = "Mtu ananifuata kwenye mchezo."


class Wire:
    """One browser at the real process: a connection for each request, and the cookies it was given."""

    def __init__(self, site: str) -> None:
        self._address = urlsplit(site)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, http.client.HTTPMessage, str]:
        """One request; with a form, a POST. Returns status, headers and body."""
        host, port = self._address.hostname or "", self._address.port
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        with closing(http.client.HTTPConnection(host, port, timeout=20)) as connected:
            if form is None:
                connected.request("GET", path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connected.request("POST", path, urlencode(form), headers)
            answer = connected.getresponse()
            for held in SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or [])).values():
                self.cookies[held.key] = held.value
            return answer.status, answer.headers, answer.read().decode()

    def go(self, path: str, form: dict[str, str]) -> str:
        """Send a form that leads on; return the page that it leads to."""
        status, headers, page = self.ask(path, form)
        assert status == 303, page
        return self.ask(headers["Location"])[2]

    def write(self) -> str:
        """From the first page to "check your answers"; returns that page."""
        page = self.go("/sw/", {"safe": "yes"})
        mark = field_in(page, "mark")
        self.go("/sw/r/about/", {"mark": mark, "about": "me"})
        self.go("/sw/r/story/", {"mark": mark, "story": STORY})
        return self.ask("/sw/r/check/")[2]


def test_headers_of_the_real_process(public_site: str) -> None:
    wire = Wire(public_site)
    for path in ("/", "/sw/", "/sw/traces/", "/en/back/", "/nothing/"):
        status, headers, page = wire.ask(path)
        assert status in (200, 404), path
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Set-Cookie"] is None
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "Maonyesho" in page or "Demonstration" in page
    _status, headers, _page = wire.ask("/sw/", {"safe": "yes"})
    assert re.fullmatch(r"k=[\w-]{43}; HttpOnly; Path=/; SameSite=Strict", headers["Set-Cookie"])


def test_telling_over_the_wire(public_site: str) -> None:
    wire = Wire(public_site)
    mark = field_in(wire.write(), "mark")
    first, again = (wire.go("/sw/r/check/", {"mark": mark}) for _ in range(2))
    number = number_in(first)
    assert number_in(again) == number
    assert Submission.objects.count() == 1
    assert wire.go("/sw/r/number/", {"mark": mark, "number_end": number[-4:]})
    assert not Draft.objects.exists()
    page = wire.go("/sw/back/", {"number": number})
    assert "Tumepokea ripoti yako" in page


def test_the_style_is_one_small_file_and_kept_for_ever(public_site: str) -> None:
    wire = Wire(public_site)
    _status, _headers, page = wire.ask("/sw/")
    links = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    scripts = re.findall(r'<script src="([^"]+)"', page)
    assert [bool(re.fullmatch(r"/look/[0-9a-f]{10}\.css", link)) for link in links] == [True]
    assert [bool(re.fullmatch(r"/static/intake/door\.js\?v=[0-9a-f]{10}", at)) for at in scripts] == [True]
    answers = [wire.ask(link) for link in (*links, *scripts)]
    for status, headers, _text in answers:
        assert status == 200
        assert "immutable" in headers["Cache-Control"]
        assert headers["Access-Control-Allow-Origin"] is None
        assert headers["Set-Cookie"] is None
    (_status, kind, sheet), (_status, _headers, script) = answers
    assert kind["Content-Type"] == "text/css; charset=utf-8"
    assert len(sheet) <= 8_000
    assert len(script) <= 3_000
    assert len(page) + len(sheet) + len(script) <= 20_000
    old = wire.ask("/look/0000000000.css")
    assert (old[0], old[1]["Cache-Control"], old[2]) == (200, "no-store", sheet)


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
    wire = Wire(public_site)
    mark = field_in(wire.write(), "mark")
    held, typed = dict(wire.cookies), {"mark": mark, "story": f"{STORY} Na anajua shule yangu."}
    with database_shut():
        status, headers, page = wire.ask("/sw/r/story/", typed)
        assert status == 503
        assert headers["Set-Cookie"] is None
        assert typed["story"] in page
        assert 'href="tel:116"' in page
        assert wire.ask("/sw/r/check/", {"mark": mark})[0] == 503
    assert wire.cookies == held
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert kept == {"mark": mark}
    # Dead connections in the pool are noticed before they are used: the first try gets through.
    assert [wire.ask("/sw/r/story/", typed)[0] for _ in range(3)] == [303, 303, 303]
    numbers = {number_in(wire.go("/sw/r/check/", {"mark": mark})) for _ in range(3)}
    assert len(numbers) == Submission.objects.count() == 1


def raw(site: str, sent: bytes) -> bytes:
    """What the process answers to bytes that no browser sends; b"" where it hangs up."""
    address = urlsplit(site)
    with closing(socket.create_connection((address.hostname or "", address.port or 0), timeout=5)) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            return line.recv(1 << 16)
    return b""


FORM = b"application/x-www-form-urlencoded"
HEADS = [
    b"Content-Length: " + length for length in (b"abc", b"-1", b"999999999999", b"1e9", b"", b"5", b"50")
]


@pytest.mark.parametrize("kind", [FORM, b"multipart/form-data; boundary=B"])
def test_an_absurd_length_or_a_cut_line_breaks_nothing(public_site: str, kind: bytes) -> None:
    wire = Wire(public_site)
    wire.write()
    mark = "mark=" + field_in(wire.ask("/sw/r/story/")[2], "mark") + "&story=cut"
    cookie = b"Cookie: k=" + wire.cookies["k"].encode()
    twice = [
        b"Content-Length: 1\r\nContent-Length: 50",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: x",
    ]
    for path in (b"/sw/r/story/", b"/sw/r/files/", b"/sw/back/", b"/sw/"):
        for length in (*HEADS, *twice):
            head = [
                b"POST " + path + b" HTTP/1.1",
                b"Host: 127.0.0.1",
                b"Content-Type: " + kind,
                cookie,
                length,
            ]
            answer = raw(public_site, b"\r\n".join(head) + b"\r\n\r\n" + mark.encode())
            assert not re.match(rb"HTTP/1.1 5", answer), (path, length, answer[:200])
    assert STORY in wire.ask("/sw/r/story/")[2]
    assert wire.ask("/health")[0] == 200


def dumped(address: str, cookies: dict[str, str]) -> str:
    """A page as w3m draws it."""
    held = [f"-header=Cookie: {name}={value}" for name, value in cookies.items()]
    options = [part for one in held for part in one.split("=", 1)]
    command = ["w3m", "-dump", "-cols", "60", *options, address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("w3m") is None, reason="no w3m on this machine (Debian: apt install w3m)")
def test_the_form_can_be_used_in_a_text_browser(public_site: str) -> None:
    start = dumped(f"{public_site}/sw/", {})
    assert start.index("116") < start.index("Niko salama")
    wire = Wire(public_site)
    wire.write()
    # What stands on each page, as w3m draws it: buttons, fields, choices, the list of places, the exit.
    drawn = {
        "about": ["Mimi", "Mtoto ninayemjua", "Sijui"],
        "story": ["Nini kilitokea?", "[      ", "Endelea"],
        "you": ["( )Chini ya miaka 10", "[Sijui, au sitaki kusema]", "Endelea"],
        "check": ["Angalia majibu yako", STORY, "Tuma"],
    }
    for page, wanted in drawn.items():
        text = dumped(f"{public_site}/sw/r/{page}/", wire.cookies)
        for found in [*wanted, "Ondoka hapa"]:
            assert found in text, text


@pytest.mark.skipif(shutil.which("w3m") is None, reason="no w3m on this machine (Debian: apt install w3m)")
def test_the_buttons_can_be_pressed_in_a_text_browser(public_site: str, tmp_path: Path) -> None:
    """w3m draws a button as its words: here somebody goes there and presses Enter."""
    screen = pressed(
        f"{public_site}/sw/", ["/Niko salama\r", "\r", "/Mimi\r", "\r", "/Sijui\r", "\r"], tmp_path
    )
    # A terminal draws what has changed only, so a word may lack its first letter.
    assert "kilitokea?" in screen.split("/r/what/")[-1]
    assert Draft.objects.count() == 1


def pressed(address: str, keys: list[str], home: Path) -> str:
    """What w3m drew on a terminal while these keys were pressed, one after the other."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 100, 0, 0))
    environment = {**os.environ, "TERM": "vt100", "HOME": str(home)}
    process = subprocess.Popen(["w3m", "-cookie", address], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=environment, start_new_session=True)  # fmt: skip
    drawn = b""
    try:
        for key in [*keys, ""]:
            drawn += _until_quiet(ours)
            os.write(ours, key.encode())
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)
        os.close(theirs)
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", drawn.decode(errors="replace"))


def _until_quiet(terminal: int) -> bytes:
    drawn = b""
    while select.select([terminal], [], [], 5.0)[0]:
        drawn += os.read(terminal, 65_536)
    return drawn
