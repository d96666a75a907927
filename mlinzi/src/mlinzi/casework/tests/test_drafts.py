"""Where nobody could be asked, two people decide; where a child is in danger now, one may send at once and
the other looks afterwards.
"""

from functools import partial
from typing import Any

import pytest
from django.test import Client

from mlinzi.casework import acts, reads
from mlinzi.casework.models import Case, Referral, ReferralDraft, SecondLook
from mlinzi.casework.rules import Action, Basis, Purpose, Urgency
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.casework.tests.test_races import at_once
from mlinzi.intake.rules import Danger
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import MlinziError, NotFound, Refused
from mlinzi.kernel.keyring import keyring
from tests.people import ACHIENG, AMINA, CHAO, WANJIKU
from tests.tables import Entry, Grant
from tests.world import sign_in


def ask(desk: Desk, case: Case, key: bytes = b"k", **more: Any) -> ReferralDraft:
    chosen = {"basis": Basis.BEST_INTEREST, "reason": "She cannot be reached.", **more}
    return acts.ask_to_refer(
        case.number, desk.wish(**chosen), form_key=key, by=desk.officer(AMINA), now=now(), keys=keyring()
    )


def decide(desk: Desk, *, agree: bool) -> None:
    look = SecondLook.objects.get(state="waiting")
    acts.decide_second(
        look.id, agree=agree, words="As I see it.", by=desk.officer(WANJIKU), now=now(), keys=keyring()
    )


def send(desk: Desk, draft: ReferralDraft) -> Referral:
    return acts.send_draft(draft.case.number, draft.id, by=desk.officer(AMINA), now=now(), keys=keyring())


def test_nothing_leaves_before_a_second_person_agrees_and_then_exactly_that(desk: Desk) -> None:
    case, achieng = desk.taken(), desk.officer(ACHIENG)
    draft = ask(desk, case, note="Please visit.")
    assert ask(desk, case).id == draft.id, "a form sent twice asks once"
    assert not Referral.objects.exists()
    assert reads.referrals(by=achieng).rows == []
    with pytest.raises(Refused, match="second person who agrees"):
        send(desk, draft)
    decide(desk, agree=True)
    referral = send(desk, draft)
    assert bytes(referral.shared) == bytes(draft.shared)
    assert send(desk, draft).id == referral.id, "a second click finds the first"
    copy = acts.open_referral(referral.number, Purpose.REFERRAL, by=achieng, now=now(), keys=keyring())
    assert (copy.items, copy.note) == ({"what_happened": [STORY]}, "Please visit.")
    assert SecondLook.objects.get().spent_at is not None
    entry = Entry.objects.get(action="casework.case.draft")
    assert entry.details["item_1"] == draft.codes[0]
    assert b"reached" not in bytes(SecondLook.objects.get().words)


def test_one_officer_alone_does_not_get_past_the_second(desk: Desk) -> None:
    case = desk.taken()
    with pytest.raises(Refused, match="second person has to agree"):
        desk.refer(case, basis=Basis.BEST_INTEREST, reason="Best.")
    with pytest.raises(Refused, match="Say why it is best"):
        ask(desk, case, reason=" ")
    draft = ask(desk, case)
    look, supervisor = SecondLook.objects.get(), Grant.objects.get(person=desk.world.people[WANJIKU]).role
    Grant.objects.filter(person=desk.world.people[AMINA]).update(role=supervisor)
    by_herself = desk.officer(AMINA)
    with pytest.raises(Refused, match="asked for this yourself"):
        acts.decide_second(look.id, agree=True, words="", by=by_herself, now=now(), keys=keyring())
    assert not Referral.objects.exists()
    assert draft.ended_at is None


def test_a_refusal_sends_nothing_and_a_draft_can_be_dropped(desk: Desk) -> None:
    case = desk.taken()
    draft = ask(desk, case)
    decide(desk, agree=False)
    with pytest.raises(Refused, match="second person who agrees"):
        send(desk, draft)
    with pytest.raises(Refused, match="waits for a second person already"):
        ask(desk, case, key=b"other")
    with pytest.raises(NotFound):
        acts.drop_draft(case.number, draft.id, by=desk.officer(CHAO), now=now())
    for _ in range(2):
        acts.drop_draft(case.number, draft.id, by=desk.officer(AMINA), now=now())
    with pytest.raises(NotFound):
        send(desk, draft)
    assert reads.drafts_of(case) == []
    assert Entry.objects.filter(action="casework.case.drop").count() == 1


def test_without_the_permission_nobody_asks(desk: Desk) -> None:
    case = desk.taken()
    role = desk.world.people[AMINA].grants.get().role
    role.rights.filter(action=Action.CASE_OVERRIDE).delete()
    with pytest.raises(Refused, match="Your role may not share without consent"):
        ask(desk, case)


def test_a_child_in_danger_now_does_not_wait(desk: Desk) -> None:
    case = desk.taken(danger=Danger.YES)
    assert case.urgency == Urgency.HIGH
    referral = desk.refer(case, service="rescue", basis=Basis.BEST_INTEREST, reason="He is at the door.")
    look = SecondLook.objects.get()
    referral.refresh_from_db()
    assert (referral.state, referral.look, look.subject_id) == ("sent", look.id, str(referral.id))
    assert (look.expires_at - look.asked_at).total_seconds() == 24 * 3600
    assert reads.not_agreed(case) == []
    decide(desk, agree=False)
    assert reads.not_agreed(case) == [referral]
    acts.revoke(referral.number, "Not agreed.", by=desk.officer(AMINA), now=now(), keys=keyring())
    assert reads.not_agreed(case) == []


def test_two_who_send_the_same_draft_send_one(live_desk: Desk) -> None:
    case = live_desk.taken()
    draft = ask(live_desk, case)
    decide(live_desk, agree=True)
    found = at_once(partial(send, live_desk, draft), partial(send, live_desk, draft))
    assert not [one for one in found if isinstance(one, MlinziError)]
    assert Referral.objects.count() == 1


def test_the_second_person_reads_exactly_what_would_be_sent(desk: Desk) -> None:
    case = desk.taken()
    ask(desk, case, note="Please visit.")
    look, wanjiku = SecondLook.objects.get(), Client()
    sign_in(wanjiku, desk.world.people[WANJIKU])
    page = f"/second/{look.id}/"
    shut = wanjiku.get(page).content.decode()
    assert "Nairobi Demonstration Children" in shut
    assert "What happened, in the reporter" in shut
    assert STORY not in shut
    wanjiku.post(f"/cases/{case.number}/open/", {"purpose": "supervision"})
    opened = wanjiku.get(page).content.decode()
    assert STORY in opened
    assert "Please visit." in opened
    assert "She cannot be reached." in opened
