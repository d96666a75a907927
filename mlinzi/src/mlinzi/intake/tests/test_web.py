"""The door's pages: in both languages, keeping nothing, losing nothing, telling nothing."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from mlinzi.intake import acts, forms, web
from mlinzi.intake.models import Mailbox, Report, Submission
from mlinzi.intake.rules import MailboxKeys, Receipt, Status, mailbox_keys
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.tables import Deployment
from tests.world import WORKER, submit

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
WORDS = "Somebody follows me in a game <b>&amp; knows my school."
ANSWER = "Thank you.\nYou did right."


def text_of(answer: "Answer") -> str:
    return answer.content.decode()


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def number_in(page: str) -> str:
    found = re.search(r'class="receipt"[^>]*>([\d ]{19})<', page)
    assert found, page
    return found[1]


def tell(door: Client, language: str = "en", **changed: str) -> "Answer":
    token = changed.pop("token", None) or token_in(text_of(door.get(f"/{language}/tell/")))
    return door.post(f"/{language}/tell/", {"narrative": WORDS, "token": token, **changed})


@pytest.mark.parametrize(
    ("language", "safe", "send", "county"),
    [("en", "Are you safe now?", "Send", "Mombasa"), ("sw", "Je, uko salama sasa?", "Tuma", "Mombasa")],
)
def test_every_page_speaks_the_language_of_its_address(
    kenya: None, door: Client, language: str, safe: str, send: str, county: str
) -> None:
    start = door.get(f"/{language}/")
    assert (start.status_code, start.headers["Content-Language"]) == (200, language)
    assert safe in text_of(start)
    assert 'href="tel:116"' in text_of(start)
    assert text_of(start).index("tel:116") < text_of(start).index(f"/{language}/tell/")
    form = text_of(door.get(f"/{language}/tell/"))
    assert f'<html lang="{language}">' in form
    assert f'value="{send}"' in form
    assert county in form
    assert door.get(f"/{language}/back/").status_code == 200


def test_the_first_page_offers_every_language_of_the_country(kenya: None, door: Client) -> None:
    page = text_of(door.get("/"))
    assert 'href="/en/"' in page
    assert 'href="/sw/"' in page
    assert "Unaweza kutuambia hapa" in page
    assert 'href="tel:116"' in page


def test_a_country_with_one_language_has_one(tarrowmere: None, door: Client) -> None:
    assert 'href="/sw/"' not in text_of(door.get("/"))
    assert door.get("/sw/").status_code == 404
    start = text_of(door.get("/en/"))
    assert 'class="languages"' not in start
    assert 'href="tel:7070"' in start  # blanks are for reading, not for dialling
    assert "<title>Lantern</title>" in start


def test_telling_gives_a_number_and_sending_again_gives_the_same(kenya: None, door: Client) -> None:
    page = text_of(door.get("/en/tell/"))
    first = tell(door, token=token_in(page), category="asked_for_pictures", area="nairobi", in_danger="no")
    assert first.status_code == 200
    again = tell(door, token=token_in(page), category="asked_for_pictures", area="nairobi", in_danger="no")
    assert number_in(text_of(first)) == number_in(text_of(again))
    assert Submission.objects.count() == 1
    other = tell(door)
    assert number_in(text_of(other)) != number_in(text_of(first))
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("danger", ["yes", "no", ""])
def test_danger_now_puts_the_numbers_first(kenya: None, door: Client, danger: str) -> None:
    page = text_of(tell(door, in_danger=danger))
    assert 'href="tel:116"' in page
    assert (page.index("tel:116") < page.index('class="receipt"')) == (danger == "yes")


def test_errors_lead_to_the_field_and_nothing_typed_is_lost(kenya: None, door: Client) -> None:
    where = "example.org/room"
    answer = tell(
        door, narrative="", where_online=where, category="wants_to_meet", area="turkana", in_danger="no"
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'href="#id_narrative"' in page
    assert f'value="{where}"' in page
    for chosen in ('value="wants_to_meet"', 'value="no"'):
        assert re.search(rf"<input[^>]*{chosen}[^>]*checked", page)
    assert re.search(r'<option value="turkana" selected>', page)
    assert not Submission.objects.exists()


def test_words_come_back_escaped(kenya: None, door: Client) -> None:
    page = text_of(tell(door, area="no-such-place"))
    assert "game &lt;b&gt;&amp;amp; knows" in page
    assert "<b>&amp; knows" not in page


@pytest.mark.parametrize("token", ["", "forged", "dGVzdHRlc3R0ZXN0dGVzdA==:x"])
def test_a_forged_token_is_refused_kindly_and_the_next_try_succeeds(
    kenya: None, door: Client, token: str
) -> None:
    refused = door.post("/en/tell/", {"narrative": WORDS, "token": token})
    page = text_of(refused)
    assert refused.status_code == 422
    assert "Your words are still here" in page
    assert "Somebody follows me in a game" in page
    assert tell(door, token=token_in(page)).status_code == 200
    assert Submission.objects.count() == 1


def test_a_text_of_a_megabyte_is_answered_kindly(kenya: None, door: Client) -> None:
    answer = tell(door, narrative="é" * 500_000)
    assert answer.status_code == 422
    assert "é" * 500_000 in text_of(answer)


def test_what_is_larger_than_any_form_is_answered_in_both_languages(kenya: None, door: Client) -> None:
    door.get("/")
    answer = tell(door, narrative="x" * 3_000_000)
    assert answer.status_code == 400
    assert "We could not take this" in text_of(answer)
    assert "Hatukuweza kupokea" in text_of(answer)


def test_coming_back_shows_where_it_stands_and_the_answers(kenya: None, door: Client) -> None:
    number = number_in(text_of(tell(door, language="sw")))
    waiting = door.post("/sw/back/", {"number": number})
    assert "Tumepokea ripoti yako" in text_of(waiting)
    assert "Bado hakuna jibu" in text_of(waiting)

    acts.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="")
    report = Report.objects.get()
    for at, text in enumerate((ANSWER, "<i>Second</i>")):
        acts.tell(report.id, text, by=WORKER, now=now() + timedelta(minutes=at), keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
    page = text_of(door.post("/sw/back/", {"number": number.replace(" ", "-")}))
    assert "Tumekuandikia jibu" in page
    assert ANSWER in page
    assert page.index("&lt;i&gt;Second") < page.index(ANSWER)
    assert number not in page  # what lies open on a screen is enough; the number need not


def test_every_status_has_words_in_every_language(kenya: None) -> None:
    for words in web.LAST.fresh():
        assert all(words.status(status) for status in Status), words.language


def test_wrong_and_expired_numbers_look_alike_byte_for_byte(kenya: None, door: Client) -> None:
    receipt = submit(WORDS)
    right = door.post("/en/back/", {"number": receipt.shown})
    assert right.status_code == 200
    Mailbox.objects.update(expires_at=now() - timedelta(seconds=1))
    expired = door.post("/en/back/", {"number": receipt.shown})
    Mailbox.objects.update(look_up=b"another look-up id of 32 bytes..")
    wrong = door.post("/en/back/", {"number": receipt.shown})
    assert expired.status_code == wrong.status_code == 404
    assert expired.content == wrong.content
    assert dict(expired.headers) == dict(wrong.headers)


def test_wrong_and_expired_numbers_cost_the_same_derivation(
    kenya: None, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = submit(WORDS)
    derived: list[Receipt] = []

    def noted(number: Receipt, secret: bytes) -> MailboxKeys:
        derived.append(number)
        return mailbox_keys(number, secret)

    monkeypatch.setattr("mlinzi.intake.reads.mailbox_keys", noted)
    door.post("/en/back/", {"number": receipt.shown})
    Mailbox.objects.update(expires_at=now())
    door.post("/en/back/", {"number": receipt.shown})
    door.post("/en/back/", {"number": "0" * 16})
    assert len(derived) == 3


def test_what_is_no_number_is_said_and_kept(kenya: None, door: Client) -> None:
    answer = door.post("/en/back/", {"number": "12 34"})
    assert answer.status_code == 422
    assert 'value="12 34"' in text_of(answer)
    assert "sixteen digits" in text_of(answer)


def test_a_number_in_an_address_leads_nowhere(kenya: None, door: Client) -> None:
    receipt = submit(WORDS)
    asked = door.get("/en/back/", {"number": receipt.digits})
    assert asked.status_code == 200
    assert receipt.digits not in text_of(asked)
    assert "We have your report" not in text_of(asked)


PAGES = ["/", "/en/", "/sw/", "/en/tell/", "/sw/tell/", "/en/back/", "/sw/back/", "/nothing/", "/sw/nothing/"]


def every_answer(door: Client) -> "list[Answer]":
    """Each kind of answer of the public site."""
    asked = [door.get(address) for address in PAGES]
    told = tell(door)
    number = number_in(text_of(told))
    rest = [door.post("/en/back/", {"number": n}) for n in (number, "0" * 16, "")]
    return [*asked, told, *rest, tell(door, narrative=""), door.put("/en/tell/"), door.get("/health")]


def test_no_answer_sets_a_cookie_or_may_be_kept(kenya: None, door: Client) -> None:
    answers = every_answer(door)
    assert {a.status_code for a in answers} == {200, 404, 405, 422}
    for answer in answers:
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_no_page_has_a_script_or_asks_anybody_else(kenya: None, door: Client) -> None:
    for answer in every_answer(door):
        page = text_of(answer)
        assert "<script" not in page
        assert not re.search(r'\son\w+="', page)
        assert not re.search(r'\sstyle="', page)
        assert not re.search(r'(?:src|action)="(?:https?:)?//', page)
        leading_out = re.findall(r'href="(https?://[^"]+)"', page)
        assert set(leading_out) <= {"https://sw.wikipedia.org/wiki/Kenya"}


def test_every_page_has_the_quick_exit_and_a_title_that_tells_nothing(kenya: None, door: Client) -> None:
    for answer in every_answer(door)[:-1]:
        page = text_of(answer)
        exits = re.findall(r"<a [^>]*href=\"https://sw\.wikipedia\.org/wiki/Kenya\"[^>]*>", page)
        assert len(exits) == 1
        assert 'rel="nofollow noreferrer"' in exits[0]
        assert re.search(r"<title>(Help|Msaada)</title>", page)


def test_every_page_is_small(kenya: None, door: Client) -> None:
    sizes = {at: len(answer.content) for at, answer in enumerate(every_answer(door))}
    assert max(sizes.values()) <= 20_000, sizes


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/en/tell/"),
        ("delete", "/sw/back/"),
        ("post", "/en/"),
        ("post", "/"),
        ("options", "/en/tell/"),
    ],
)
def test_other_methods_are_refused_in_both_languages(
    kenya: None, door: Client, method: str, path: str
) -> None:
    door.get("/")
    answer = getattr(door, method)(path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "This page cannot do that" in text_of(answer)
    assert "Ukurasa huu hauwezi" in text_of(answer)
    assert door.head(path).status_code == 200


def test_a_receipt_and_a_refused_form_offer_no_way_that_would_lose_them(kenya: None, door: Client) -> None:
    assert 'href="/sw/tell/"' in text_of(door.get("/en/tell/"))
    assert 'href="/sw/tell/"' not in text_of(tell(door))
    assert 'href="/sw/tell/"' not in text_of(tell(door, narrative=""))


def test_a_demonstration_says_so_on_every_page(kenya: None, door: Client) -> None:
    mark = "Demonstration: invented data"
    assert mark not in text_of(door.get("/en/"))
    Deployment.objects.update(demonstration=True)
    for answer in every_answer(door)[:-1]:
        assert mark in text_of(answer) or "Maonyesho: taarifa za kubuni" in text_of(answer)


def test_tokens_are_never_the_same(kenya: None, door: Client) -> None:
    tokens = {token_in(text_of(door.get("/en/tell/"))) for _ in range(3)}
    assert len(tokens) == 3
    assert all(forms.read_token(token) for token in tokens)
