"""When something of ours is broken: nothing typed is lost, and the emergency numbers still stand there."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from mlinzi.intake.models import Submission
from mlinzi.intake.tests.visitor import Visitor, text_of
from mlinzi.intake.web import common
from mlinzi.kernel.clock import now
from tests.tables import Checkpoint, Verified
from tests.world import submit

pytestmark = pytest.mark.django_db
WORDS = 'Somebody follows me "in a game" <b>&amp;.'


@pytest.fixture(autouse=True)
def _words_are_always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the few seconds for which they are held are over."""
    monkeypatch.setattr(common.LastWords, "LASTS", -1.0)


@contextmanager
def database_away(error: type[Exception] = OperationalError) -> Iterator[None]:
    """Every query fails as it does when the server is gone."""

    def fail(*_given: object) -> None:
        raise error("the connection is closed")

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_a_database_the_numbers_still_stand_in_both_languages(
    kenya: None, door: Client, error: type[Exception]
) -> None:
    door.get("/")
    with database_away(error):
        answer = door.get("/sw/")
    page = text_of(answer)
    assert answer.status_code == 503
    assert page.count('href="tel:116"') == 2
    assert page.index("Hatupatikani kwa sasa") < page.index("We cannot be reached just now")
    assert "sw.wikipedia.org" in page


def test_for_a_few_seconds_the_first_pages_need_no_database_at_all(
    kenya: None, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common.LastWords, "LASTS", 10.0)
    door.get("/")
    with database_away():
        for path in ("/", "/sw/", "/en/traces/", "/en/back/"):
            assert door.get(path).status_code == 200


def test_without_a_database_from_the_start_the_page_still_comes(kenya: None, door: Client) -> None:
    with database_away():
        answer = door.get("/en/")
    assert answer.status_code == 503
    assert "We cannot be reached just now" in text_of(answer)
    assert "Hatupatikani kwa sasa" in text_of(answer)


def kept_in(page: str) -> dict[str, str]:
    """The form that an error page gives back: what it carries unseen, and what it shows."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    shown = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)<', page))
    return {name: html.unescape(text) for name, text in {**hidden, **shown}.items()}


def test_what_was_typed_comes_back_and_can_be_sent_as_it_is(kenya: None, door: Client) -> None:
    visitor = Visitor(door, "sw")
    visitor.begin()
    visitor.post("r/about/", {"about": "me"})
    secret = visitor.secret()
    assert secret is not None
    for rest, typed in (
        ("r/story/", {"story": WORDS}),
        ("r/where/", {"service": "Kijani", "link": "https://a.example/<x>", "account": "@m"}),
        ("r/contact/", {"channel": "sms", "address": "0700 000 001", "hours": "any", "say": "homework"}),
    ):
        with database_away():
            answer = visitor.post(rest, {**typed, "unheard_of": "x"})
        page = text_of(answer)
        assert answer.status_code == 503
        assert not answer.cookies
        assert f'action="/sw/{rest}"' in page
        assert "unheard_of" not in page
        kept = kept_in(page)
        assert kept == {**typed, "mark": secret.mark}
        assert visitor.post(rest, kept).status_code == 303
    assert "0700 000 001" in text_of(visitor.get("r/check/"))
    with database_away():
        assert visitor.post("r/check/", {}).status_code == 503
    assert not Submission.objects.exists()
    first = visitor.send()
    assert visitor.send() == first
    assert Submission.objects.count() == 1


def test_a_message_typed_without_a_database_comes_back_too(visitor: Visitor) -> None:
    visitor.come_back(submit(WORDS))
    visitor.box()
    with database_away():
        answer = visitor.post("box/", {"text": WORDS, "once": "abc"}, cookie="b")
    assert answer.status_code == 503
    kept = kept_in(text_of(answer))
    assert (kept["text"], kept["once"]) == (WORDS, "abc")
    assert visitor.post("box/", kept, cookie="b").status_code == 303
    assert html.escape(WORDS) in visitor.box()


def test_a_number_typed_without_a_database_is_not_repeated(kenya: None, door: Client) -> None:
    with database_away():
        answer = door.post("/en/back/", {"number": "1234 5678 9012 3456"})
    assert answer.status_code == 503
    assert "1234" not in text_of(answer)


def test_a_fault_of_ours_is_said_in_both_languages_and_the_draft_stays(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.write(WORDS)

    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError(WORDS)

    with monkeypatch.context() as patched:
        patched.setattr("mlinzi.intake.web.form.acts.send", broken)
        answer = visitor.post("r/check/", {})
    assert answer.status_code == 500
    assert "The fault is ours, not yours" in text_of(answer)
    assert "Kosa ni letu, si lako" in text_of(answer)
    assert 'href="tel:116"' in text_of(answer)
    visitor.send()
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("step", ["write", "save"])
def test_a_report_is_sent_whole_or_not_at_all(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    visitor.write(WORDS, channel="box")

    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(f"mlinzi.intake.acts.drafts.{step}", broken)
        failed = visitor.post("r/check/", {})
    assert failed.status_code == 500
    assert not Submission.objects.exists()
    visitor.send()
    assert Submission.objects.count() == 1


def test_nothing_here_is_said_in_both_languages(kenya: None, door: Client) -> None:
    door.get("/")
    page = text_of(door.get("/sw/nothing/"))
    assert page.index("Hakuna kitu hapa") < page.index("There is nothing here")
    assert text_of(door.get("/xx/")) == text_of(door.get("/yy/anything"))


def test_health_follows_the_database(kenya: None, door: Client) -> None:
    assert text_of(door.get("/health")) == "ok\n"
    with database_away():
        assert door.get("/health").status_code == 503
    assert door.post("/health").status_code == 405


def test_the_signed_head_is_public_once_it_was_checked(kenya: None, door: Client) -> None:
    assert door.get("/log/checkpoint").status_code == 404
    note = "mlinzi\n1\nAAAA\n\n— mlinzi c2lnbmF0dXJl\n"
    head = Checkpoint.objects.create(size=1, frontier=b"", note=note, at=now())
    assert door.get("/log/checkpoint").status_code == 404
    Verified.objects.create(checkpoint=head, at=now())
    answer = door.get("/log/checkpoint")
    assert (answer.status_code, text_of(answer)) == (200, note)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
