"""What every answer of the public site carries, and what none does: nothing kept, nobody else asked."""

import re
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlinzi.intake.models import Draft
from mlinzi.intake.tests.visitor import Visitor, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
EXIT = "https://sw.wikipedia.org"
BEFORE = ["/", "/en/", "/sw/", "/en/back/", "/sw/back/", "/en/traces/", "/sw/paper/", "/en/done/",
          "/sw/done/", "/en/r/check/", "/en/r/number/", "/nothing/", "/sw/nothing/"]  # fmt: skip
WITHIN = ["r/about/", "r/story/", "r/where/", "r/you/", "r/contact/", "r/check/", "r/files/"]
IN_THE_BOX = ["box/", "box/files/", "box/contact/", "box/stop/", "box/paper/"]


def before_anything_is_written(door: Client) -> "list[Answer]":
    asked = [door.get(address) for address in BEFORE]
    sent = [door.post("/en/back/", {"number": number}) for number in ("0" * 16, "", "12")]
    strange = [door.put("/en/"), door.post("/en/paper/", {"text": "x"}), door.get("/en/box/")]
    return [*asked, *sent, *strange, door.post("/en/r/check/", {})]


def every_answer(door: Client) -> "list[Answer]":
    """Each kind of answer of the public site, from the first page to the mailbox."""
    visitor, answers = Visitor(door), before_anything_is_written(door)
    answers.append(visitor.begin("no"))
    visitor.post("r/about/", {"about": "me"})
    visitor.post("r/story/", {"story": "Somebody follows me."})
    answers += [visitor.get(rest) for rest in WITHIN]
    answers += [visitor.post("r/story/", {"story": ""}), visitor.post("r/check/", {})]
    receipt = visitor.shown()
    answers += [visitor.get("r/number/"), visitor.post("r/number/", {}), visitor.confirm(receipt)]
    answers.append(visitor.come_back(receipt))
    answers += [visitor.get(rest) for rest in IN_THE_BOX]
    answers += [visitor.say("One thing more."), visitor.post("box/", {"text": ""}, cookie="b")]
    return [*answers, visitor.post("leave/", {})]


def pages(answers: "list[Answer]") -> "list[Answer]":
    return [answer for answer in answers if answer.status_code != 303]


def test_no_answer_may_be_kept_or_tells_where_one_came_from(kenya: None, door: Client) -> None:
    answers = [*every_answer(door), door.get("/health")]
    assert {a.status_code for a in answers} == {200, 303, 404, 405, 422}
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_only_our_own_script_runs_and_forms_lead_to_us_or_to_the_exit(kenya: None, door: Client) -> None:
    allowed = {
        "default-src": "'none'", "style-src": "'self'", "script-src": "'self'", "connect-src": "'self'",
        "img-src": "'self' data:", "base-uri": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    for answer in [*every_answer(door), door.get("/health")]:
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy.pop("form-action") in {"'self'", f"'self' {EXIT}"}
        assert policy == allowed
    assert EXIT in door.get("/en/").headers["Content-Security-Policy"]


def test_no_cookie_comes_into_being_before_somebody_begins(kenya: None, door: Client) -> None:
    for answer in before_anything_is_written(door):
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
    assert not door.cookies


def test_a_cookie_holds_random_bytes_until_the_browser_ends_and_nothing_else(visitor: Visitor) -> None:
    began = visitor.begin()
    visitor.post("r/about/", {"about": "me"})
    visitor.post("r/story/", {"story": "Somebody follows me."})
    receipt = visitor.send()
    back = visitor.come_back(receipt)
    assert (set(began.cookies), set(back.cookies)) == ({"k"}, {"b"})
    for cookie in (began.cookies["k"], back.cookies["b"]):
        assert re.fullmatch(r"[\w-]{43}", cookie.value)
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/"
        assert not cookie["max-age"]
        assert not cookie["expires"]
        assert not cookie["domain"]
    # Only those two pages give one; every other answer leaves them as they are.
    for rest in ("", "r/number/", "back/", "box/", "traces/"):
        assert not visitor.get(rest).cookies, rest


def test_leaving_takes_every_cookie_away_and_asks_the_browser_to_forget(visitor: Visitor) -> None:
    visitor.begin()
    gone = visitor.post("leave/", {})
    assert (gone.status_code, gone.headers["Location"]) == (303, "https://sw.wikipedia.org/wiki/Kenya")
    assert gone.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert {name: cookie["max-age"] for name, cookie in gone.cookies.items()} == {"k": 0, "b": 0}
    assert visitor.post("leave/", {"to": "start"}).headers["Location"] == "/en/"
    assert visitor.post("leave/", {"to": "https://elsewhere.example"}).headers["Location"].startswith(EXIT)


def test_the_one_script_is_ours_and_no_page_asks_anybody_else(kenya: None, door: Client) -> None:
    for answer in pages(every_answer(door)):
        page = text_of(answer)
        scripts = re.findall(r"<script[^>]*>", page)
        assert len(scripts) <= 1
        for script in scripts:
            assert re.fullmatch(r'<script src="/static/intake/door\.js\?v=[0-9a-f]{10}" defer>', script)
        assert not re.search(r'\son\w+="', page)
        assert not re.search(r'\sstyle="', page)
        assert not re.search(r'(?:src|href|action|data-to)="//', page)
        leading_out = set(re.findall(r'(?:src|href|action|data-to)="(https?://[^"]+)"', page))
        assert leading_out <= {"https://sw.wikipedia.org/wiki/Kenya"}


def test_every_page_has_the_quick_exit_and_a_title_that_tells_nothing(kenya: None, door: Client) -> None:
    for answer in pages(every_answer(door)):
        page = text_of(answer)
        assert len(re.findall(r'<form method="post" action="/(?:en|sw)/leave/" id="exit"', page)) == 1
        assert 'data-to="https://sw.wikipedia.org/wiki/Kenya"' in page
        assert re.search(r"<title>(Help|Msaada)</title>", page)


def test_every_page_is_small(kenya: None, door: Client) -> None:
    sizes = {at: len(answer.content) for at, answer in enumerate(every_answer(door))}
    assert max(sizes.values()) <= 20_000, sizes


def test_what_somebody_wrote_never_stands_in_an_address(visitor: Visitor, door_folder: "Path") -> None:
    visitor.write("canary words")
    receipt = visitor.send()
    answers = [visitor.confirm(receipt), visitor.come_back(receipt), visitor.say("canary again")]
    file = SimpleUploadedFile("canary.png", b"x", "image/png")
    secret = visitor.secret("b")
    assert secret is not None
    answers.append(visitor.client.post(visitor.at("box/files/"), {"mark": secret.mark, "file": file}))
    for answer in answers:
        assert answer.status_code == 303
        assert re.fullmatch(r"/en/(done|box)/", answer.headers["Location"])


@pytest.mark.parametrize(
    ("site", "taken"), [("cross-site", False), ("same-site", False), ("same-origin", True)]
)
def test_forms_of_other_sites_are_not_taken(visitor: Visitor, site: str, taken: bool) -> None:
    visitor.begin()
    answer = visitor.client.post("/en/leave/", {}, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code == 303) is taken
    assert ("Clear-Site-Data" in answer.headers) is taken
    assert Draft.objects.exists() is not taken
    assert visitor.client.get("/en/", headers={"Sec-Fetch-Site": site}).status_code == 200
