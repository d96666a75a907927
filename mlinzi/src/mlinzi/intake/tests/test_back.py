"""Coming back with the number: wrong and expired look alike, in bytes and in time."""

from datetime import timedelta

import pytest

from mlinzi.intake import acts, reads
from mlinzi.intake.models import Draft, Mailbox, Report
from mlinzi.intake.rules import DraftKind, MailboxKeys, Receipt, Status, mailbox_keys
from mlinzi.intake.tests.test_acts import open_all
from mlinzi.intake.tests.visitor import WORDS, Visitor, text_of
from mlinzi.intake.web import box
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.world import WORKER, submit

pytestmark = pytest.mark.django_db
ANSWER = "Thank you.\nYou did right."


def test_coming_back_shows_where_it_stands_and_the_answers(visitor: Visitor) -> None:
    visitor.language = "sw"
    receipt = visitor.tell()
    assert visitor.come_back(receipt).headers["Location"] == "/sw/box/"
    waiting = visitor.box()
    assert "Tumepokea ripoti yako" in waiting
    assert "Bado hakuna jibu" in waiting

    open_all()
    report = Report.objects.get()
    for at, text in enumerate((ANSWER, "<i>Second</i>")):
        acts.tell(report.id, text, by=WORKER, now=now() + timedelta(minutes=at), keys=keyring())
    acts.set_status(report.id, Status.ANSWERED, by=WORKER, now=now())
    again = visitor.client.post("/sw/back/", {"number": receipt.shown.replace(" ", "-")})
    assert again.status_code == 303
    page = visitor.box()
    assert "Tumekuandikia jibu" in page
    assert ANSWER in page
    assert page.index("&lt;i&gt;Second") < page.index(ANSWER)
    assert receipt.shown not in page  # what lies open on a screen is enough; the number need not


def test_wrong_and_expired_numbers_look_alike_byte_for_byte(visitor: Visitor) -> None:
    receipt = submit(WORDS)
    right = visitor.come_back(receipt)
    assert right.status_code == 303
    Mailbox.objects.update(expires_at=now() - timedelta(seconds=1))
    expired = visitor.come_back(receipt)
    Mailbox.objects.update(look_up=b"another look-up id of 32 bytes..")
    wrong = visitor.come_back(receipt)
    assert expired.status_code == wrong.status_code == 404
    assert expired.content == wrong.content
    assert dict(expired.headers) == dict(wrong.headers)
    assert not expired.cookies
    assert not wrong.cookies


def test_right_wrong_and_expired_numbers_cost_the_same_derivation_and_the_same_patience(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = submit(WORDS)
    derived: list[Receipt] = []
    waited: list[float] = []

    def noted(number: Receipt, secret: bytes) -> MailboxKeys:
        derived.append(number)
        return mailbox_keys(number, secret)

    monkeypatch.setattr("mlinzi.intake.acts.visits.mailbox_keys", noted)
    monkeypatch.setattr("mlinzi.intake.web.box.time.monotonic", lambda: 100.0)
    monkeypatch.setattr("mlinzi.intake.web.box.time.sleep", waited.append)
    visitor.come_back(receipt)
    Mailbox.objects.update(expires_at=now())
    visitor.come_back(receipt)
    visitor.come_back(Receipt("0" * 16))
    assert len(derived) == 3
    assert len(waited) == 3
    assert waited == pytest.approx([0.3] * 3)


def test_what_is_no_number_is_said_and_kept_and_costs_nothing(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("mlinzi.intake.acts.visits.mailbox_keys")
    for typed in ("12 34", "0712 345 678", "<b>1234"):
        answer = visitor.post("back/", {"number": typed})
        assert answer.status_code == 422
        assert "sixteen digits" in text_of(answer)
        assert "<b>1234" not in text_of(answer)
    assert 'value="12 34"' in text_of(visitor.post("back/", {"number": "12 34"}))


def test_a_number_in_an_address_leads_nowhere(visitor: Visitor) -> None:
    receipt = submit(WORDS)
    asked = visitor.client.get("/en/back/", {"number": receipt.digits})
    assert asked.status_code == 200
    assert receipt.digits not in text_of(asked)
    assert not Draft.objects.exists()


def test_more_look_ups_at_once_than_we_can_do_are_asked_to_wait_and_the_number_stays(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = submit(WORDS)
    held = [box.SEATS.acquire(blocking=False) for _ in range(16)]
    try:
        assert all(held)
        busy = visitor.come_back(receipt)
        assert busy.status_code == 503
        assert f'value="{receipt.shown}"' in text_of(busy)
        assert "Very many people are here" in text_of(busy)
    finally:
        for _ in held:
            box.SEATS.release()
    assert visitor.come_back(receipt).status_code == 303


def test_a_fault_in_a_look_up_takes_no_place_away(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = submit(WORDS)
    with monkeypatch.context() as broken:
        broken.delattr("mlinzi.intake.acts.visits.mailbox_keys")
        for _ in range(6):
            assert visitor.come_back(receipt).status_code == 500
    assert visitor.come_back(receipt).status_code == 303


def test_a_visit_ends_after_a_while_and_when_it_is_closed(visitor: Visitor) -> None:
    receipt = submit(WORDS)
    visitor.come_back(receipt)
    secret = visitor.secret("b")
    assert reads.draft_of(secret, DraftKind.VISIT, now=now() + timedelta(minutes=19)) is not None
    assert reads.draft_of(secret, DraftKind.VISIT, now=now() + timedelta(minutes=21)) is None
    assert visitor.post("leave/", {"to": "start"}).headers["Location"] == "/en/"
    assert not Draft.objects.exists()
    for rest in ("box/", "box/files/", "box/contact/", "box/stop/", "box/paper/"):
        assert visitor.get(rest).headers["Location"] == "/en/back/", rest


def test_a_number_that_was_not_confirmed_is_offered_once_more(visitor: Visitor) -> None:
    assert "Show my number once more" not in text_of(visitor.get("back/"))
    visitor.write()
    receipt = visitor.send()
    for rest in ("back/", ""):
        assert "Show my number once more" in text_of(visitor.get(rest))
    assert visitor.shown() == receipt
