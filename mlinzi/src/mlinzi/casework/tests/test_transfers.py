"""A case changes hands when the other organisation takes it, and not before; then the former one sees it no
more, and whoever reported is answered by the new one.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlinzi.access.rules import allowed
from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Fence, Transfer
from mlinzi.casework.rules import Action, Basis, Outcome, Purpose, Reason, Shared
from mlinzi.casework.tests.conftest import LAW, OFFICE, STORY, Desk
from mlinzi.casework.tests.test_escalations import climb
from mlinzi.casework.tests.test_races import at_once
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, BRIAN, CHAO, OTIENO, WANJIKU
from tests.tables import Deadline, Entry, Letter
from tests.world import WORKER, open_box

KEYS = keyring


def offer(desk: Desk, case: Case, to: str = OFFICE, key: bytes = b"k", **more: Any) -> Transfer:
    chosen = {"shared": frozenset({Shared.AREA}), "note": "She lives with you.", **more}
    wish = desk.wish(to=to, service="", **chosen)
    return acts.offer_transfer(
        case.number, wish, form_key=key, by=desk.officer(AMINA), now=now(), keys=KEYS()
    )


def test_ownership_moves_on_acceptance_and_answers_come_from_the_new_owner(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    amina, achieng = desk.officer(AMINA), desk.officer(ACHIENG)
    case = acts.take(Case.objects.get().number, by=amina, now=now())
    transfer = offer(desk, case)
    assert offer(desk, case).id == transfer.id
    copy = acts.open_transfer(transfer.number, Purpose.REFERRAL, by=achieng, now=now(), keys=KEYS())
    assert (copy.items, copy.note) == ({"area": "Nairobi"}, "She lives with you.")
    with pytest.raises(NotFound):
        reads.case_for(case.number, Action.CASE_SEE, by=achieng)
    assert reads.case_for(case.number, Action.CASE_SEE, by=amina).number == case.number
    for _ in range(2):
        acts.accept_transfer(transfer.number, by=achieng, now=now(), keys=KEYS())
    case.refresh_from_db()
    assert str(case.assignee_id) == achieng.id
    assert case.organisation is not None
    assert str(case.organisation.uuid) == desk.house(OFFICE)
    opened = acts.open_case(case.number, Purpose.CASEWORK, by=achieng, now=now(), keys=KEYS())
    assert opened.reports[0].narrative == STORY
    for who in (AMINA, OTIENO, WANJIKU):
        officer = desk.officer(who)
        with pytest.raises(NotFound):
            reads.case_for(case.number, Action.CASE_SEE, by=officer)
        with pytest.raises(NotFound):
            acts.open_case(case.number, Purpose.CASEWORK, by=officer, now=now(), keys=KEYS())
    [row] = reads.transfers(by=amina).rows
    assert (row.state, row.to.name) == ("accepted", case.organisation.name), "what became of it is still told"
    acts.answer(case.number, "I am here now.", form_key=b"a", by=achieng, now=now(), keys=KEYS())
    assert open_box(receipt).answers[0].text == "I am here now."
    assert not Deadline.objects.filter(subject_type="casework.transfer", closed_at=None).exists()
    assert Entry.objects.filter(action="casework.transfer.accept", object_id=str(case.id)).count() == 1
    assert Letter.objects.filter(about="transfer.answer").count() == 1


def test_the_copy_ends_with_the_offer(desk: Desk) -> None:
    case, achieng = desk.taken(), desk.officer(ACHIENG)
    transfer = offer(desk, case)
    with pytest.raises(Refused, match="Say why"):
        acts.decline_transfer(transfer.number, " ", by=achieng, now=now(), keys=KEYS())
    acts.decline_transfer(transfer.number, "Not our area.", by=achieng, now=now(), keys=KEYS())
    with pytest.raises(Refused, match="can no longer be opened"):
        acts.open_transfer(transfer.number, Purpose.REFERRAL, by=achieng, now=now(), keys=KEYS())
    assert str(Case.objects.get().assignee_id) == desk.officer(AMINA).id
    assert offer(desk, case, key=b"again").state == "sent"


def test_an_offer_needs_a_ground_like_any_sharing(desk: Desk) -> None:
    case = desk.taken()
    for more, words in (
        ({"basis": Basis.CONSENT}, "No consent is recorded"),
        ({"basis": Basis.LAW, "provision": ""}, "Choose the provision"),
        ({"basis": Basis.BEST_INTEREST, "reason": "Best."}, "with consent or by law"),
        ({"to": "national_desk"}, "in your own organisation"),
        ({"to": "mwangaza_clinic"}, "can take over a case here"),
    ):
        with pytest.raises(Refused, match=words):
            offer(desk, case, **more)
    offer(desk, case, provision=LAW)
    with pytest.raises(Refused, match="offered to somebody already"):
        offer(desk, case, to="mombasa_childrens_office", key=b"two")


def test_each_side_has_its_own_moves_and_others_see_nothing(desk: Desk) -> None:
    case = desk.taken()
    transfer = offer(desk, case)
    for who in (AMINA, CHAO, BRIAN):
        with pytest.raises(NotFound):
            acts.accept_transfer(transfer.number, by=desk.officer(who), now=now(), keys=KEYS())
        with pytest.raises(NotFound):
            acts.open_transfer(
                transfer.number, Purpose.REFERRAL, by=desk.officer(who), now=now(), keys=KEYS()
            )
    for who in (ACHIENG, CHAO, OTIENO):
        with pytest.raises(NotFound):
            acts.revoke_transfer(transfer.number, "No.", by=desk.officer(who), now=now(), keys=KEYS())
    for who in desk.world.people:
        officer = desk.officer(who)
        for action in (Action.TRANSFER_SEE, Action.TRANSFER_ANSWER, Action.CASE_TRANSFER):
            in_sql = reads.transfers_seen(action, by=officer).filter(pk=transfer.pk).exists()
            in_memory = allowed(officer, action, reads.transfer_relation_of(transfer, action))
            assert in_sql == in_memory, (who, action)


def test_whoever_is_fenced_out_of_a_case_is_not_offered_it(desk: Desk) -> None:
    case, achieng = desk.taken(), desk.officer(ACHIENG)
    Fence.objects.create(
        case=case, person=desk.world.people[ACHIENG], why="declared", since=now(), made_by="test"
    )
    transfer = offer(desk, case)
    assert reads.transfers(by=achieng).rows == []
    with pytest.raises(NotFound):
        acts.accept_transfer(transfer.number, by=achieng, now=now(), keys=KEYS())
    assert not Letter.objects.filter(about="transfer").exists()


def test_an_offer_that_nobody_answers_climbs_and_stands_on_the_board(desk: Desk) -> None:
    transfer = offer(desk, desk.taken(category="wants_to_meet"))
    later = transfer.due_at + timedelta(hours=0.1)
    hours = (later - now()).total_seconds() / 3600
    assert "achieng" in climb(desk, hours)
    [line] = reads.board(by=desk.officer(ACHIENG), now=later).rows
    assert (line.number, line.link) == (transfer.number, "transfer")
    assert reads.board(by=desk.officer(CHAO), now=later).rows == []


MOVES = st.lists(st.sampled_from(["offer", "accept", "decline", "revoke", "close", "reopen"]), max_size=8)


@given(moves=MOVES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_a_case_moves_by_acceptance_alone(desk: Desk, moves: list[str]) -> None:
    case, amina, achieng = desk.taken(), desk.officer(AMINA), desk.officer(ACHIENG)
    for at, move in enumerate(moves):
        before, latest = Case.objects.get(pk=case.pk), case.transfers.order_by("made_at").last()
        was, number = latest.state if latest else "", latest.number if latest else "none"
        deeds: dict[str, Callable[[], object]] = {
            "offer": partial(offer, desk, case, key=b"%d" % at),
            "accept": partial(acts.accept_transfer, number, by=achieng, now=now(), keys=KEYS()),
            "decline": partial(acts.decline_transfer, number, "Why.", by=achieng, now=now(), keys=KEYS()),
            "revoke": partial(acts.revoke_transfer, number, "Why.", by=amina, now=now(), keys=KEYS()),
            "close": partial(acts.close, case.number, Outcome.HELPED, by=amina, now=now()),
            "reopen": partial(acts.reopen, case.number, Reason.MISJUDGED, by=amina, now=now()),
        }
        with suppress(Refused, NotFound):
            deeds[move]()
        after = Case.objects.get(pk=case.pk)
        moved = before.organisation_id != after.organisation_id
        assert moved == (move == "accept" and was == "sent" and before.state != "closed")
        assert case.transfers.filter(state="sent").count() <= 1


def test_accepting_and_taking_back_at_once(live_desk: Desk) -> None:
    case, keys = live_desk.taken(), KEYS()
    amina, achieng = live_desk.officer(AMINA), live_desk.officer(ACHIENG)
    transfer = offer(live_desk, case)
    at_once(
        partial(acts.accept_transfer, transfer.number, by=achieng, now=now(), keys=keys),
        partial(acts.revoke_transfer, transfer.number, "Settled.", by=amina, now=now(), keys=keys),
    )
    transfer.refresh_from_db()
    case.refresh_from_db()
    assert case.organisation is not None
    mine = str(case.organisation.uuid) == live_desk.house(OFFICE)
    assert mine == (transfer.state == "accepted")
    assert transfer.state in {"accepted", "revoked"}


def test_two_of_the_receiver_take_it_once(live_desk: Desk) -> None:
    case, keys = live_desk.taken(), KEYS()
    transfer = offer(live_desk, case)
    achieng = live_desk.officer(ACHIENG)
    at_once(
        partial(acts.accept_transfer, transfer.number, by=achieng, now=now(), keys=keys),
        partial(acts.accept_transfer, transfer.number, by=achieng, now=now(), keys=keys),
    )
    assert Entry.objects.filter(action="casework.transfer.accept").count() == 1
