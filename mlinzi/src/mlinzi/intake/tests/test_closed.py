"""When something of ours is broken: nothing typed is lost, and the emergency numbers still stand there."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from mlinzi.intake.models import Submission
from mlinzi.intake.tests.test_web import number_in, text_of, token_in
from mlinzi.kernel.clock import now
from tests.tables import Checkpoint, Verified

pytestmark = pytest.mark.django_db
WORDS = 'Somebody follows me "in a game" <b>&amp;.'


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


def test_without_a_database_from_the_start_the_page_still_comes(kenya: None, door: Client) -> None:
    with database_away():
        answer = door.get("/en/")
    assert answer.status_code == 503
    assert "We cannot be reached just now" in text_of(answer)
    assert "Hatupatikani kwa sasa" in text_of(answer)


def test_what_was_typed_comes_back_and_can_be_sent_as_it_is(kenya: None, door: Client) -> None:
    token = token_in(text_of(door.get("/sw/tell/")))
    typed = {"narrative": WORDS, "token": token, "area": "nairobi", "in_danger": "yes", "category": "touched"}
    with database_away():
        answer = door.post("/sw/tell/", {**typed, "unheard_of": "x"})
    page = text_of(answer)
    assert answer.status_code == 503
    assert html.escape(WORDS) in page
    assert "unheard_of" not in page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert hidden == {name: value for name, value in typed.items() if name != "narrative"}
    assert not Submission.objects.exists()
    first = door.post("/sw/tell/", {**hidden, "narrative": WORDS})
    assert first.status_code == 200
    again = door.post("/sw/tell/", typed)
    assert number_in(text_of(first)) == number_in(text_of(again))
    assert Submission.objects.count() == 1


def test_a_number_typed_without_a_database_is_not_repeated(kenya: None, door: Client) -> None:
    with database_away():
        answer = door.post("/en/back/", {"number": "1234 5678 9012 3456"})
    assert answer.status_code == 503
    assert "1234" not in text_of(answer)


def test_a_fault_of_ours_is_said_in_both_languages(
    kenya: None, door: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = token_in(text_of(door.get("/en/tell/")))

    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError(WORDS)

    monkeypatch.setattr("mlinzi.intake.web.acts.receive", broken)
    answer = door.post("/en/tell/", {"narrative": WORDS, "token": token})
    assert answer.status_code == 500
    assert "The fault is ours, not yours" in text_of(answer)
    assert "Kosa ni letu, si lako" in text_of(answer)
    assert 'href="tel:116"' in text_of(answer)


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
