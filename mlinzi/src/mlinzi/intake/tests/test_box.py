"""The mailbox behind the number: read, reply, safe contact, stop. It opens for nobody else."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from mlinzi.intake import acts
from mlinzi.intake.models import Draft, Mailbox, Message, Report, Word
from mlinzi.intake.rules import MESSAGE_LIMIT, Receipt, Status
from mlinzi.intake.tests.clockwork import Clock
from mlinzi.intake.tests.test_acts import everything_in_the_database, open_all
from mlinzi.intake.tests.test_taking import details_of, take
from mlinzi.intake.tests.visitor import Visitor, field_in, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.tables import BlindTerm, Entry
from tests.world import WORKER, submit

pytestmark = pytest.mark.django_db
CANARY = "canary words of a later day"


def set_status(status: Status, *, at: datetime | None = None) -> None:
    acts.set_status(Report.objects.get().id, status, by=WORKER, now=at or now())


def test_reading_and_replying_goes_on_both_ways(visitor: Visitor) -> None:
    receipt = visitor.tell()
    open_all()
    acts.tell(Report.objects.get().id, "Are you safe at home?", by=WORKER, now=now(), keys=keyring())
    visitor.come_back(receipt)
    assert "Are you safe at home?" in visitor.box()
    assert visitor.say("Yes, <b>& at school</b>.").headers["Location"] == "/en/box/"
    page = visitor.box()
    assert "Yes, &lt;b&gt;&amp; at school" in page
    assert page.index("at school") < page.index("Are you safe at home?")  # the newest first
    assert take() == 1
    assert "at school" in visitor.box()  # also once the desk has it
    assert Entry.objects.filter(action="intake.word.send").count() == 1


def test_the_number_is_shown_once_more_on_the_first_return_only(visitor: Visitor) -> None:
    receipt = visitor.tell()
    visitor.come_back(receipt)
    first = visitor.box()
    assert receipt.shown in first
    assert "We show it this once more" in first
    assert receipt.shown not in visitor.box()
    other = Visitor(Client(raise_request_exception=False))
    other.come_back(receipt)
    assert receipt.shown not in other.box()
    assert receipt.digits.encode() not in everything_in_the_database()


def test_a_message_sent_twice_is_there_once_and_one_that_was_changed_is_another(visitor: Visitor) -> None:
    visitor.come_back(visitor.tell())
    once = field_in(visitor.box(), "once")
    for _ in range(3):
        assert visitor.say("One thing more.", once=once).status_code == 303
    assert Word.objects.count() == 1
    visitor.say("One thing more. He knows my school.", once=once)
    visitor.say("One thing more.")
    assert Word.objects.count() == 3
    assert field_in(visitor.box(), "once") != once


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MESSAGE_LIMIT + 1)])
def test_what_is_empty_or_too_long_is_said_and_stays(visitor: Visitor, text: str) -> None:
    visitor.come_back(visitor.tell())
    answer = visitor.say(text)
    assert answer.status_code == 422
    assert 'href="#id_text"' in text_of(answer)
    assert text.strip() in text_of(answer)
    assert not Word.objects.exists()


def test_words_that_came_too_late_are_shown_to_be_sent_again(visitor: Visitor) -> None:
    receipt = visitor.tell()
    visitor.come_back(receipt)
    visitor.box()
    once = field_in(visitor.box(), "once")
    Draft.objects.update(expires_at=now() - timedelta(seconds=1))
    late = visitor.post("box/", {"text": f"<i>{CANARY}", "once": once}, cookie="b")
    assert late.status_code == 422
    assert f"&lt;i&gt;{CANARY}" in text_of(late)
    assert 'name="number"' in text_of(late)
    assert not Word.objects.exists()
    visitor.come_back(receipt)
    visitor.say(CANARY)
    assert Word.objects.count() == 1


def test_a_forged_mark_writes_nothing_and_loses_nothing(visitor: Visitor) -> None:
    visitor.come_back(visitor.tell(channel="box"))
    count = Word.objects.count()
    refused = visitor.post("box/", {"text": CANARY, "once": "1", "mark": "forged"}, cookie="b")
    assert refused.status_code == 422
    assert CANARY in text_of(refused)
    contact = visitor.post("box/contact/", {"channel": "never", "say": CANARY, "mark": "x"}, cookie="b")
    assert contact.status_code == 422
    assert CANARY in text_of(contact)
    assert visitor.post("box/stop/", {"mark": ""}, cookie="b").status_code == 200
    assert Word.objects.count() == count


def test_safe_contact_is_shown_changed_and_taken_back(visitor: Visitor) -> None:
    receipt = visitor.tell(channel="sms", address="0700 000 001", say="homework")
    open_all()
    visitor.come_back(receipt)
    assert "Send me an SMS" in visitor.box()
    page = text_of(visitor.get("box/contact/"))
    assert 'value="0700 000 001"' in page
    assert re.search(r'<input[^>]*value="sms"[^>]*checked', page)
    needs = visitor.post("box/contact/", {"channel": "call", "once": "1"}, cookie="b")
    assert needs.status_code == 422
    assert 'href="#id_address"' in text_of(needs)

    changed = {"channel": "mail", "address": "zawadi@example.org", "once": field_in(page, "once")}
    assert visitor.post("box/contact/", changed, cookie="b").headers["Location"] == "/en/box/"
    assert "Send me an email" in visitor.box()
    take()
    report = Report.objects.get()
    assert (report.channel, details_of(report).address) == ("mail", "zawadi@example.org")

    visitor.post("box/contact/", {"skip": "1", "once": "2", **changed}, cookie="b")
    take()
    report.refresh_from_db()
    assert (report.channel, details_of(report).address) == ("", "")
    assert "zawadi" not in text_of(visitor.get("box/contact/"))


def test_stopping_is_explained_asked_once_and_leaves_the_way_back(visitor: Visitor) -> None:
    visitor.come_back(visitor.tell())
    asked = text_of(visitor.get("box/stop/"))
    assert "What was done already cannot be taken back" in asked
    once = {"once": field_in(asked, "once")}
    assert visitor.post("box/stop/", once, cookie="b").headers["Location"] == "/en/box/"
    page = visitor.box()
    assert "You asked us to stop." in page
    assert 'href="/en/box/stop/"' not in page
    visitor.post("box/stop/", once, cookie="b")  # a second click
    assert Word.objects.filter(kind="stop").count() == 1
    assert visitor.say("I want to go on after all.").status_code == 303
    again = field_in(text_of(visitor.get("box/stop/")), "once")
    visitor.post("box/stop/", {"once": again}, cookie="b")
    assert "You asked us to stop." in visitor.box(), "somebody may change their mind more than once"


def test_the_paper_is_there_once_the_worker_made_it_and_tells_nothing(visitor: Visitor) -> None:
    receipt = visitor.tell(CANARY)
    visitor.come_back(receipt)
    assert "It is not ready yet" in text_of(visitor.get("box/paper/"))
    assert 'href="/en/box/paper/"' not in visitor.box()
    open_all()
    assert 'href="/en/box/paper/"' in visitor.box()
    page = text_of(visitor.get("box/paper/"))
    paper = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert paper
    assert "A report was made on this day." in paper[1]
    for secret in (CANARY, receipt.shown, receipt.digits):
        assert secret not in page
    found = visitor.client.post("/sw/paper/", {"text": paper[1]})
    assert found.status_code == 200
    forged = visitor.client.post("/sw/paper/", {"text": paper[1].replace("20", "19", 1)})
    assert forged.status_code == 422


def test_what_lies_in_a_mailbox_cannot_be_read_in_the_database(visitor: Visitor) -> None:
    receipt = visitor.tell(CANARY, channel="sms", address="0700 canary")
    open_all()
    acts.tell(Report.objects.get().id, "canary answer", by=WORKER, now=now(), keys=keyring())
    visitor.come_back(receipt)
    visitor.say("canary reply")
    assert "canary reply" in visitor.box()
    stored = everything_in_the_database()
    for absent in ("canary", receipt.digits, receipt.shown, receipt.digits.encode().hex()):
        assert absent.encode() not in stored, absent
    assert bytes(Message.objects.get().sealed) in stored


def test_a_mailbox_ends_a_year_after_closure_and_then_looks_like_a_wrong_number(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    receipt = visitor.tell()
    open_all()
    clock.move(timedelta(days=900))
    assert visitor.come_back(receipt).status_code == 303  # while it is open it never ends
    set_status(Status.CLOSED, at=clock())
    clock.move(timedelta(days=364))
    assert visitor.come_back(receipt).status_code == 303
    visitor.box()
    clock.move(timedelta(days=1, seconds=1))
    gone, wrong = visitor.come_back(receipt), visitor.come_back(Receipt("0" * 16))
    assert gone.status_code == wrong.status_code == 404
    assert hidden(gone.content, receipt) == hidden(wrong.content, Receipt("0" * 16))
    assert {k: v for k, v in gone.headers.items() if k != "Content-Length"} == {
        k: v for k, v in wrong.headers.items() if k != "Content-Length"
    }
    set_status(Status.BEING_READ, at=clock())
    assert Mailbox.objects.get().expires_at is None
    assert visitor.come_back(receipt).status_code == 303  # opened again, it is back


def hidden(content: bytes, receipt: Receipt) -> bytes:
    """A page without the number that was typed."""
    return content.replace(receipt.shown.encode(), b"")


def test_a_mailbox_that_ends_during_a_visit_is_shut(visitor: Visitor) -> None:
    visitor.come_back(visitor.tell(channel="box"))
    visitor.box()
    Mailbox.objects.update(expires_at=now() - timedelta(seconds=1))
    for rest in ("box/", "box/contact/", "box/paper/"):
        assert visitor.get(rest).headers["Location"] == "/en/back/", rest
    count = Word.objects.count()
    late = visitor.post("box/", {"text": CANARY, "once": "1"}, cookie="b")
    assert CANARY in text_of(late)
    assert visitor.post("box/stop/", {}, cookie="b").headers["Location"] == "/en/back/"
    contact = visitor.post("box/contact/", {"channel": "never", "once": "1"}, cookie="b")
    assert contact.headers["Location"] == "/en/back/"
    assert Word.objects.count() == count


def test_a_clock_that_jumps_ends_a_visit_at_its_time(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    receipt = visitor.tell()
    visitor.come_back(receipt)
    for _ in range(3):  # each message begins its time anew; reading does not
        clock.move(timedelta(minutes=19))
        assert visitor.say("Still here.").status_code == 303
    clock.move(timedelta(minutes=21))
    assert visitor.get("box/").headers["Location"] == "/en/back/"
    clock.move(timedelta(days=-400))
    assert visitor.come_back(receipt).status_code == 303
    assert Word.objects.count() == 3


def test_the_way_to_a_mailbox_is_recorded_nowhere(visitor: Visitor) -> None:
    receipt = submit("Somebody follows me.")
    before = Entry.objects.count()
    visitor.come_back(receipt)
    visitor.box()
    visitor.get("box/contact/")
    assert Entry.objects.count() == before


def test_two_people_with_two_numbers_never_meet(visitor: Visitor) -> None:
    one, two = submit("First."), submit("Second.")
    other = Visitor(Client(raise_request_exception=False))
    visitor.come_back(one)
    other.come_back(two)
    visitor.say(CANARY)
    assert CANARY in visitor.box()
    assert CANARY not in other.box()
    Word.objects.update(mailbox=Mailbox.objects.exclude(words__isnull=False).get())
    assert CANARY not in text_of(other.get("box/"))  # a row that was moved opens for nobody


def test_a_code_for_a_helper_is_shown_once_and_stays_the_same_when_sent_again(visitor: Visitor) -> None:
    visitor.come_back(visitor.tell())
    once = field_in(visitor.get("box/code/").content.decode(), "once")
    shown = [visitor.post("box/code/", {"once": once}, cookie="b") for _ in range(2)]
    codes = [re.findall(r"M \d{4} \d{4}", text_of(answer)) for answer in shown]
    assert len(codes[0]) == 1
    assert codes[0] == codes[1]
    assert Word.objects.filter(kind="code").count() == 1
    assert codes[0][0] not in visitor.box(), "afterwards it stands nowhere"
    other = re.findall(r"M \d{4} \d{4}", text_of(visitor.post("box/code/", {"once": "x"}, cookie="b")))
    assert other != codes[0]
    assert codes[0][0].encode() not in everything_in_the_database()
    open_all()
    assert take() == 2
    assert BlindTerm.objects.filter(kind="code").count() == 2
    stranger = Visitor(Client())
    assert stranger.get("box/code/").headers["Location"] == "/en/back/"
