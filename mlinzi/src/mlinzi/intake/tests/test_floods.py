"""Floods: text is always taken, files wait kindly, guesses slow down; nobody is blocked."""

import hashlib
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlinzi.directory import reads as directory
from mlinzi.intake import reads, rules
from mlinzi.intake.models import Attachment, Mailbox, Report, Submission
from mlinzi.intake.rules import Flood, Receipt, is_work_done, look_up_lasts, may_bring_files
from mlinzi.intake.rules.flood import WORK_BITS
from mlinzi.intake.tests.clockwork import Clock, at_once
from mlinzi.intake.tests.test_acts import open_all
from mlinzi.intake.tests.visitor import Visitor, number_in, text_of
from mlinzi.intake.web import common
from mlinzi.kernel.clock import now
from tests.world import make_country, submit

pytestmark = pytest.mark.django_db
FLOOD = Flood(per_minute=5, per_ten_minutes=20)


@pytest.mark.parametrize(
    ("minute", "ten", "on"),
    [(0, 0, False), (4, 19, False), (5, 5, True), (0, 20, True), (4, 20, True), (60, 300, True)],
)
def test_when_the_door_is_flooded(minute: int, ten: int, on: bool) -> None:
    assert FLOOD.is_on(minute, ten) is on


@pytest.mark.parametrize(
    ("flooded", "worked", "may"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_files_wait_in_a_flood_unless_somebodys_machine_has_worked(
    flooded: bool, worked: bool, may: bool
) -> None:
    assert may_bring_files(flooded=flooded, worked=worked) is may


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(0, 0.3), (59, 0.3), (60, 0.6), (299, 0.6), (300, 1.0), (1_499, 1.0), (1_500, 1.5), (10**9, 1.5)],
)
def test_a_look_up_takes_longer_the_more_is_guessed_and_never_for_ever(wrong: int, seconds: float) -> None:
    assert look_up_lasts(wrong) == timedelta(seconds=seconds)


def solved(puzzle: str) -> str:
    """What the small script does on a phone."""
    for at in count():
        digest = hashlib.sha256(f"{puzzle}|{at}".encode()).digest()
        if int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0:
            return str(at)
    raise AssertionError


def test_work_is_checked_for_this_very_draft() -> None:
    secret = rules.CookieSecret.fresh()
    work = solved(secret.puzzle)
    assert is_work_done(secret.puzzle, work)
    for wrong in ("", "0" * 21, f"{work}0", "x", "é"):
        assert not is_work_done(secret.puzzle, wrong)
    others = [rules.CookieSecret.fresh().puzzle for _ in range(50)]
    assert sum(is_work_done(puzzle, work) for puzzle in others) < 3


@pytest.fixture
def flooded(tarrowmere: None, door: Client) -> Visitor:
    """Somebody at the door of Tarrowmere, where five reports a minute are a flood."""
    for at in range(5):
        submit(f"A copy, number {at}")
    common.FLOOD.forget()
    return Visitor(door)


def bring(visitor: Visitor, rest: str = "r/files/") -> int:
    secret = visitor.secret("b" if rest.startswith("box") else "k")
    assert secret is not None
    file = SimpleUploadedFile("chat.png", b"x" * 100, "image/png")
    answer = visitor.client.post(visitor.at(rest), {"mark": secret.mark, "file": file})
    if answer.status_code == 422:
        page = text_of(answer)
        assert "Very many reports are coming in just now" in page
        assert "What you wrote is safe" in page
        assert 'type="file"' not in page
    return answer.status_code


def test_text_is_always_taken_and_files_wait_kindly(flooded: Visitor, door_folder: Path) -> None:
    flooded.write()
    assert 'type="file"' not in text_of(flooded.get("r/files/"))
    assert bring(flooded) == 422
    assert not [path for path in door_folder.rglob("*") if path.is_file()]
    receipt = flooded.send()
    flooded.confirm(receipt)
    assert Submission.objects.count() == 6
    open_all()
    newest = Report.objects.latest("received_at")
    assert newest.in_flood
    assert not newest.worked
    assert not Report.objects.earliest("received_at").in_flood
    flooded.come_back(receipt)  # words go on both ways, and a file waits here too
    assert flooded.say("One thing more.").status_code == 303
    assert bring(flooded, "box/files/") == 422
    Mailbox.objects.update(created_at=now() - timedelta(minutes=11))
    common.FLOOD.forget()
    assert bring(flooded, "box/files/") == 303  # when it is over, it is taken


def test_whoevers_machine_has_worked_may_bring_files_in_a_flood(flooded: Visitor, door_folder: Path) -> None:
    flooded.begin()
    flooded.post("r/about/", {"about": "me"})
    secret = flooded.secret()
    assert secret is not None
    page = text_of(flooded.get("r/story/"))
    assert f'data-puzzle="{secret.puzzle}" data-bits="{WORK_BITS}"' in page
    flooded.post("r/story/", {"story": "Somebody follows me.", "work": "17 and a lie"})
    assert bring(flooded) == 422
    flooded.post("r/story/", {"story": "Somebody follows me.", "work": solved(secret.puzzle)})
    assert bring(flooded) == 303
    flooded.send()
    open_all()
    newest = Report.objects.latest("received_at")
    assert newest.in_flood
    assert newest.worked
    assert Attachment.objects.count() == 1


def test_a_flood_is_counted_over_the_last_minutes_only(tarrowmere: None, door: Client) -> None:
    moment = now()
    for _ in range(5):
        submit("A copy", at=moment)
    assert reads.is_flooded(FLOOD, now=moment)
    assert not reads.is_flooded(FLOOD, now=moment + timedelta(seconds=61))
    assert not reads.is_flooded(FLOOD, now=moment - timedelta(days=1))  # a clock that was set back
    for at in range(15):
        submit(f"A copy {at}", at=moment - timedelta(minutes=9))
    assert reads.is_flooded(FLOOD, now=moment + timedelta(seconds=59))
    assert not reads.is_flooded(FLOOD, now=moment + timedelta(minutes=11))


def test_guesses_slow_everybody_down_alike_and_lock_nobody_out(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("mlinzi.intake.web.box.time.monotonic", lambda: 100.0)
    monkeypatch.setattr("mlinzi.intake.web.box.time.sleep", waited.append)
    receipt = submit("Somebody follows me.")
    for wrong in (0, 60, 300, 1_500, 20_000):
        common.GUESSES.forget()
        for _ in range(wrong):
            common.GUESSES.one_more()
        assert visitor.come_back(Receipt("0" * 16)).status_code == 404
        assert visitor.come_back(receipt).status_code == 303
    assert waited == pytest.approx([0.3, 0.3, 0.6, 0.6, 1.0, 1.0, 1.5, 1.5, 1.5, 1.5])
    assert reads.counted(reads.WRONG_NUMBER, directory.local_day(now())) == 5


def test_guesses_are_forgotten_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses, at = common.Guesses(), [0.0]
    monkeypatch.setattr("mlinzi.intake.web.common.time.monotonic", lambda: at[0])
    for _ in range(80):
        guesses.one_more()
    assert guesses.lately() == 80
    at[0] = 599.0
    assert guesses.lately() == 80
    at[0] = 601.0
    assert guesses.lately() == 0


@pytest.mark.django_db(transaction=True)
def test_forty_people_behind_one_address_at_once_all_get_through(door: Client) -> None:
    """A school's computer room: the same address, the same second, the same browser."""
    make_country("xx", demonstration=False)
    room = [
        Visitor(Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="the same"))
        for _ in range(40)
    ]
    for at, child in enumerate(room):
        child.write(f"Child {at} tells.")

    def send(child: Visitor) -> int:
        return child.post("r/check/", {}).status_code

    assert at_once([partial(send, child) for child in room]) == [303] * 40
    numbers = {number_in(text_of(child.get("r/number/"))) for child in room}
    assert len(numbers) == Submission.objects.count() == Mailbox.objects.count() == 40
    assert open_all() == 40


@pytest.mark.django_db(transaction=True)
def test_many_wrong_numbers_at_once_keep_nobody_from_their_mailbox(
    door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_country("xx", demonstration=False)
    monkeypatch.setattr("mlinzi.intake.web.box.look_up_lasts", lambda _wrong: timedelta(0))
    receipt = submit("Somebody follows me.")

    def look_up(number: Receipt) -> int:
        return Visitor(Client(raise_request_exception=False)).come_back(number).status_code

    wrong = [partial(look_up, Receipt(f"{at:016d}")) for at in range(11)]
    answers = at_once([*wrong, partial(look_up, receipt)])
    assert answers == [404] * 11 + [303]


def test_a_clock_that_jumps_makes_no_flood_that_stays(
    tarrowmere: None, door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    visitor = Visitor(door)
    clock.move(timedelta(days=3650))
    for _ in range(5):
        visitor.tell()
        door.cookies.clear()
    common.FLOOD.forget()
    visitor.write()
    assert 'type="file"' not in text_of(visitor.get("r/files/"))
    clock.move(timedelta(days=-3650))
    visitor.post("leave/", {})
    common.FLOOD.forget()
    visitor.write()
    assert 'type="file"' in text_of(visitor.get("r/files/"))
