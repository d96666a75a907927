"""Whatever is sent to the door: no fault of ours, nothing lost, nothing given back unescaped."""

import html
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlinzi.intake import rules
from mlinzi.intake.models import Draft, Submission
from mlinzi.intake.rules.form import FIELDS
from mlinzi.intake.tests.visitor import Visitor, text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
PAGES = {
    "": ("safe",), "r/about/": ("about", "skip"), "r/danger/": ("danger",), "r/what/": ("category",),
    "r/story/": ("story", "work"), "r/where/": ("service", "link", "account"), "r/since/": ("since",),
    "r/you/": ("age", "area"), "r/contact/": ("channel", "address", "hours", "say"), "r/help_now/": ("skip",),
    "r/work/": ("organisation", "position"), "r/check/": ("mark",), "r/number/": ("number_end",),
    "paper/": ("text",),
}  # fmt: skip
IN_THE_BOX = {"box/": ("text", "once"), "box/contact/": ("channel", "address", "hours", "say", "once"),
              "box/stop/": ("mark",)}  # fmt: skip
FORM = "application/x-www-form-urlencoded"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7 }}{% now 'Y' %}"
CHOSEN = [
    b"\x00", b"a\x00b", b"\xff\xfe", b"\xed\xa0\x80 half a character", "\u202eright to left\u202c".encode(),
    "👩\u200d👧".encode(), b"\r\n\r\nSet-Cookie: k=x", NASTY.encode(), b"%00%0d%0a", b"\x1b[2J", b"",
    "\u2028\u2029\ufeff".encode(), b"A" * 20_001, "\U000e0001".encode(), b"9" * 400, b"-1", b"none",
]  # fmt: skip
RAW = st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode), st.sampled_from(CHOSEN))
relaxed = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def body(fields: dict[str, bytes]) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()


class Tags(HTMLParser):
    """What in a page could run, besides our own script."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        ours = (named.get("src") or "").startswith("/static/intake/door.js")
        if tag in {"img", "iframe", "object", "style"} or (tag == "script" and not ours):
            self.running.append(tag)
        self.running += [name for name in named if name.startswith("on") or name == "style"]


def sound(answer: "Answer") -> str:
    """No fault of ours, nothing that runs, nothing in a header that was typed."""
    assert answer.status_code < 500, answer.status_code
    page = text_of(answer)
    assert "\x00" not in page
    tags = Tags()
    tags.feed(page)
    assert not tags.running, tags.running
    assert "14{% now" not in html.unescape(page)  # it is no template
    for name, value in answer.headers.items():
        assert "\n" not in value, name
    assert set(answer.cookies) <= {"k", "b"}
    return page


@pytest.fixture
def visitor(kenya: None, door: Client) -> Visitor:
    """Somebody with a draft that holds words, so that it can be seen whether they stay."""
    visitor = Visitor(door)
    visitor.write("words that stay")
    return visitor


@relaxed
@given(page=st.sampled_from(sorted(PAGES)), values=st.lists(RAW, min_size=4, max_size=4))
@example(page="", values=[b"\x00", b"", b"", b""])
@example(page="r/story/", values=CHOSEN[3:7])
@example(page="r/contact/", values=[b"sms", NASTY.encode(), b"any", NASTY.encode()])
def test_no_bytes_in_any_field_break_a_page(visitor: Visitor, page: str, values: list[bytes]) -> None:
    secret = visitor.secret()
    assert secret is not None
    fields = {"mark": secret.mark.encode(), **dict(zip(PAGES[page], values, strict=False))}
    sound(visitor.client.generic("POST", visitor.at(page), body(fields), FORM))
    sound(visitor.get(page))
    check = visitor.get("r/check/")
    if check.status_code == 303:  # it was sent: what Hypothesis does next begins another draft
        assert check.headers["Location"] == "/en/r/number/"
        visitor.client.cookies.clear()
        visitor.write("words that stay")
        return
    sound(check)
    said = rules.clean_text(fields.get("story", b"").decode(errors="replace")) if page == "r/story/" else ""
    if not said:
        assert "words that stay" in text_of(visitor.get("r/story/"))
    else:
        visitor.post("r/story/", {"story": "words that stay"})
    visitor.post("r/about/", {"about": "me"})


@relaxed
@given(page=st.sampled_from(sorted(IN_THE_BOX)), values=st.lists(RAW, min_size=5, max_size=5))
def test_no_bytes_in_any_field_break_the_mailbox(mailbox: Visitor, page: str, values: list[bytes]) -> None:
    secret = mailbox.secret("b")
    assert secret is not None
    fields = {"mark": secret.mark.encode(), **dict(zip(IN_THE_BOX[page], values, strict=False))}
    sound(mailbox.client.generic("POST", mailbox.at(page), body(fields), FORM))
    for rest in ("box/", "box/contact/", "box/stop/"):
        assert mailbox.get(rest).status_code == 200
        sound(mailbox.get(rest))


@pytest.fixture
def mailbox(visitor: Visitor) -> Visitor:
    """Somebody who came back."""
    visitor.come_back(visitor.send())
    return visitor


@relaxed
@given(number=RAW)
@example(number="١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦".encode())
@example(number=NASTY.encode())
def test_no_bytes_are_taken_for_a_number(kenya: None, door: Client, number: bytes) -> None:
    answer = door.generic("POST", "/en/back/", body({"number": number}), FORM)
    sound(answer)
    assert answer.status_code in (404, 422)
    assert not Draft.objects.exists()


def test_a_megabyte_in_any_field_is_answered_and_loses_nothing(visitor: Visitor) -> None:
    assert set(FIELDS) - {"safe"} <= {name for names in PAGES.values() for name in names}
    for page, names in PAGES.items():
        for name in {*names, "mark"}:
            for size in (1_000_000, 3_000_000):
                answer = visitor.post(page, {name: "x" * size})
                assert answer.status_code in (200, 303, 400, 404, 422), (page, name)
    visitor.client.cookies.clear()
    visitor.write("words that stay")
    assert "words that stay" in text_of(visitor.get("r/story/"))


TYPES = [
    "application/json", "text/plain", "", "nonsense", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\x00", "multipart/form-data; boundary=" + "B" * 500,
    "multipart/form-data; boundary=B; charset=utf-7", "multipart/form-data; boundary=B; charset=hex",
    "multipart/form-data; boundary=B; charset=idna", "multipart/form-data; boundary=B; charset=no-such",
    f"{FORM}; charset=utf-16", f"{FORM}; charset=utf-7", f"{FORM}; charset=zip",
    "multipart/mixed; boundary=B",
]  # fmt: skip
EVERYWHERE = [*PAGES, "back/", "r/files/", "box/", "box/files/", "box/contact/", "box/stop/"]


def test_a_wrong_content_type_breaks_nothing(visitor: Visitor, door_folder: Path) -> None:
    sent = b'--B\r\nContent-Disposition: form-data; name="story"\r\n\r\n+2AA-\xff\r\n--B--\r\n'
    for kind in TYPES:
        for rest in EVERYWHERE:
            sound(visitor.client.generic("POST", visitor.at(rest), sent, kind))
    visitor.language = "sw"
    assert "words that stay" in text_of(visitor.get("r/story/"))
    assert not Submission.objects.exists()


def parts(*named: tuple[str, bytes], end: bytes = b"--B--\r\n") -> bytes:
    return (
        b"".join(
            b"--B\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (name.encode(), content)
            for name, content in named
        )
        + end
    )


def malformed(mark: str) -> Iterator[bytes]:
    """Forms with a file that a cut line, a broken browser or somebody hostile sends."""
    file, held = ('name="file"; filename="a.png"', b"x" * 70_000), ('name="mark"', mark.encode())
    whole = parts(held, file)
    yield from (whole[: len(whole) * at // 10] for at in range(10))
    yield parts(held, file, end=b"")
    yield parts(file, held)  # the mark comes after the file
    yield parts(held, *[file] * 3)
    yield parts(
        held, ('name="file"; filename="a.png"\r\nContent-Transfer-Encoding: base64', b"!!!not base64")
    )
    yield parts(held, ("name=\"file\"; filename*=utf-7''%2B2AA-", b"x"))
    yield parts(held, ('name=file; filename="\x00../../x"', b"x"), ("no name at all", b"x"))
    yield parts(held, *[(f'name="f{at}"', b"x") for at in range(1_500)])
    yield parts(held, *[(f'name="file{at}"; filename="{at}"', b"x") for at in range(150)])
    yield b"--B" * 10_000
    yield b"\r\n" * 10_000
    yield parts((f'name="{"x" * 100_000}"', b"x"))


def test_malformed_and_cut_uploads_leave_nothing_and_lose_no_word(
    visitor: Visitor, door_folder: Path
) -> None:
    secret = visitor.secret()
    assert secret is not None
    for sent in malformed(secret.mark):
        kind = "multipart/form-data; boundary=B"
        for rest in ("r/files/", "r/story/", "box/files/", "r/check/"):
            sound(visitor.client.generic("POST", visitor.at(rest), sent, kind))
            if rest == "r/check/":
                visitor.client.cookies.clear()
                visitor.write("words that stay")
                secret = visitor.secret()
    page = text_of(visitor.get("r/story/"))
    assert "words that stay" in page
    left = [path.name for path in door_folder.rglob("*") if path.is_file()]
    assert not [name for name in left if name.startswith(".part-")]


STRANGE = [
    "/en/r/no-such-page/", "/en/r/safe/", "/xx/", "/%00/", "/en/r/%00/", "/en/r/..%2f..%2fetc/", "/EN/", "//",
    "/en//r/about/", "/en/r/about", "/sw/box/../../", "/en/r/" + "x" * 3_000 + "/", "/%ff%fe/",
    "/en/r/%F0%9F%92%A9/",
    "/<script>alert(1)</script>/", "/en/r/<img src=x>/", "/look/../settings.css", "/static/../settings.py",
    "/static/intake/%2e%2e/%2e%2e/urls.py", "/en-us/", "/sw-KE/", "/admin/", "/en/r/check/x/",
]  # fmt: skip


def test_unknown_pages_and_languages_say_so_and_repeat_nothing(visitor: Visitor) -> None:
    for path in STRANGE:
        for method in ("GET", "POST", "PUT", "HEAD", "TRACE", "UNHEARD"):
            answer = visitor.client.generic(method, path)
            assert answer.status_code in (200, 301, 303, 404, 405), (method, path)
            if answer.status_code != 301:
                sound(answer)
    assert "words that stay" in text_of(visitor.get("r/story/"))


HEADERS = [
    "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST", "HTTP_REFERER", "QUERY_STRING",
    "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT", "HTTP_ORIGIN",
]  # fmt: skip


@relaxed
@given(name=st.sampled_from(HEADERS), value=RAW)
@example(name="HTTP_COOKIE", value=b"k=; b=; k=x")
@example(name="HTTP_ACCEPT_LANGUAGE", value=b"x" * 5_000)
def test_no_header_breaks_a_page_or_is_repeated(visitor: Visitor, name: str, value: bytes) -> None:
    headers: dict[str, Any] = {name: value.decode("latin-1")}
    for rest in ("", "r/story/", "back/"):
        page = sound(visitor.client.generic("GET", visitor.at(rest), **headers))
        if name != "HTTP_COOKIE" and len(value) > 20:
            assert value.decode(errors="replace") not in page


@relaxed
@given(forged=RAW)
def test_a_forged_mark_does_nothing_on_any_page(visitor: Visitor, forged: bytes) -> None:
    for rest, fields in {"r/story/": {"story": b"forged words"}, "r/where/": {"link": b"forged words"},
                         "r/check/": {}}.items():  # fmt: skip
        sent = body({"mark": forged, **fields})
        answer = visitor.client.generic("POST", visitor.at(rest), sent, FORM)
        sound(answer)
        assert answer.status_code in (200, 422)
    assert "forged words" not in text_of(visitor.get("r/check/"))
    assert not Submission.objects.exists()


def test_what_was_typed_comes_back_as_text_on_every_page(visitor: Visitor) -> None:
    """Also where it was kept, in the check page, the error page and the mailbox."""
    for rest, names in PAGES.items():
        for name in names:
            for more in ({}, {"mark": "forged"}):
                sound(visitor.post(rest, {name: NASTY, **more}))
        sound(visitor.get(rest))
    visitor.client.cookies.clear()
    visitor.write(NASTY, account=NASTY, say=NASTY, channel="box")
    page = sound(visitor.get("r/check/"))
    assert html.escape(NASTY) in page
    visitor.come_back(visitor.send())
    visitor.say(NASTY)
    assert html.escape(NASTY) in sound(visitor.get("box/"))
    assert html.escape(NASTY) in sound(visitor.get("box/contact/"))
