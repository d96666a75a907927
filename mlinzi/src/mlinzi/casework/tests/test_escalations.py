"""What is late is told up the ladder, to people who can do something, once, and without a word of what it is
about.
"""

import json
from datetime import timedelta

import pytest

from kinga import envelope
from mlinzi.casework import acts, jobs, reads
from mlinzi.casework.models import Case
from mlinzi.casework.tests.conftest import OFFICE, STORY, Desk
from mlinzi.deadlines import acts as deadlines
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, KAMAU, OTIENO, WANJIKU
from tests.tables import Escalation, Letter
from tests.world import WORKER


def climb(desk: Desk, hours: float) -> list[str]:
    """Let the clock stand so many hours from now; who got a letter for it, by name of the address."""
    held = set(Letter.objects.values_list("id", flat=True))
    deadlines.climb(by=WORKER, now=now() + timedelta(hours=hours))
    acts.tell_escalations(by=WORKER, now=now() + timedelta(hours=hours), keys=keyring())
    return sorted(content(letter)["to"].split("@")[0] for letter in Letter.objects.exclude(id__in=held))


def content(letter: Letter) -> dict[str, str]:
    opened = envelope.open_sealed(
        bytes(letter.sealed), keys=keyring().holder, context=f"messaging.letter|{letter.id}".encode()
    )
    return json.loads(opened)  # type: ignore[no-any-return]


def test_an_urgent_report_that_nobody_takes_is_told_upwards(desk: Desk) -> None:
    case = desk.case(category="wants_to_meet")
    desk_and_watch = ["amina", "kiptoo", "otieno", "wanjiku"]
    assert climb(desk, 0.5) == []
    assert climb(desk, 1.1) == desk_and_watch, "nobody is on duty, so everybody who could take it is told"
    assert climb(desk, 1.2) == [], "the same step is told once"
    assert climb(desk, 1.3) == desk_and_watch
    assert climb(desk, 1.6) == ["kiptoo", "wanjiku"]
    assert climb(desk, 2.1) == ["kiptoo", "wanjiku"]
    letter = content(Letter.objects.latest("queued_at"))
    assert case.number in letter["text"]
    assert "overdue" in letter["text"]
    assert STORY not in letter["text"]
    assert "meet" not in letter["text"]


def test_a_taken_case_is_not_told(desk: Desk) -> None:
    desk.taken(category="wants_to_meet")
    assert climb(desk, 5) == []
    assert not Escalation.objects.exists()


def test_a_referral_that_nobody_answers_climbs_to_the_county_and_the_nation(desk: Desk) -> None:
    desk.refer(desk.taken(category="wants_to_meet"))
    assert climb(desk, 3.1) == ["achieng"], "the reminder goes to those who could answer"
    assert climb(desk, 4.1) == ["achieng"]
    assert climb(desk, 5.1) == ["nyambura"]
    assert climb(desk, 7.1) == ["kiptoo", "wanjiku"]


def test_where_a_rung_finds_nobody_the_next_wider_place_is_told(desk: Desk) -> None:
    desk.refer(desk.taken(category="wants_to_meet"))
    for who in (ACHIENG, "nyambura"):
        desk.world.people[who].grants.update(ended_at=now())
    assert climb(desk, 3.1) != []
    climb(desk, 4.1)
    assert climb(desk, 5.1) == ["kiptoo", "wanjiku"]
    assert not Escalation.objects.filter(people_told=0).exists()


def test_a_step_told_twice_by_a_kill_in_between_writes_one_letter(desk: Desk) -> None:
    desk.case(category="wants_to_meet")
    climb(desk, 1.1)
    letters = Letter.objects.count()
    Escalation.objects.update(told_at=None)
    assert acts.tell_escalations(by=WORKER, now=now(), keys=keyring()) == 1
    assert Letter.objects.count() == letters
    assert jobs.tell_escalations() == 0


def test_letters_are_written_in_the_language_of_whoever_reads_them(desk: Desk) -> None:
    desk.world.people[WANJIKU].language = "sw"
    desk.world.people[WANJIKU].save()
    desk.case(category="wants_to_meet")
    climb(desk, 1.1)
    said = {content(letter)["to"]: content(letter)["text"] for letter in Letter.objects.all()}
    assert len(said) == 4
    assert said["wanjiku@demo.invalid"] != said["kiptoo@demo.invalid"]


def test_the_board_shows_what_is_late_to_those_who_answer_for_it(desk: Desk) -> None:
    late = desk.case(category="wants_to_meet", at=now() - timedelta(hours=2))
    referral = desk.refer(desk.taken(category="wants_to_meet"), at=now() - timedelta(hours=5))

    def numbers(who: str) -> list[tuple[str, str]]:
        return [(line.number, line.link) for line in reads.board(by=desk.officer(who), now=now()).rows]

    assert numbers(WANJIKU) == [(late.number, "case"), (referral.number, "referral")]
    assert numbers(ACHIENG) == [(referral.number, "referral")]
    assert set(numbers("nyambura")) == {(late.number, "case"), (referral.number, "")}
    assert numbers(OTIENO) == [(late.number, "case")]
    assert numbers(CHAO) == numbers(KAMAU) == []
    acts.accept(referral.number, by=desk.officer(ACHIENG), now=now(), keys=keyring())
    assert numbers(ACHIENG) == []


def test_the_board_pages(desk: Desk) -> None:
    for at in range(3):
        desk.case(
            f"A story of day number {at} by somebody.", danger="yes", at=now() - timedelta(hours=3 + at)
        )
    wanjiku = desk.officer(WANJIKU)
    whole = reads.board(by=wanjiku, now=now()).rows
    first = reads.board(by=wanjiku, now=now(), limit=2)
    second = reads.board(by=wanjiku, now=now(), limit=2, after=first.next)
    assert first.rows + second.rows == whole
    assert (len(whole), second.next) == (3, "")
    assert [line.due_at for line in whole] == sorted(line.due_at for line in whole)


@pytest.mark.parametrize(
    ("state", "urgency", "area", "count"),
    [
        ("", "", "", 2),
        ("new", "", "", 1),
        ("open", "", "", 1),
        ("", "high", "", 1),
        ("", "", "mombasa", 0),
        ("open", "high", "nairobi", 0),
    ],
)
def test_cases_by_filter(desk: Desk, state: str, urgency: str, area: str, count: int) -> None:
    desk.case(category="wants_to_meet")
    desk.taken(who=AMINA, category="asked_for_pictures")
    found = reads.cases(by=desk.officer(OTIENO), state=state, urgency=urgency, area=area)
    assert len(found.rows) == count
    assert reads.cases(by=desk.officer(CHAO)).rows == []


def test_lists_of_cases_page_newest_first(desk: Desk) -> None:
    for at in range(3):
        desk.case(f"A story of hour number {at} by somebody.", at=now() - timedelta(hours=at))
    amina = desk.officer(AMINA)
    whole = [row.case.pk for row in reads.cases(by=amina).rows]
    assert whole == list(Case.objects.order_by("-received_at").values_list("pk", flat=True))
    first = reads.cases(by=amina, limit=2)
    second = reads.cases(by=amina, limit=2, after=first.next)
    assert [row.case.pk for row in first.rows + second.rows] == whole
    assert OFFICE in desk.world.organisations
