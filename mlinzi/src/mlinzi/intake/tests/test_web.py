"""The door's form, a question a page: in both languages, losing nothing, asking nothing twice."""

import re

import pytest
from django.test import Client

from mlinzi.intake import reads
from mlinzi.intake.models import Draft, Report, Submission
from mlinzi.intake.rules import Status
from mlinzi.intake.tests.test_acts import open_all
from mlinzi.intake.tests.test_taking import details_of
from mlinzi.intake.tests.visitor import CHILD, WORDS, Visitor, field_in, number_in, text_of
from mlinzi.intake.web import common
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.vault import acts as vault
from tests.tables import Deployment
from tests.world import WORKER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "safe", "send", "ask"),
    [
        ("en", "Are you safe now?", "Send", "How old are you, and where do you live?"),
        ("sw", "Je, uko salama sasa?", "Tuma", "Una miaka mingapi, na unaishi wapi?"),
    ],
)
def test_every_page_speaks_the_language_of_its_address(
    kenya: None, door: Client, language: str, safe: str, send: str, ask: str
) -> None:
    visitor = Visitor(door, language)
    start = visitor.get()
    assert (start.status_code, start.headers["Content-Language"]) == (200, language)
    assert safe in text_of(start)
    assert 'href="tel:116"' in text_of(start)
    assert text_of(start).index("tel:116") < text_of(start).index('name="safe"')
    visitor.write()
    form = text_of(visitor.get("r/you/"))
    assert f'<html lang="{language}">' in form
    assert ask in form
    assert "Mombasa" in form
    assert f">{send}</button>" in text_of(visitor.get("r/check/"))
    assert visitor.get("back/").status_code == 200


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


WAYS = {
    "me": ["about", "what", "story", "where", "since", "you", "contact"],
    "child": ["about", "danger", "what", "story", "where", "since", "child_you", "contact"],
    "online": ["about", "danger", "what", "story", "where", "since", "child_you", "contact"],
    "professional": ["about", "work", "danger", "what", "story", "where", "since", "child_you", "contact"],
    "own_thoughts": ["about", "own_thoughts", "own_story", "contact"],
}


@pytest.mark.parametrize("about", WAYS)
def test_everybody_has_a_way_of_their_own(kenya: None, door: Client, about: str) -> None:
    visitor = Visitor(door, "sw")
    assert visitor.walk({**CHILD, "about": about}) == WAYS[about]
    assert len(WAYS[about]) <= 9
    receipt = visitor.send()
    assert len(receipt.digits) == 16
    open_all()
    assert Report.objects.get().about == about


def test_whoever_is_not_safe_is_told_whom_to_call_before_anything_else(kenya: None, door: Client) -> None:
    visitor = Visitor(door)
    page = text_of(door.get(visitor.begin("no").headers["Location"]))
    assert 'href="tel:116"' in page
    assert "The nearest police station" in page
    asked = visitor.walk(CHILD, safe="no")
    assert asked == ["help_now", *WAYS["me"]]
    visitor.send()
    open_all()
    assert Report.objects.get().in_danger == "yes"


def test_own_worries_lead_to_the_support_line(visitor: Visitor) -> None:
    visitor.begin()
    visitor.post("r/about/", {"about": "own_thoughts"})
    page = text_of(visitor.get("r/own_thoughts/"))
    assert 'href="tel:1199"' in page
    assert "Nobody is reported for asking for help" in page


def test_a_report_carries_what_every_page_asked(kenya: None, door: Client) -> None:
    visitor = Visitor(door, "sw")
    visitor.walk(
        {**CHILD, "service": "Kijani Chat", "link": "https://chat.example/room", "account": "@mgeni_17",
         "since": "week", "age": "from_10", "channel": "sms", "address": "0700 000 001", "say": "homework",
         "hours": "morning"}
    )  # fmt: skip
    visitor.send()
    open_all()
    report = Report.objects.get()
    assert (report.language, report.door, report.in_danger) == ("sw", "web", "no")
    assert (report.about, report.age, report.since, report.channel) == ("me", "from_10", "week", "sms")
    assert report.category is not None
    assert report.category.pack_id == "asked_for_pictures"
    assert report.area is not None
    assert report.area.pack_id == "nairobi"
    story, where = (
        vault.open_for_work(t, by=WORKER, now=now(), keys=keyring()) for t in reads.sealed_texts(report)
    )
    assert story == WORDS
    assert where == "Kijani Chat\nhttps://chat.example/room\n@mgeni_17"
    told = details_of(report)
    assert (told.address, told.say, told.hours) == ("0700 000 001", "homework", "morning")


def test_a_question_that_was_passed_over_leaves_a_way_to_tell(visitor: Visitor) -> None:
    """Others depend on whom it is about: saying nothing there must not end where nothing can be told."""
    nothings: list[dict[str, str]] = [{}, {"skip": "1"}, {"about": ""}]
    for nothing in nothings:
        visitor.begin()
        visitor.post("r/about/", nothing)
        assert visitor.get("r/story/").status_code == 200
        visitor.post("r/story/", {"story": WORDS})
        visitor.confirm(visitor.send())
    assert Submission.objects.count() == 3


def test_an_answer_that_is_changed_opens_its_way_and_leaves_the_other(visitor: Visitor) -> None:
    visitor.walk({**CHILD, "age": "from_10"})
    changed = visitor.post("r/about/", {"about": "child"})
    assert changed.headers["Location"] == "/en/r/danger/"
    visitor.post("r/danger/", {"danger": "yes"})
    check = text_of(visitor.get("r/check/"))
    assert "How old is the child" in check
    assert "How old are you" not in check
    visitor.post("r/about/", {"about": "own_thoughts"})
    visitor.send()
    open_all()
    report = Report.objects.get()
    assert (report.about, report.in_danger, report.age, report.category) == ("own_thoughts", "no", "", None)


def test_check_your_answers_shows_each_and_leads_back_to_it(visitor: Visitor) -> None:
    asked = visitor.walk({**CHILD, "account": "<i>@mgeni</i>"})
    page = text_of(visitor.get("r/check/"))
    for id in asked:
        assert f'href="/en/r/{id}/"' in page
    assert "game &lt;b&gt;&amp;amp; knows" in page
    assert "&lt;i&gt;@mgeni" in page
    assert "Nairobi" in page
    story = text_of(visitor.get("r/story/"))
    assert "game &lt;b&gt;&amp;amp; knows" in story  # and there it can be changed
    assert 'href="/en/r/what/"' in story


def test_telling_gives_a_number_and_sending_again_gives_the_same(visitor: Visitor) -> None:
    visitor.walk(CHILD)
    first = visitor.send()
    assert visitor.send() == first
    assert visitor.shown() == first
    assert Submission.objects.count() == 1
    visitor.confirm(first)
    other = visitor.tell()
    assert other != first
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("safe", ["yes", "no", "unknown"])
def test_danger_now_puts_the_numbers_first(kenya: None, door: Client, safe: str) -> None:
    visitor = Visitor(door)
    visitor.walk(CHILD, safe=safe)
    visitor.send()
    page = text_of(visitor.get("r/number/"))
    start = page.index('class="receipt"')
    assert ("tel:116" in page[:start]) == (safe == "no")


def test_the_number_stays_until_somebody_shows_that_it_was_written_down(visitor: Visitor) -> None:
    visitor.write()
    receipt = visitor.send()
    for wrong in ("", "1", "0000" if receipt.end != "0000" else "1111"):
        refused = visitor.post("r/number/", {"number_end": wrong})
        assert refused.status_code == 422
        assert receipt.shown in text_of(refused)
        assert 'href="#id_number_end"' in text_of(refused)
    assert Draft.objects.count() == 1
    done = visitor.confirm(receipt)
    assert done.headers["Location"] == "/en/done/"
    assert not Draft.objects.exists()
    assert done.cookies["k"]["max-age"] == 0
    page = text_of(visitor.get("done/"))
    assert receipt.shown not in page
    assert "You have done well" in page
    assert receipt.shown not in text_of(visitor.get("r/number/"))


def test_errors_lead_to_the_field_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    visitor.write()
    answer = visitor.post("r/contact/", {"channel": "sms", "hours": "evening", "say": "<b>homework"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'href="#id_address"' in page
    assert 'value="&lt;b&gt;homework"' in page
    for chosen in ('value="sms"', 'value="evening"'):
        assert re.search(rf"<input[^>]*{chosen}[^>]*checked", page)
    page = text_of(visitor.post("r/you/", {"age": "no-such-age", "area": "turkana"}))
    assert re.search(r'<option value="turkana" selected>', page)
    empty = visitor.post("r/story/", {"story": " "})
    assert empty.status_code == 422
    assert 'href="#id_story"' in text_of(empty)
    assert not Submission.objects.exists()


def test_nothing_can_be_sent_before_something_was_told(visitor: Visitor) -> None:
    visitor.begin()
    for about, leads in (("", "about"), ("me", "story"), ("own_thoughts", "own_story")):
        if about:
            visitor.post("r/about/", {"about": about})
        page = text_of(visitor.get("r/check/"))
        assert f'class="button button-big" href="/en/r/{leads}/"' in page
        assert ">Send</button>" not in page
        assert visitor.post("r/check/", {}).status_code == 422
    assert not Submission.objects.exists()
    visitor.post("r/own_story/", {"story": WORDS})
    visitor.send()
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("page", ["story", "where"])
def test_words_come_back_escaped(visitor: Visitor, page: str) -> None:
    visitor.begin()
    name = "story" if page == "story" else "account"
    for typed in (WORDS + "x" * 20_000, WORDS):
        answer = visitor.post(f"r/{page}/", {name: typed, "mark": "forged"})
        assert answer.status_code == 422
        assert "game &lt;b&gt;&amp;amp; knows" in text_of(answer)
        assert "<b>&amp; knows" not in text_of(answer)


@pytest.mark.parametrize("mark", ["", "forged", "0" * 32, "é" * 32, "another draft's"])
def test_a_forged_mark_is_refused_kindly_and_the_next_try_succeeds(visitor: Visitor, mark: str) -> None:
    visitor.begin()
    visitor.post("r/about/", {"about": "me"})
    refused = visitor.post("r/story/", {"story": WORDS, "mark": mark})
    page = text_of(refused)
    assert refused.status_code == 422
    assert "Please send this once more" in page
    assert "Somebody follows me in a game" in page
    again = visitor.post("r/story/", {"story": WORDS, "mark": field_in(page, "mark")})
    assert again.status_code == 303
    held = visitor.post("r/check/", {"mark": mark})
    assert "Please send this once more" in text_of(held)
    assert not Submission.objects.exists()
    visitor.send()
    assert Submission.objects.count() == 1


def test_a_text_of_a_megabyte_is_answered_kindly(visitor: Visitor) -> None:
    visitor.begin()
    answer = visitor.post("r/story/", {"story": "é" * 300_000})
    assert answer.status_code == 422
    assert "é" * 300_000 in text_of(answer)


def test_what_is_larger_than_any_form_is_answered_in_both_languages(visitor: Visitor) -> None:
    visitor.begin()
    answer = visitor.post("r/story/", {"story": "x" * 3_000_000})
    assert answer.status_code == 400
    assert "We could not take this" in text_of(answer)
    assert "Hatukuweza kupokea" in text_of(answer)


def test_every_status_has_words_in_every_language(kenya: None) -> None:
    for words in common.LAST.fresh():
        assert all(words.status(status) for status in Status), words.language


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/en/r/story/"), ("delete", "/sw/back/"), ("post", "/"), ("options", "/en/"),
        ("post", "/en/traces/"), ("post", "/sw/done/"), ("patch", "/en/box/"), ("get", "/en/leave/"),
    ],
)  # fmt: skip
def test_other_methods_are_refused_in_both_languages(
    kenya: None, door: Client, method: str, path: str
) -> None:
    door.get("/")
    answer = getattr(door, method)(path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == ("POST" if path.endswith("/leave/") else answer.headers["Allow"])
    assert "This page cannot do that" in text_of(answer)
    assert "Ukurasa huu hauwezi" in text_of(answer)


def test_a_page_that_was_refused_offers_no_way_that_would_lose_it(visitor: Visitor) -> None:
    visitor.write()
    assert 'href="/sw/r/story/"' in text_of(visitor.get("r/story/"))
    refused = visitor.post("r/story/", {"story": "x" * 20_001})
    assert 'href="/sw/r/story/"' not in text_of(refused)


def test_the_language_may_change_on_the_way(visitor: Visitor) -> None:
    visitor.write()
    visitor.language = "sw"
    assert WORDS[:20] in text_of(visitor.get("r/story/"))
    visitor.post("r/since/", {"since": "today"})
    visitor.send()
    open_all()
    assert Report.objects.get().language == "sw"


def test_a_demonstration_says_so_on_every_page(visitor: Visitor) -> None:
    mark = re.compile("Demonstration: invented data|Maonyesho: taarifa za kubuni")
    assert not mark.search(text_of(visitor.get()))
    Deployment.objects.update(demonstration=True)
    common.LAST.forget()
    visitor.write()
    for rest in ("", "r/story/", "r/check/", "r/files/", "back/", "traces/", "paper/", "done/", "nothing/"):
        assert mark.search(text_of(visitor.get(rest))), rest
    assert mark.search(text_of(visitor.client.get("/")))


def test_no_two_drafts_have_a_mark_or_a_number_in_common(kenya: None, door: Client) -> None:
    seen = set()
    for _ in range(4):
        visitor = Visitor(Client(raise_request_exception=False))
        visitor.write()
        secret = visitor.secret()
        assert secret is not None
        assert field_in(text_of(visitor.get("r/story/")), "mark") == secret.mark
        seen |= {secret.text, secret.mark, number_in_draft(visitor)}
    assert len(seen) == 12


def number_in_draft(visitor: Visitor) -> str:
    visitor.send()
    return number_in(text_of(visitor.get("r/number/")))


def test_words_are_asked_of_the_database_every_few_seconds_only(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fresh = reads.door_words

    def noted() -> tuple[reads.DoorWords, ...]:
        asked.append("")
        return fresh()

    monkeypatch.setattr("mlinzi.intake.web.common.reads.door_words", noted)
    for _ in range(3):
        visitor.get()
    assert len(asked) == 1
    monkeypatch.setattr(common.LastWords, "LASTS", -1.0)
    visitor.get()
    assert len(asked) == 2
