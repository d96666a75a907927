"""What somebody promised for a day rings when the day is over: a look at the plan, a task, help."""

import os
from datetime import date, timedelta

import pytest

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.rules import Outcome
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_escalations import climb
from mlinzi.casework.tests.test_web import browser, page, send, text_of
from mlinzi.deadlines import reads as deadlines
from mlinzi.directory import reads as directory
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Deadline

DAY = timedelta(days=1)


def today() -> date:
    return directory.local_day(now())


def review(case: Case, next_on: date | None, who: str = AMINA, *, desk: Desk, days: int = 0) -> None:
    key, at = os.urandom(16), now() + days * DAY
    officer = desk.officer(who)
    acts.review_plan(case.number, "It goes on.", next_on, form_key=key, by=officer, now=at, keys=keyring())


def running(kind: str) -> list[Deadline]:
    return list(Deadline.objects.filter(kind=kind, closed_at=None))


def seen_late(desk: Desk, who: str, days: int) -> list[tuple[str, str, str]]:
    rows = reads.board(by=desk.officer(who), now=now() + days * DAY).rows
    return [(line.kind, line.number, line.link) for line in rows]


def test_a_plan_that_nobody_looks_at_again_rings_at_whoever_has_the_case(desk: Desk) -> None:
    case = desk.taken(category="wants_to_meet")
    review(case, today() + 3 * DAY, desk=desk)
    [clock] = running("plan_review")
    assert directory.local_day(clock.due_at) == today() + 4 * DAY, "at its midnight"
    assert climb(desk, 24 * 4.5) == ["amina"], "reminded"
    assert climb(desk, 24 * 4.5) == ["amina"], "overdue"
    assert seen_late(desk, WANJIKU, 5) == [("plan_review", case.number, "case")]

    review(case, None, desk=desk, days=5)
    assert running("plan_review") == []
    assert [late.kind for late in reads.lates_to_explain(by=desk.officer(AMINA))] == ["plan_review"]


def test_the_next_look_replaces_the_one_before_and_a_day_that_is_over_is_refused(desk: Desk) -> None:
    case = desk.taken()
    review(case, today() + DAY, desk=desk)
    review(case, today() + 9 * DAY, desk=desk)
    assert len(running("plan_review")) == 1
    assert reads.lates_to_explain(by=desk.officer(AMINA)) == []
    with pytest.raises(Refused, match="is over"):
        review(case, today() - DAY, desk=desk)
    assert len(running("plan_review")) == 1


def test_the_clock_follows_the_case_and_ends_with_it(desk: Desk) -> None:
    case = desk.taken()
    review(case, today() + DAY, desk=desk)
    acts.assign(
        case.number, desk.officer(OTIENO).id, by=desk.officer(AMINA), now=now(), keys=keyring(),
        handed_over=True,
    )  # fmt: skip
    assert [clock.assignee for clock in running("plan_review")] == [desk.officer(OTIENO).id]
    desk.may_close(case, OTIENO)
    acts.close(case.number, Outcome.HELPED, by=desk.officer(OTIENO), now=now())
    assert running("plan_review") == []
    assert climb(desk, 24 * 30) == []


def test_a_task_that_is_not_done_rings_at_whoever_was_given_it(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    otieno = desk.officer(OTIENO)
    acts.give_task(
        case.number, "Call the school", otieno.id, today() + DAY, form_key=b"t", by=amina, now=now(),
        keys=keyring(),
    )  # fmt: skip
    told = climb(desk, 24 * 6)
    assert told == ["otieno"], "the reminder; whoever has the case is not the one who has to do it"
    climb(desk, 24 * 6)
    assert ("task", case.number, "case") in seen_late(desk, WANJIKU, 6)
    assert seen_late(desk, CHAO, 6) == []
    [task] = case.tasks.all()
    acts.end_task(case.number, task.id, by=amina, now=now() + 6 * DAY)
    assert running("task") == []
    acts.end_task(case.number, task.id, by=amina, now=now() + 6 * DAY)
    assert [late.kind for late in reads.lates_to_explain(by=amina)] == ["task"], "once"


def test_the_board_keeps_a_task_from_whoever_is_fenced_out(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    due, key = today() + DAY, os.urandom(16)
    acts.give_task(case.number, "Visit", amina.id, due, form_key=key, by=amina, now=now(), keys=keyring())
    assert [kind for kind, _, _ in seen_late(desk, WANJIKU, 6)] == ["task"]
    acts.declare_conflict(case.number, by=desk.officer(WANJIKU), now=now(), keys=keyring())
    assert seen_late(desk, WANJIKU, 6) == []


def test_help_that_was_promised_and_does_not_come_rings(desk: Desk) -> None:
    case = desk.taken(category="wants_to_meet")
    referral = desk.accepted(case)
    assert len(running("help")) == 1
    assert climb(desk, 24 * 4.1) == ["achieng"]
    assert climb(desk, 24 * 5.1) == ["achieng"]
    assert ("help", referral.number, "referral") in seen_late(desk, WANJIKU, 6)
    acts.done(referral.number, "It is done.", by=desk.officer(ACHIENG), now=now(), keys=keyring())
    assert running("help") == []


@pytest.mark.parametrize("end", ["done", "revoke"])
def test_help_goes_on_until_a_day_and_the_case_says_so(desk: Desk, end: str) -> None:
    case = desk.taken()
    referral, achieng = desk.accepted(case), desk.officer(ACHIENG)
    until = today() + 20 * DAY
    acts.go_on(referral.number, until, "long", by=achieng, now=now())
    assert (len(running("help")), len(running("help_again"))) == (0, 1)
    assert running("help_again")[0].due_at > now() + 19 * DAY
    shown = text_of(page(browser(desk, AMINA), "case", case.number))
    assert f"goes on until {until:%-d %b %Y}: Help of this kind takes long" in shown
    ahead = reads.timeline(case.number, by=desk.officer(AMINA), now=now()).ahead
    assert [(m.code, m.number) for m in ahead] == [("help", referral.number)]

    if end == "done":
        acts.done(referral.number, "Done.", by=achieng, now=now() + 40 * DAY, keys=keyring())
        assert [late.kind for late in reads.lates_to_explain(by=achieng)] == ["help_again"]
    else:
        amina = desk.officer(AMINA)
        acts.revoke(referral.number, "Not needed.", by=amina, now=now() + 40 * DAY, keys=keyring())
        assert reads.lates_to_explain(by=amina) == [], "whoever takes it back was not late"
    assert deadlines.open_for(reads.REFERRAL, [str(referral.id)]) == {}


def test_help_goes_on_by_clicks_and_only_where_it_was_promised(desk: Desk) -> None:
    referral = desk.refer(desk.taken())
    achieng = browser(desk, ACHIENG)
    assert "It goes on" not in text_of(page(achieng, "referral", referral.number))
    with pytest.raises(Refused, match="was promised"):
        acts.go_on(referral.number, today() + DAY, "long", by=desk.officer(ACHIENG), now=now())
    acts.accept(referral.number, by=desk.officer(ACHIENG), now=now(), keys=keyring())
    assert "It goes on" in text_of(page(achieng, "referral", referral.number))
    for until, why, said in (
        (today(), "long", "choose a later one"),
        (today() + 91 * DAY, "long", "90 days"),
        (today() + DAY, "", "required"),
    ):
        wrong = send(achieng, "go_on", referral.number, until=until.isoformat(), why=why)
        assert (wrong.status_code, said in text_of(wrong)) == (422, True), said
        assert until.isoformat() in wrong.content.decode(), "nothing typed is lost"
    sent = send(achieng, "go_on", referral.number, until=(today() + 9 * DAY).isoformat(), why="agreed")
    assert sent.status_code == 302
    assert Referral.objects.get().goes_on_why == "agreed"
    assert "Goes on until" in text_of(page(achieng, "referral", referral.number))
    for stranger in (CHAO, AMINA):
        with pytest.raises(NotFound):
            acts.go_on(referral.number, today() + DAY, "long", by=desk.officer(stranger), now=now())
