"""A case is handed over: only what was chosen, to somebody who can answer, with a clock, and the reporter
reads on.
"""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlinzi.casework import acts, reads, rules
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.reads import eyes
from mlinzi.casework.rules import Action, CaseState, Purpose, ReferralState, Shared
from mlinzi.casework.tests.conftest import NAIROBI, OFFICE, STORY, Desk, status_of
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, BRIAN, CHAO, OTIENO, WANJIKU
from tests.tables import Deadline, Entry, Letter
from tests.world import WORKER

KEYS = keyring


def test_the_receiver_opens_what_was_shared_and_nothing_else(desk: Desk) -> None:
    case = desk.taken(where_online="PichaPap", category="wants_to_meet")
    referral = desk.refer(
        case, shared=frozenset({Shared.AREA, Shared.CATEGORY}), note="Please call her aunt."
    )
    achieng = desk.officer(ACHIENG)
    copy = acts.open_referral(referral.number, Purpose.REFERRAL, by=achieng, now=now(), keys=KEYS())
    assert (set(copy.items), copy.items["area"], copy.note) == (
        {"area", "category"},
        "Nairobi",
        "Please call her aunt.",
    )
    assert STORY.encode() not in bytes(referral.shared)
    assert STORY not in json.dumps(dict(copy.items))
    with pytest.raises(NotFound):
        reads.case_for(case.number, Action.CASE_SEE, by=achieng)
    with pytest.raises(NotFound):
        acts.open_case(case.number, Purpose.CASEWORK, by=achieng, now=now(), keys=KEYS())


def test_everything_can_be_shared_and_what_is_empty_stays_empty(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case, shared=frozenset(Shared))
    copy = acts.open_referral(
        referral.number, Purpose.REFERRAL, by=desk.officer(ACHIENG), now=now(), keys=KEYS()
    )
    assert copy.items == {
        "what_happened": [STORY],
        "where_online": [],
        "links": [],
        "category": {},
        "area": "Nairobi",
        "received": case.received_at.isoformat(),
    }


def test_what_is_shared_is_opened_on_record_and_only_that(desk: Desk) -> None:
    case = desk.taken()
    desk.refer(case, shared=frozenset({Shared.AREA}))
    assert not Entry.objects.filter(action="casework.case.share").exists()
    desk.refer(case, service="rescue", shared=frozenset({Shared.WHAT_HAPPENED}))
    entry = Entry.objects.get(action="casework.case.share")
    assert (entry.purpose, entry.details["fields"]) == ("referral", 1)


def test_a_referral_starts_a_clock_and_writes_to_those_who_may_answer(desk: Desk) -> None:
    receipt, moment = desk.report(category="wants_to_meet"), now()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    referral = desk.refer(case, service="rescue", at=moment)
    assert referral.due_at == moment + timedelta(hours=1)
    clock = Deadline.objects.get(kind="referral")
    assert (clock.organisation, clock.area) == (desk.house(OFFICE), NAIROBI)
    letters = Letter.objects.filter(about="referral")
    assert [letter.effect for letter in letters] == [f"referral:{referral.id}:{desk.officer(ACHIENG).id}"]
    assert Case.objects.get().state == CaseState.REFERRED
    assert status_of(receipt) is Status.PASSED_ON
    entry = Entry.objects.get(action="casework.referral.make")
    assert (entry.details["service"], entry.details["shared"]) == ("rescue", "what_happened")


def test_a_form_sent_twice_makes_one_referral(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    first = acts.refer(case.number, desk.wish(), form_key=b"k", by=amina, now=now(), keys=KEYS())
    again = acts.refer(case.number, desk.wish(), form_key=b"k", by=amina, now=now(), keys=KEYS())
    assert again.id == first.id
    assert Referral.objects.count() == Letter.objects.filter(about="referral").count() == 1
    with pytest.raises(Refused, match="open referral of this case for this service already"):
        acts.refer(case.number, desk.wish(), form_key=b"other", by=amina, now=now(), keys=KEYS())


def test_refusals_change_nothing(desk: Desk) -> None:
    case, amina = desk.taken(), desk.officer(AMINA)
    for wish, words in (
        (desk.wish(service=""), "Choose the service"),
        (desk.wish(service="prosecution"), "does not offer"),
        (desk.wish(to="national_desk", service="removal_of_pictures"), "in your own organisation"),
        (desk.wish(shared=frozenset()), "Share at least one thing"),
        (desk.wish(basis="because"), "on what ground"),
    ):
        with pytest.raises(Refused, match=words):
            acts.refer(case.number, wish, form_key=b"k", by=amina, now=now(), keys=KEYS())
    desk.world.people[ACHIENG].grants.update(ended_at=now())
    with pytest.raises(Refused, match="Nobody of this organisation can answer"):
        acts.refer(case.number, desk.wish(), form_key=b"k", by=amina, now=now(), keys=KEYS())
    with pytest.raises(NotFound):
        acts.refer(case.number, desk.wish(), form_key=b"k", by=desk.officer(OTIENO), now=now(), keys=KEYS())
    assert not Referral.objects.exists()
    assert not Entry.objects.filter(action="casework.case.share").exists(), (
        "nothing is opened for what is refused"
    )
    assert Case.objects.get().state == CaseState.OPEN


def test_each_way_of_being_entitled_alone_is_all_of_them_together(desk: Desk) -> None:
    desk.refer(desk.taken())
    desk.refer(desk.taken(area="mombasa"), to="mombasa_childrens_office")
    found = 0
    for who in desk.world.people:
        officer = desk.officer(who)
        rows = eyes.referrals_seen(Action.REFERRAL_SEE, by=officer)
        sides = eyes.referral_sides(Action.REFERRAL_SEE, by=officer)
        assert {row for side in sides for row in side} == set(rows), who
        assert set(reads.referrals(by=officer).rows) == set(rows), who
        found += rows.count()
    assert found >= 8


def test_who_could_help_the_nearest_first(desk: Desk) -> None:
    found = reads.receivers(desk.taken(), "counselling", now=now())
    able = [r for r in found if r.answerable]
    assert [r.near.order for r in able] == sorted(r.near.order for r in able)
    assert {r.name for r in able if r.near.serves} == {
        "Mwangaza Demonstration Clinic",
        "Nyota Demonstration Shelter",
    }
    assert able[-1].name == "Daraja Demonstration Counselling"
    assert desk.house("national_desk") not in {
        r.uuid for r in reads.receivers(desk.taken(), "online_safety_advice", now=now())
    }


def test_accepting_declining_and_what_the_reporter_reads(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    one, two = desk.refer(case), desk.refer(case, to="nyota_shelter", service="counselling")
    achieng, makena = desk.officer(ACHIENG), desk.officer("makena")
    acts.accept(one.number, by=achieng, now=now(), keys=KEYS())
    acts.accept(one.number, by=achieng, now=now(), keys=KEYS())  # a second click changes nothing
    assert Entry.objects.filter(action="casework.referral.accept", object_id=str(one.id)).count() == 1
    assert status_of(receipt) is Status.BEING_HELPED
    with pytest.raises(Refused, match="Say why"):
        acts.decline(two.number, " ", by=makena, now=now(), keys=KEYS())
    acts.decline(two.number, "We are full.", by=makena, now=now(), keys=KEYS())
    assert status_of(receipt) is Status.BEING_HELPED, "somebody else is still helping"
    assert Case.objects.get().state == CaseState.REFERRED
    acts.done(one.number, "We visited.", by=achieng, now=now(), keys=KEYS())
    assert Case.objects.get().state == CaseState.OPEN
    assert not Deadline.objects.filter(closed_at=None).exists()
    assert Letter.objects.filter(about="referral.answer").count() == 3
    assert {r.state for r in reads.my_work(by=desk.officer(AMINA)).came_back} == {"done", "declined"}


def test_declined_by_the_only_one_it_is_being_read_again(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    acts.decline(desk.refer(case).number, "Not our area.", by=desk.officer(ACHIENG), now=now(), keys=KEYS())
    assert status_of(receipt) is Status.BEING_READ
    opened = acts.open_case(case.number, Purpose.CASEWORK, by=desk.officer(AMINA), now=now(), keys=KEYS())
    assert list(opened.words.values()) == ["Not our area."]


def test_each_side_has_its_own_moves(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case)
    for who in (AMINA, WANJIKU, CHAO, BRIAN):
        with pytest.raises(NotFound):
            acts.accept(referral.number, by=desk.officer(who), now=now(), keys=KEYS())
        with pytest.raises(NotFound):
            acts.open_referral(
                referral.number, Purpose.REFERRAL, by=desk.officer(who), now=now(), keys=KEYS()
            )
    for who in (ACHIENG, CHAO, OTIENO):
        with pytest.raises(NotFound):
            acts.revoke(referral.number, "No.", by=desk.officer(who), now=now(), keys=KEYS())
    with pytest.raises(Refused, match="cannot become done"):
        acts.done(referral.number, "Done.", by=desk.officer(ACHIENG), now=now(), keys=KEYS())
    assert Referral.objects.get().state == ReferralState.SENT


def test_taken_back_the_copy_is_shut(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case)
    achieng = desk.officer(ACHIENG)
    acts.open_referral(referral.number, Purpose.REFERRAL, by=achieng, now=now(), keys=KEYS())
    acts.revoke(referral.number, "She is safe.", by=desk.officer(AMINA), now=now(), keys=KEYS())
    with pytest.raises(Refused, match="can no longer be opened"):
        acts.open_referral(referral.number, Purpose.REFERRAL, by=achieng, now=now(), keys=KEYS())
    assert Letter.objects.filter(about="referral.revoke").count() == 1
    with pytest.raises(Refused, match="Say why you open"):
        acts.open_referral(desk.refer(case).number, Purpose.TRIAGE, by=achieng, now=now(), keys=KEYS())


def test_who_sees_a_referral_in_a_list_is_who_may_open_its_page(desk: Desk) -> None:
    case = desk.taken()
    referral = desk.refer(case)
    for who in desk.world.people:
        officer = desk.officer(who)
        for action in (
            Action.REFERRAL_SEE,
            Action.REFERRAL_OPEN,
            Action.REFERRAL_ANSWER,
            Action.REFERRAL_REVOKE,
        ):
            in_sql = reads.referrals_seen(action, by=officer).filter(pk=referral.pk).exists()
            in_memory = reads_allowed(officer, action, referral)
            assert in_sql == in_memory, (who, action)
    seen = {who for who in desk.world.people if reads.referrals(by=desk.officer(who)).rows}
    assert seen == {AMINA, WANJIKU, "kiptoo", ACHIENG}


def reads_allowed(officer: object, action: Action, referral: Referral) -> bool:
    from mlinzi.access.rules import allowed

    return allowed(officer, action, reads.referral_relation_of(referral, action))  # type: ignore[arg-type]


def test_lists_of_referrals_page_without_gaps(desk: Desk) -> None:
    case = desk.taken()
    for at, service in enumerate(("rescue", "case_management", "family_support")):
        desk.refer(case, service=service, at=now() + timedelta(minutes=at))
    amina = desk.officer(AMINA)
    whole = reads.referrals(by=amina).rows
    first = reads.referrals(by=amina, limit=2)
    second = reads.referrals(by=amina, limit=2, after=first.next)
    assert first.rows + second.rows == whole
    assert second.next == ""
    assert reads.referrals(by=amina, state="done").rows == []


MOVES = st.lists(
    st.sampled_from(["refer", "accept", "decline", "done", "revoke", "close", "reopen", "answer"]),
    max_size=14,
)


@given(moves=MOVES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_officers_do_the_case_stays_on_its_edges(desk: Desk, moves: list[str]) -> None:
    case, amina, achieng = desk.taken(), desk.officer(AMINA), desk.officer(ACHIENG)
    for at, move in enumerate(moves):
        before = Case.objects.get(pk=case.pk).state
        latest = case.referrals.order_by("made_at").last()
        number = latest.number if latest else "none"
        try:
            match move:
                case "refer":
                    desk.refer(case)
                case "accept":
                    acts.accept(number, by=achieng, now=now(), keys=KEYS())
                case "decline":
                    acts.decline(number, "Why.", by=achieng, now=now(), keys=KEYS())
                case "done":
                    acts.done(number, "What.", by=achieng, now=now(), keys=KEYS())
                case "revoke":
                    acts.revoke(number, "Why.", by=amina, now=now(), keys=KEYS())
                case "close":
                    acts.close(case.number, rules.Outcome.HELPED, by=amina, now=now())
                case "reopen":
                    acts.reopen(case.number, rules.Reason.MISJUDGED, by=amina, now=now())
                case "answer":
                    acts.answer(case.number, "Text.", form_key=b"%d" % at, by=amina, now=now(), keys=KEYS())
        except (Refused, NotFound):
            assert Case.objects.get(pk=case.pk).state == before
            continue
        after = CaseState(Case.objects.get(pk=case.pk).state)
        assert after == before or after in rules.CASE_MOVES[CaseState(before)]
        assert (after is CaseState.REFERRED) == bool(reads.open_referral_states(case))
