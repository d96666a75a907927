"""A case opened in need: on record first, for an hour, to read only, judged by somebody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mlinzi.access.rules import Officer
from mlinzi.casework import acts, reads
from mlinzi.casework.models import Glass
from mlinzi.casework.rules import GLASS_LASTS, GlassReason
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.casework.tests.test_web import browser, page, send, text_of
from mlinzi.deadlines import acts as deadlines
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import AMINA, CHAO, WANJIKU
from tests.tables import Deadline, Entry, Letter
from tests.world import WORKER

NEEMA = "neema"  # Neema counsels at the helpline: a child calls her, whose case lies with the national desk.
WORDS = "The child calls me and says somebody is at the door."


def fresh(desk: Desk, who: str) -> Officer:
    return replace(desk.officer(who), factor_at=now())


def broken(desk: Desk, number: str, who: str = NEEMA) -> Glass:
    return acts.break_glass(
        number, GlassReason.CHILD_CALLS, WORDS, by=fresh(desk, who), now=now(), keys=keyring()
    )


def test_two_people_know_and_it_is_read_for_an_hour(live_desk: Desk) -> None:
    case = live_desk.taken()
    neema = fresh(live_desk, NEEMA)
    with pytest.raises(NotFound):
        acts.open_in_need(case.number, by=neema, now=now(), keys=keyring())
    glass = broken(live_desk, case.number)
    assert acts.open_in_need(case.number, by=neema, now=now(), keys=keyring()).reports[0].narrative == STORY
    assert Letter.objects.filter(about="glass").count() == 3  # both supervisors and Amina
    late = glass.broken_at + GLASS_LASTS
    with pytest.raises(NotFound):
        acts.open_in_need(case.number, by=neema, now=late, keys=keyring())
    opened = Entry.objects.filter(action="casework.case.open", purpose="break_glass")
    assert opened.count() == 1
    # To read, and nothing else: no act finds the case through her eyes.
    with pytest.raises(NotFound):
        acts.note(case.number, "x", form_key=b"k", by=neema, now=now(), keys=keyring())


def test_the_attempt_is_recorded_whatever_comes_of_it(live_desk: Desk) -> None:
    case = live_desk.taken()
    with pytest.raises(NotFound):
        broken(live_desk, "AAAA-BBBB")
    with pytest.raises(Refused, match="second factor"):
        acts.break_glass(
            case.number,
            GlassReason.CHILD_CALLS,
            WORDS,
            by=live_desk.officer(NEEMA),
            now=now() + timedelta(hours=1),
            keys=keyring(),
        )
    with pytest.raises(Refused, match="usual way"):
        broken(live_desk, case.number, WANJIKU)
    assert Entry.objects.filter(action="casework.glass.try").count() == 3
    assert not Glass.objects.exists()


def test_whoever_is_fenced_out_finds_no_case(live_desk: Desk) -> None:
    case = live_desk.taken()
    acts.declare_conflict(case.number, by=live_desk.officer(WANJIKU), now=now(), keys=keyring())
    with pytest.raises(NotFound):
        broken(live_desk, case.number, WANJIKU)


def test_somebody_else_judges_it_within_a_day(live_desk: Desk) -> None:
    case = live_desk.taken()
    glass = broken(live_desk, case.number)
    clock = Deadline.objects.get(kind="glass_review")
    assert clock.due_at - glass.broken_at == timedelta(hours=24)
    later = now() + timedelta(hours=25)
    deadlines.climb(by=WORKER, now=later)
    told = Letter.objects.count()
    assert acts.tell_escalations(by=WORKER, now=later, keys=keyring()) == 1
    assert Letter.objects.count() > told

    def judge(who: str, verdict: str, words: str = "") -> None:
        acts.review_glass(glass.id, verdict, words, by=live_desk.officer(who), now=now(), keys=keyring())

    for who in (NEEMA, AMINA):
        with pytest.raises(NotFound):
            judge(who, "justified")
    with pytest.raises(Refused, match="not justified"):
        judge(WANJIKU, "not_justified")
    judge(WANJIKU, "justified")
    with pytest.raises(Refused, match="already"):
        judge(WANJIKU, "justified")
    clock.refresh_from_db()
    assert clock.closed_at
    assert reads.glasses_waiting(by=live_desk.officer(WANJIKU)).rows == []


def test_by_clicks(live_desk: Desk) -> None:
    case = live_desk.taken()
    neema = browser(live_desk, NEEMA)
    assert page(neema, "case", case.number).status_code == 404
    wrong = send(neema, "break_glass", number="AAAA-BBBB", reason="child_calls", words=WORDS)
    assert wrong.status_code == 422
    assert "There is no such case" in text_of(wrong)
    assert WORDS in wrong.content.decode(), "nothing typed is lost"
    done = send(neema, "break_glass", number=case.number.lower(), reason="child_calls", words=WORDS)
    assert done.status_code == 302
    shown = text_of(page(neema, "in_need", case.number))
    assert STORY in shown
    assert "Opened in need" in shown
    assert page(neema, "case", case.number).status_code == 404
    wanjiku = browser(live_desk, WANJIKU)
    assert case.number in text_of(page(wanjiku, "glasses"))
    assert page(browser(live_desk, CHAO), "break_glass").status_code == 404
    assert page(browser(live_desk, CHAO), "in_need", case.number).status_code == 404
