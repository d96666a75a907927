"""On duty, late, handed over: nothing rings into silence, and what was late is explained."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.casework import acts, reads
from mlinzi.casework.models import DutyShift, Handover, Late
from mlinzi.casework.rules import Outcome, Rank, Shift, gaps
from mlinzi.casework.tests.conftest import Desk
from mlinzi.casework.tests.test_escalations import climb
from mlinzi.casework.tests.test_web import browser, key_in, page, send, text_of
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, BRIAN, CHAO, MORAA, OTIENO, WANJIKU

HOUR = timedelta(hours=1)
START = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
SPANS = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 24)), max_size=12)


@given(spans=SPANS)
def test_gaps_and_shifts_cover_the_week_and_never_meet(spans: list[tuple[int, int]]) -> None:
    shifts = [Shift("a", Rank.FIRST, START + b * HOUR, START + (b + n) * HOUR) for b, n in spans]
    until = START + 168 * HOUR
    found = gaps(shifts, since=START, until=until)
    for hour in range(168):
        at = START + hour * HOUR
        served = any(s.starts_at <= at < s.ends_at for s in shifts)
        in_gap = any(g.starts_at <= at < g.ends_at for g in found)
        assert served is not in_gap


def on_duty(desk: Desk, who: str, rank: Rank = Rank.FIRST, hours: tuple[float, float] = (-1, 8)) -> DutyShift:
    begin, end = (now() + timedelta(hours=h) for h in hours)
    return acts.add_shift(desk.officer(who).id, rank, begin, end, by=desk.officer(WANJIKU), now=now())


def test_an_urgent_report_rings_with_the_first_then_the_second_on_duty(desk: Desk) -> None:
    on_duty(desk, OTIENO)
    on_duty(desk, AMINA, Rank.SECOND)
    desk.case(category="wants_to_meet")
    assert climb(desk, 1.1) == ["otieno"]
    assert climb(desk, 1.3) == ["amina"]
    assert climb(desk, 1.6) == ["kiptoo", "wanjiku"]


def test_at_night_when_the_shift_is_over_the_next_one_is_told(desk: Desk) -> None:
    on_duty(desk, OTIENO, hours=(-1, 0.5))
    on_duty(desk, AMINA, hours=(0.5, 9))
    desk.case(category="wants_to_meet")
    assert climb(desk, 1.1) == ["amina"], "whoever is on duty at the moment of ringing"


def test_whoever_is_on_duty_sees_the_alarm_on_every_page(desk: Desk) -> None:
    amina = browser(desk, AMINA)
    desk.case(category="wants_to_meet")
    assert "urgent report waits" not in text_of(page(amina, "my_work"))
    on_duty(desk, AMINA)
    assert "1 urgent report waits" in text_of(page(amina, "my_work"))
    assert "urgent report waits" not in text_of(page(browser(desk, OTIENO), "my_work"))
    acts.take(reads.queue(by=desk.officer(AMINA)).rows[0].case.number, by=desk.officer(OTIENO), now=now())
    assert "urgent report waits" not in text_of(page(amina, "my_work"))


def test_who_can_be_put_on_duty_and_when(desk: Desk) -> None:
    with pytest.raises(Refused, match="queue"):
        on_duty(desk, ACHIENG)
    with pytest.raises(Refused, match="24 hours"):
        on_duty(desk, AMINA, hours=(0, 30))
    with pytest.raises(Refused, match="over"):
        on_duty(desk, AMINA, hours=(-9, -1))
    with pytest.raises(Refused, match="before it begins"):
        on_duty(desk, AMINA, hours=(9, 8))
    shift = on_duty(desk, AMINA)
    with pytest.raises(Refused, match="already"):
        on_duty(desk, AMINA, Rank.SECOND, hours=(7, 9))
    for who in (AMINA, ACHIENG, BRIAN, MORAA):
        with pytest.raises(NotFound):
            acts.remove_shift(shift.id, by=desk.officer(who), now=now())
    acts.remove_shift(shift.id, by=desk.officer(WANJIKU), now=now())
    assert not DutyShift.objects.exists()


def test_what_is_taken_late_is_explained_by_whoever_took_it(desk: Desk) -> None:
    case = desk.case(category="wants_to_meet", at=now() - timedelta(hours=3))
    acts.take(case.number, by=desk.officer(AMINA), now=now())
    late = Late.objects.get()
    assert (late.kind, late.why) == ("triage", "")
    amina, wanjiku = browser(desk, AMINA), browser(desk, WANJIKU)
    assert "Say why it was late" in text_of(page(amina, "my_work"))
    assert "Not said yet" in text_of(page(wanjiku, "team"))
    desk.may_close(case)
    with pytest.raises(Refused, match="done late"):
        acts.close(case.number, Outcome.HELPED, by=desk.officer(AMINA), now=now())
    with pytest.raises(Refused, match="said yet"):
        acts.see_late(late.id, by=desk.officer(WANJIKU), now=now())
    assert send(amina, "explain", late.id, why="bored").status_code == 422
    assert send(amina, "explain", late.id, why="nobody_there", words="Night.").status_code == 302
    with pytest.raises(Refused, match="already"):
        acts.explain_late(late.id, "other", "", by=desk.officer(AMINA), now=now(), keys=keyring())
    assert "Nobody was there" in text_of(page(wanjiku, "team"))
    assert send(wanjiku, "see_late", late.id).status_code == 302
    assert "Nothing was late" in text_of(page(wanjiku, "team"))
    acts.close(case.number, Outcome.HELPED, by=desk.officer(AMINA), now=now())
    for who in (OTIENO, CHAO):
        with pytest.raises(NotFound):
            reads.own_late(late.id, by=desk.officer(who))


def test_a_referral_answered_late_does_not_hold_up_the_childs_case(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case, at=now() - timedelta(days=9))
    acts.accept(referral.number, by=desk.officer(ACHIENG), now=now(), keys=keyring())
    assert Late.objects.get().kind == "referral"
    assert reads.closure_facts(case, agreed=False).unexplained == 0


def test_the_team_is_counted(desk: Desk) -> None:
    desk.taken()
    desk.taken(OTIENO, category="wants_to_meet")
    desk.case()
    team = reads.team(by=desk.officer(WANJIKU), now=now())
    rows = {member.name.split()[0].lower(): member for member in team.members}
    assert (rows["amina"].open, rows["otieno"].open, rows["otieno"].urgent) == (1, 1, 1)
    assert team.waiting == 1
    for who in (ACHIENG, BRIAN, MORAA):
        assert page(browser(desk, who), "team").status_code == 404


def test_a_shift_hands_over_all_or_nothing(live_desk: Desk) -> None:
    mine, other = live_desk.taken(), live_desk.taken(OTIENO)
    amina, keys = live_desk.officer(AMINA), keyring()
    otieno = live_desk.officer(OTIENO).id

    def hand(numbers: list[str], to: str = otieno, words: str = "Call the school at eight.") -> Handover:
        return acts.hand_over(to, numbers, words, by=amina, now=now(), keys=keys)

    with pytest.raises(Refused, match="not yours"):
        hand([mine.number, other.number])
    mine.refresh_from_db()
    assert str(mine.assignee_id) == amina.id, "none goes over where one cannot"
    with pytest.raises(Refused, match="cannot work"):
        hand([mine.number], to=live_desk.officer(CHAO).id)
    made = hand([mine.number])
    mine.refresh_from_db()
    assert str(mine.assignee_id) == otieno
    assert b"school" not in bytes(made.words)
    with pytest.raises(NotFound):
        acts.read_handover(made.id, by=live_desk.officer(WANJIKU), now=now(), keys=keys)
    client = browser(live_desk, OTIENO)
    assert "handed over to you" in text_of(page(client, "my_work"))
    read = send(client, "read_handover", made.id)
    assert "Call the school at eight." in text_of(read)
    assert mine.number in text_of(read)
    made.refresh_from_db()
    assert made.read_at
    assert "handed over to you" not in text_of(page(client, "my_work"))


def test_shifts_by_clicks(desk: Desk) -> None:
    wanjiku = browser(desk, WANJIKU)
    assert "Nobody is on duty" in text_of(page(wanjiku, "duty"))
    begin = now() + HOUR
    data = {
        "person": desk.officer(AMINA).id,
        "rank": "first",
        "starts_at": f"{begin:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begin + 8 * HOUR:%Y-%m-%dT%H:%M}",
    }
    wrong = send(wanjiku, "add_shift", **{**data, "ends_at": "tomorrow"})
    assert wrong.status_code == 422
    assert send(wanjiku, "add_shift", **data).status_code == 302
    shift = DutyShift.objects.get()
    assert page(wanjiku, "remove_shift", shift.id).status_code == 200
    assert DutyShift.objects.exists(), "it asks first"
    assert send(wanjiku, "remove_shift", shift.id).status_code == 302
    assert not DutyShift.objects.exists()
    amina = browser(desk, AMINA)
    assert page(amina, "add_shift").status_code == 404
    form = page(amina, "handover")
    assert (
        send(amina, "handover", form_key=key_in(form), to=desk.officer(OTIENO).id, words="").status_code
        == 422
    )


def test_a_week_is_planned_as_the_last_one_and_nothing_twice(desk: Desk) -> None:
    moment = now()
    for who, begin in ((OTIENO, -100), (AMINA, -50)):
        shift = on_duty(desk, who, hours=(100 - begin, 108 - begin))
        begun = moment + begin * HOUR
        DutyShift.objects.filter(pk=shift.pk).update(starts_at=begun, ends_at=begun + 8 * HOUR)
    wanjiku = desk.officer(WANJIKU)
    assert acts.copy_week(by=wanjiku, now=moment) == (2, 0)
    planned = sorted(DutyShift.objects.filter(starts_at__gt=moment).values_list("person__name", "starts_at"))
    assert [name.split()[0] for name, _ in planned] == ["Amina", "Otieno"]
    assert acts.copy_week(by=wanjiku, now=moment) == (0, 2), "they are on duty then already"
    with pytest.raises(NotFound):
        acts.copy_week(by=desk.officer(AMINA), now=moment)
    assert "be planned again" in text_of(browser(desk, WANJIKU).post("/duty/copy/", follow=True))


def test_the_board_says_who_was_reminded_and_how_far_it_went(desk: Desk) -> None:
    desk.refer(desk.taken(category="wants_to_meet"))
    climb(desk, 3.1)
    late = reads.board(by=desk.officer(WANJIKU), now=now() + 5 * HOUR).rows
    assert [(line.reminded, line.climbed) for line in late] == [(True, 0)]
    for hours in (4.1, 5.1, 7.1):
        climb(desk, hours)
    found = reads.board(by=desk.officer(WANJIKU), now=now() + 8 * HOUR).rows
    assert [line.climbed for line in found] == [3]
