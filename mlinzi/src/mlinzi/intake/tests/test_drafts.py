"""A draft opens with its cookie only; whatever is sent twice, late or from two tabs makes one report."""

import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from mlinzi.intake import acts
from mlinzi.intake.models import Draft, Mailbox, Report, Submission
from mlinzi.intake.rules import CookieSecret
from mlinzi.intake.tests.clockwork import Clock, at_once
from mlinzi.intake.tests.test_acts import everything_in_the_database, open_all
from mlinzi.intake.tests.visitor import WORDS, Visitor, field_in, number_in, text_of
from mlinzi.kernel.clock import now
from mlinzi.vault import acts as vault
from tests.world import WORKER, make_country

pytestmark = pytest.mark.django_db
CANARY = "canary words of a draft"


def held(visitor: Visitor) -> CookieSecret:
    secret = visitor.secret()
    assert secret is not None
    return secret


def row_of(visitor: Visitor) -> Draft:
    return Draft.objects.get(look_up=held(visitor).look_up)


def another(visitor: Visitor) -> Visitor:
    """Another browser."""
    return Visitor(Client(raise_request_exception=False), visitor.language)


def test_the_database_holds_no_word_of_a_draft_and_nothing_that_opens_it(visitor: Visitor) -> None:
    visitor.write(CANARY, account="canary_account")
    visitor.get("r/check/")
    assert CANARY in text_of(visitor.get("r/story/"))
    stored = everything_in_the_database()
    assert held(visitor).look_up in stored  # the sweep does see what is there
    secret = held(visitor)
    for absent in (CANARY.encode(), b"canary_account", secret.raw, secret.text.encode(), secret.key):
        assert absent not in stored
    assert b"asked_for_pictures" in stored


def test_a_row_that_was_copied_or_moved_opens_for_nobody_else(visitor: Visitor) -> None:
    visitor.write(CANARY)
    thief = another(visitor)
    thief.begin()
    mine = row_of(visitor)
    Draft.objects.filter(look_up=held(thief).look_up).update(sealed=bytes(mine.sealed))
    for rest in ("", "r/story/", "r/check/", "r/number/", "r/files/", "back/", "box/"):
        assert CANARY not in text_of(thief.get(rest)), rest
    Draft.objects.filter(look_up=held(thief).look_up).delete()
    Draft.objects.filter(pk=mine.pk).update(look_up=held(thief).look_up)
    assert thief.get("r/story/").headers["Location"] == "/en/"
    assert thief.post("r/check/", {}).status_code == 404
    Draft.objects.filter(pk=mine.pk).update(look_up=held(visitor).look_up)
    assert CANARY in text_of(visitor.get("r/story/"))  # and it is whole


def test_a_draft_is_no_visit_and_a_visit_no_draft(visitor: Visitor) -> None:
    visitor.write(CANARY)
    visitor.client.cookies["b"] = held(visitor).text
    assert visitor.get("box/").headers["Location"] == "/en/back/"
    other = another(visitor)
    receipt = other.tell()
    other.come_back(receipt)
    other.client.cookies["k"] = other.client.cookies["b"].value
    assert other.get("r/story/").headers["Location"] == "/en/"
    assert other.post("r/check/", {}).status_code == 404
    assert Submission.objects.count() == 1


def wrong_cookies(true: str) -> dict[str, str]:
    swapped = true[:-1] + ("A" if true[-1] != "A" else "B")
    return {
        "none": "", "random": CookieSecret(os.urandom(32)).text, "cut": true[:-1], "longer": true + "A",
        "other spelling": swapped, "padded": true + "=", "with blanks": f" {true}", "a word": "forged",
        "other letters": "é" * 43, "nothing but zeros": "A" * 43, "quoted": f'"{true}x"', "long": "A" * 5_000,
    }  # fmt: skip


def test_a_wrong_cookie_shows_nothing_and_begins_anew(visitor: Visitor) -> None:
    visitor.write(CANARY)
    true = held(visitor).text
    for name, value in wrong_cookies(true).items():
        thief = another(visitor)
        thief.client.cookies["k"] = value
        for rest in ("", "r/story/", "r/check/", "r/number/", "r/files/", "back/"):
            page = thief.get(rest)
            assert page.status_code in (200, 303), name
            assert CANARY not in text_of(page), name
        assert thief.post("r/check/", {}).status_code == 404, name
        assert thief.begin().status_code == 303
        assert thief.client.cookies["k"].value not in (value, true), name  # what was planted begins nothing
    assert CANARY in text_of(visitor.get("r/story/"))


def test_a_cookie_that_is_replayed_after_its_draft_ended_shows_nothing(visitor: Visitor) -> None:
    visitor.write(CANARY)
    true = held(visitor).text
    visitor.post("leave/", {})
    visitor.client.cookies["k"] = true
    assert visitor.get("r/story/").headers["Location"] == "/en/"
    assert visitor.post("r/check/", {}).status_code == 404

    visitor.write(CANARY)
    true = held(visitor).text
    receipt = visitor.send()
    visitor.confirm(receipt)
    visitor.client.cookies["k"] = true
    for rest in ("r/check/", "r/number/", "r/story/", ""):
        page = text_of(visitor.get(rest))
        assert receipt.shown not in page
        assert CANARY not in page
    assert visitor.post("r/check/", {}).status_code == 404
    assert Submission.objects.count() == 1


def test_two_tabs_work_on_one_draft_each_with_its_own_page(visitor: Visitor) -> None:
    visitor.begin()
    visitor.post("r/about/", {"about": "me"})
    first, second = (text_of(visitor.get(rest)) for rest in ("r/where/", "r/story/"))
    asked = visitor.client.post("/en/", {"safe": "yes"})  # the first page, in a third tab
    assert "Something was begun here" in text_of(asked)
    assert Draft.objects.count() == 1
    visitor.client.post("/en/r/story/", {"mark": field_in(second, "mark"), "story": CANARY})
    visitor.client.post("/en/r/where/", {"mark": field_in(first, "mark"), "service": "Kijani"})
    page = text_of(visitor.get("r/check/"))
    assert CANARY in page
    assert "Kijani" in page
    visitor.send()
    late = visitor.client.post("/en/r/story/", {"mark": field_in(second, "mark"), "story": "Too late"})
    assert late.headers["Location"] == "/en/r/number/"
    for rest in ("r/story/", "r/check/", "r/files/"):
        assert visitor.get(rest).headers["Location"] == "/en/r/number/"
    asked = visitor.client.post("/en/", {"safe": "yes"})
    assert "Somebody sent something from here" in text_of(asked)
    assert Submission.objects.count() == 1


def test_double_click_retry_and_sending_again_give_the_same_number(visitor: Visitor) -> None:
    visitor.write()
    mark = field_in(text_of(visitor.get("r/check/")), "mark")
    for _ in range(3):
        answer = visitor.client.post("/en/r/check/", {"mark": mark})
        assert answer.headers["Location"] == "/en/r/number/"
    receipt = visitor.shown()
    visitor.client.post("/en/r/check/", {"mark": mark})
    assert visitor.shown() == receipt
    assert (Submission.objects.count(), Mailbox.objects.count()) == (1, 1)


def test_the_number_that_belongs_to_a_check_page_is_the_one_that_is_sent(visitor: Visitor) -> None:
    from mlinzi.intake import reads
    from mlinzi.intake.rules import DraftKind

    visitor.write()
    visitor.get("r/check/")
    draft = reads.draft_of(visitor.secret(), DraftKind.REPORT, now=now())
    assert draft is not None
    assert draft.receipt
    visitor.get("r/check/")
    assert visitor.send().digits == draft.receipt


@pytest.mark.django_db(transaction=True)
def test_eight_that_press_send_at_once_make_one_report(door: Client) -> None:
    make_country("ke", demonstration=False)
    for seen in (True, False):  # the number was made with the check page, or is made by whoever is first
        visitor = Visitor(door)
        visitor.write()
        secret = held(visitor)
        if seen:
            visitor.get("r/check/")

        def press(text: str = secret.text, mark: str = secret.mark) -> str:
            tab = Visitor(Client(raise_request_exception=False))
            tab.client.cookies["k"] = text
            sent = tab.client.post("/en/r/check/", {"mark": mark})
            assert sent.status_code == 303, text_of(sent)
            return number_in(text_of(tab.get("r/number/")))

        assert len(set(at_once([press] * 8))) == 1
        door.cookies.clear()
    assert (Submission.objects.count(), Mailbox.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_tabs_that_answer_at_once_lose_no_answer(door: Client) -> None:
    make_country("ke", demonstration=False)
    visitor = Visitor(door)
    visitor.write()
    secret = held(visitor)
    told = {"where": ("service", "Kijani"), "since": ("since", "week"), "you": ("age", "from_10"),
            "what": ("category", "asked_for_pictures"), "contact": ("say", "homework")}  # fmt: skip

    def answer(page: str) -> int:
        tab = Client(raise_request_exception=False)
        tab.cookies["k"] = secret.text
        name, text = told[page]
        return tab.post(f"/en/r/{page}/", {"mark": secret.mark, name: text}).status_code

    assert at_once([partial(answer, page) for page in told]) == [303] * len(told)
    page = text_of(visitor.get("r/check/"))
    for words in ("Kijani", "In the last seven days", "10 to 12", "homework"):
        assert words in page


def test_a_lost_answer_at_the_last_page_shows_the_same_number(visitor: Visitor) -> None:
    """The phone lost its network between sending and the answer, or its battery was empty."""
    visitor.write()
    visitor.post("r/check/", {})  # the answer never arrives
    for rest in ("r/check/", "r/story/"):
        assert visitor.get(rest).headers["Location"] == "/en/r/number/"
    receipt = visitor.shown()
    assert visitor.send() == receipt
    visitor.come_back(receipt)
    assert "We have your report" in visitor.box()
    assert Submission.objects.count() == 1


def test_what_was_typed_survives_a_draft_that_ran_out(visitor: Visitor) -> None:
    visitor.write("the older words")
    Draft.objects.update(expires_at=now() - timedelta(seconds=1))
    late = visitor.post("r/story/", {"story": WORDS})
    page = text_of(late)
    assert late.status_code == 422
    assert "what you wrote before is gone" in page
    assert "game &lt;b&gt;&amp;amp; knows" in page
    assert late.cookies["k"].value
    again = visitor.client.post("/en/r/story/", {"mark": field_in(page, "mark"), "story": WORDS})
    assert again.status_code == 303
    assert "story" not in visitor.client.get(again.headers["Location"]).headers.get("Location", "")
    assert visitor.client.get(again.headers["Location"]).status_code == 200
    visitor.post("r/about/", {"about": "me"})
    visitor.send()
    open_all()
    assert Report.objects.get().in_danger == "unknown"


def test_a_page_without_a_draft_leads_to_the_beginning_or_says_what_became_of_it(visitor: Visitor) -> None:
    for rest in ("r/story/", "r/about/", "r/files/"):
        assert visitor.get(rest).headers["Location"] == "/en/"
    for rest in ("r/check/", "r/number/"):
        page = text_of(visitor.get(rest))
        assert "nothing was sent" in page
        assert 'href="/en/back/"' in page
    assert visitor.get("r/safe/").status_code == visitor.get("r/no-such-page/").status_code == 404
    visitor.begin()
    assert visitor.get("r/number/").headers["Location"] == "/en/r/about/"
    assert visitor.get("r/work/").headers["Location"] == "/en/r/about/"  # not on this way


def test_the_quick_exit_in_the_middle_leaves_nothing(
    visitor: Visitor, door_folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = everything_in_the_database()
    visitor.write(CANARY)
    visitor.get("r/check/")
    file = SimpleUploadedFile("chat.png", b"canary file" * 1000, "image/png")
    assert visitor.client.post("/en/r/files/", {"mark": held(visitor).mark, "file": file}).status_code == 303
    assert [path for path in door_folder.rglob("*") if path.is_file()]
    with django_capture_on_commit_callbacks(execute=True):
        gone = visitor.post("leave/", {})
    assert gone.status_code == 303
    assert everything_in_the_database() == before
    assert not [path for path in door_folder.rglob("*") if path.is_file()]
    assert not visitor.secret()
    assert visitor.get("r/story/").headers["Location"] == "/en/"


def test_leaving_after_sending_keeps_the_report_and_its_files(
    visitor: Visitor, door_folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    visitor.write()
    file = SimpleUploadedFile("chat.png", b"x" * 1000, "image/png")
    visitor.client.post("/en/r/files/", {"mark": held(visitor).mark, "file": file})
    visitor.send()
    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("leave/", {})
    assert not Draft.objects.exists()
    assert Submission.objects.get().attachments.count() == 1
    assert len([path for path in door_folder.rglob("*") if path.is_file()]) == 1


def test_what_ran_out_is_deleted_by_the_worker_and_nothing_else_is(visitor: Visitor) -> None:
    visitor.write()
    other = another(visitor)
    other.write()
    Draft.objects.filter(pk=row_of(other).pk).update(expires_at=now() - timedelta(seconds=1))
    assert acts.sweep(now=now()) == 1
    assert CANARY not in text_of(visitor.get("r/story/"))
    assert visitor.get("r/story/").status_code == 200
    assert other.get("r/story/").status_code == 303


def test_a_clock_that_jumps_ends_a_draft_at_its_time_and_revives_none_that_was_deleted(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    visitor.write(CANARY)
    clock.move(timedelta(minutes=119))
    assert CANARY in text_of(visitor.get("r/story/"))
    visitor.post("r/where/", {"service": "Kijani"})  # each page that is kept begins its time anew
    clock.move(timedelta(minutes=119))
    assert CANARY in text_of(visitor.get("r/story/"))
    clock.move(timedelta(minutes=2))
    assert visitor.get("r/story/").headers["Location"] == "/en/"
    clock.move(timedelta(days=-1))  # set right again before anything was deleted: nothing is lost
    assert CANARY in text_of(visitor.get("r/story/"))
    receipt = visitor.send()
    clock.move(timedelta(hours=23))
    assert visitor.shown() == receipt
    assert acts.sweep(now=clock()) == 0
    clock.move(timedelta(hours=2))
    assert acts.sweep(now=clock()) == 1
    clock.move(timedelta(days=-30))
    assert receipt.shown not in text_of(visitor.get("r/number/"))
    assert visitor.come_back(receipt).status_code == 303  # the mailbox knows no such time
    assert Submission.objects.count() == 1


def test_a_cookie_secret_is_one_of_ours_or_none_at_all() -> None:
    secret = CookieSecret.fresh()
    assert CookieSecret.read(secret.text) == secret
    for name, value in wrong_cookies(secret.text).items():
        assert CookieSecret.read(value) != secret, name
    assert len({secret.look_up, secret.key, bytes.fromhex(secret.mark), bytes.fromhex(secret.puzzle)}) == 4
    assert secret.has_mark(secret.mark)
    assert not secret.has_mark("")
    assert secret.text not in repr(secret)


def test_only_the_bearer_opens_what_lies_in_a_draft(visitor: Visitor) -> None:
    from kinga import envelope
    from mlinzi.kernel.keyring import keyring
    from mlinzi.vault.rules import SealedText

    visitor.write(CANARY)
    row = row_of(visitor)
    thing = SealedText("intake.draft", str(row.id), "all", bytes(row.sealed))
    assert CANARY in vault.open_for_bearer(thing, key=held(visitor).key)
    with pytest.raises(envelope.EnvelopeError):
        vault.open_for_bearer(thing, key=os.urandom(32))
    with pytest.raises(envelope.EnvelopeError):  # nor with every key of the house
        vault.open_for_work(thing, by=WORKER, now=now(), keys=keyring())
