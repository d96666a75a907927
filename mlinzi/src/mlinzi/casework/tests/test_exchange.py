"""What a referral shares reaches the children's case system once, whole, and without a name in a log; what
does not arrive is seen.
"""

import json
import logging
import secrets
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mlinzi.casework import acts, jobs, reads, rules
from mlinzi.casework.channels.cpims import Cpims
from mlinzi.casework.models import Case, Outgoing, PersonInCase, Referral
from mlinzi.casework.rules import (
    Basis,
    Failure,
    GiveUp,
    OutgoingState,
    Part,
    PersonField,
    Purpose,
    Shared,
)
from mlinzi.casework.tests.conftest import STORY, Desk
from mlinzi.casework.tests.standin import SERIAL, TOKEN, StandIn, stand_in
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.vault.acts import open_for_work
from mlinzi.vault.rules import SealedText
from tests.people import ACHIENG, AMINA, CHAO, OTIENO, WANJIKU
from tests.tables import Entry
from tests.world import WORKER, sign_in

CHOSEN = frozenset({Shared.WHAT_HAPPENED, Shared.CATEGORY, Shared.AREA})


@pytest.fixture
def there() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


def signed_in_client(desk: Desk, who: str) -> Client:
    client = Client()
    sign_in(client, desk.world.people[who])
    return client


def channel(there: StandIn, timeout: float = 5.0) -> Cpims:
    return Cpims(there.address, TOKEN, timeout=timeout)


def somebody(desk: Desk, case: Case, part: Part, name: str) -> PersonInCase:
    told = acts.PersonTold(part=part, fields={PersonField.NAME: name, PersonField.BORN: "2014-03-09"})
    key, by = secrets.token_bytes(16), desk.officer(AMINA)
    return acts.add_person(case.number, told, form_key=key, by=by, now=now(), keys=keyring())


def message_of(row: Outgoing) -> dict[str, Any]:
    thing = SealedText(reads.OUTGOING, str(row.id), "payload", bytes(row.payload))
    message: dict[str, Any] = json.loads(open_for_work(thing, by=WORKER, now=now(), keys=keyring()))
    return message


def laid_out(desk: Desk, who: str = AMINA, **more: Any) -> Outgoing:
    """A case of a known kind whose referral was laid out for the other system."""
    referral = desk.refer(desk.taken(category="asked_for_pictures"), shared=CHOSEN, **more)
    [row] = export(desk, referral, who)
    return row


def export(
    desk: Desk, referral: Referral, who: str = AMINA, *, on: bool = True, people: Collection[str] = ()
) -> list[Outgoing]:
    return acts.export(
        referral.number, people, switched_on=on, by=desk.officer(who), now=now(), keys=keyring()
    )


def work(there: StandIn, *, later: timedelta = timedelta(0), timeout: float = 5.0) -> int:
    way = channel(there, timeout)
    return acts.deliver_waiting("cpims", way, by=WORKER, now=now() + later, keys=keyring())


# ------------------------------------------------------------------ laid out
def test_only_what_the_referral_shares_is_laid_out(desk: Desk) -> None:
    row = laid_out(desk)
    message = message_of(row)
    assert message["case_id"] == str(row.id)
    assert message["case_category"] == "CCOA"
    assert message["county"] == "047"
    assert message["case_narration"] == STORY
    assert STORY[:20].encode() not in bytes(row.payload)
    entry = Entry.objects.get(action="casework.case.export")
    assert entry.details == {"referral": str(row.referral_id), "to": "cpims", "messages": 1}
    assert Entry.objects.filter(action="casework.case.share", object_id=str(row.case_id)).count() == 2


def test_what_was_not_shared_is_not_sent_and_what_is_missing_is_said(desk: Desk) -> None:
    referral = desk.refer(desk.taken(category="asked_for_pictures"))
    with pytest.raises(Refused, match="the kind of matter") as caught:
        export(desk, referral)
    assert len(caught.value.reasons) == 2, "the area is missing too"
    with pytest.raises(Refused, match="not switched on"):
        export(desk, referral, on=False)
    assert not Outgoing.objects.exists()


def test_brothers_and_sisters_are_sent_too_and_only_what_was_ticked_of_them(desk: Desk) -> None:
    case = desk.taken(category="asked_for_pictures")
    zuri = somebody(desk, case, Part.CHILD, "Zuri Wa Mfano")
    baraka = somebody(desk, case, Part.CHILD, "Baraka Mfano")
    uncle = somebody(desk, case, Part.SUSPECT, "Mzee Invented")
    somebody(desk, case, Part.CAREGIVER, "Mama Mfano")
    referral = desk.refer(case, shared=CHOSEN)
    ticked = {f"person:{zuri.id}:name", f"person:{zuri.id}:born", f"person:{uncle.id}:name"}
    rows = export(desk, referral, people=ticked)
    first, second = (message_of(row) for row in rows)
    assert [row.child for row in rows] == [zuri.id, baraka.id]
    names = [first[f"child_{n}"] for n in ("first_name", "surname", "other_names", "dob")]
    assert names == ["Zuri", "Mfano", "Wa", "2014-03-09"]
    assert (second["child_first_name"], second["child_dob"]) == ("", "")
    assert second["case_id"] != first["case_id"]
    for message in (first, second):
        assert [p["first_name"] for p in message["perpetrators"]] == ["Mzee"]
        assert message["caregivers"] == []
    assert "Baraka" not in str(first) + str(second)


def test_names_leave_only_on_the_ground_of_the_referral(desk: Desk) -> None:
    case = desk.taken(category="asked_for_pictures")
    zuri = somebody(desk, case, Part.CHILD, "Zuri Mfano")
    other = somebody(desk, desk.taken(), Part.CHILD, "Somebody Else")
    referral = desk.refer(case, shared=CHOSEN)
    with pytest.raises(Refused, match="not in this case"):
        export(desk, referral, people={f"person:{other.id}:name"})
    Referral.objects.filter(id=referral.id).update(basis=Basis.CONSENT)
    with pytest.raises(Refused, match="No consent"):
        export(desk, referral, people={f"person:{zuri.id}:name"})
    Referral.objects.filter(id=referral.id).update(basis=Basis.BEST_INTEREST)
    with pytest.raises(Refused, match="second person"):
        export(desk, referral, people={f"person:{zuri.id}:name"})
    assert not Outgoing.objects.exists()


def test_a_double_click_lays_out_once(desk: Desk) -> None:
    row = laid_out(desk)
    assert [one.id for one in export(desk, row.referral)] == [row.id]
    assert Entry.objects.filter(action="casework.case.export").count() == 1


@pytest.mark.parametrize("who", [CHAO, OTIENO, ACHIENG])
def test_others_find_nothing_to_send(desk: Desk, who: str) -> None:
    referral = desk.refer(desk.taken(category="asked_for_pictures"), shared=CHOSEN)
    with pytest.raises(NotFound):
        export(desk, referral, who)


# ------------------------------------------------------------------ on its way
def test_it_arrives_and_its_serial_comes_later(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    assert work(there) == 1
    row.refresh_from_db()
    assert (row.state, row.serial, row.tries) == (OutgoingState.SENT, "", 1)
    assert list(there.held) == [str(row.id)]
    assert there.questions == [], "the first time there is nothing to ask"
    assert work(there, later=timedelta(days=1)) == 0
    there.serials[str(row.id)] = SERIAL
    later = now() + timedelta(hours=2)
    assert acts.ask_serials("cpims", channel(there), by=WORKER, now=later) == 1
    row.refresh_from_db()
    assert row.serial == SERIAL
    assert acts.ask_serials("cpims", channel(there), by=WORKER, now=now() + timedelta(days=9)) == 0


def test_a_refusal_with_200_waits_for_a_person(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    there.moods = ["error"]
    work(there)
    row.refresh_from_db()
    assert (row.state, row.failure) == (OutgoingState.DEAD, Failure.REFUSED)
    assert work(there, later=timedelta(days=2)) == 0
    assert Entry.objects.filter(action="casework.outgoing.die").count() == 1
    assert not Entry.objects.filter(action="casework.outgoing.send").exists()


def test_an_answer_that_was_lost_makes_no_second_case(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    there.moods = ["slow"]
    work(there, timeout=0.5)
    row.refresh_from_db()
    assert (row.state, row.failure) == (OutgoingState.FAILED, Failure.NO_ANSWER)
    assert work(there, later=timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert row.state == OutgoingState.SENT
    assert len(there.posts) == 1, "it was asked for, and was there"


def test_it_is_not_sent_again_while_nobody_says_whether_it_arrived(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    there.moods = ["down", "html", "down"]
    for n in range(1, 4):
        work(there, later=timedelta(hours=n))
    row.refresh_from_db()
    assert (row.state, row.tries, len(there.posts)) == (OutgoingState.FAILED, 3, 1)
    work(there, later=timedelta(days=1))
    row.refresh_from_db()
    assert row.state == OutgoingState.SENT
    assert [post["case_id"] for post in there.posts] == [str(row.id)] * 2


def test_a_worker_killed_in_between_asks_first(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)

    class Killed(Cpims):
        def deliver(self, message: dict[str, Any]) -> rules.Receipt:
            super().deliver(message)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acts.deliver_waiting("cpims", Killed(there.address, TOKEN), by=WORKER, now=now(), keys=keyring())
    assert work(there) == 0, "another worker does not hold it at the same time"
    assert work(there, later=rules.LEASE + timedelta(seconds=1)) == 1
    row.refresh_from_db()
    assert (row.state, len(there.posts)) == (OutgoingState.SENT, 1)


def test_after_the_last_try_a_person_has_to_look(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    there.moods = ["down"] * rules.MOST_TRIES
    for n in range(rules.MOST_TRIES):
        work(there, later=timedelta(days=2 * n))
    row.refresh_from_db()
    assert (row.state, row.tries) == (OutgoingState.DEAD, rules.MOST_TRIES)


def test_what_was_taken_back_does_not_leave(desk: Desk, there: StandIn) -> None:
    row = laid_out(desk)
    acts.revoke(row.referral.number, "Wrong.", by=desk.officer(AMINA), now=now(), keys=keyring())
    assert work(there) == 0
    row.refresh_from_db()
    assert (row.state, row.failure) == (OutgoingState.GIVEN_UP, Failure.TAKEN_BACK)
    assert there.posts == []


@pytest.mark.parametrize("mood", ["error", "html", "down", "other", ""])
def test_no_name_and_no_story_reaches_a_log_or_the_audit(
    desk: Desk, there: StandIn, mood: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    laid_out(desk)
    there.moods = [mood]
    work(there)
    said = caplog.text + str(list(Entry.objects.values_list("details", flat=True)))
    for word in (STORY[:20], TOKEN, "Invalid date"):
        assert word not in said


def test_without_an_address_and_a_token_nothing_is_sent(
    desk: Desk, there: StandIn, settings: Any, tmp_path: Path
) -> None:
    row = laid_out(desk)
    assert (jobs.deliver(), jobs.ask_serials()) == (0, 0)
    settings.CPIMS_URL = there.address
    assert jobs.deliver() == 0
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    settings.CPIMS_TOKEN_FILE = str(token)
    assert jobs.deliver() == 1
    assert jobs.ask_serials() == 0, "not before an hour"
    row.refresh_from_db()
    assert row.state == OutgoingState.SENT


# ------------------------------------------------------------------ a person looks
def dead(desk: Desk, there: StandIn) -> Outgoing:
    row = laid_out(desk)
    there.moods = ["error"]
    work(there)
    row.refresh_from_db()
    return row


def test_a_supervisor_lets_it_be_tried_again(desk: Desk, there: StandIn) -> None:
    row, wanjiku = dead(desk, there), desk.officer(WANJIKU)
    with pytest.raises(NotFound):
        acts.retry_outgoing(row.id, by=desk.officer(AMINA), now=now())
    acts.retry_outgoing(row.id, by=wanjiku, now=now())
    with pytest.raises(Refused):
        acts.retry_outgoing(row.id, by=wanjiku, now=now())
    work(there)
    row.refresh_from_db()
    assert row.state == OutgoingState.SENT
    assert there.questions == [str(row.id)], "asked first"


def test_pages_of_what_did_not_arrive(desk: Desk, there: StandIn) -> None:
    client = signed_in_client(desk, WANJIKU)
    assert "Everything that was sent has arrived" in client.get("/sending/").content.decode()
    row = dead(desk, there)
    page = client.get("/sending/").content.decode()
    assert row.case.number in page
    assert "refused it" in page
    one = client.get(f"/sending/{row.id}/").content.decode()
    assert "Invalid date" not in page + one
    assert Entry.objects.filter(action="casework.outgoing.open").count() == 0
    opened = client.post(f"/sending/{row.id}/open/", {"purpose": Purpose.SUPERVISION})
    assert "Invalid date" in opened.content.decode()
    assert Entry.objects.filter(action="casework.outgoing.open").count() == 1
    nothing = client.post(f"/sending/{row.id}/open/", {"purpose": ""}).content.decode()
    assert "Invalid date" not in nothing
    assert client.post(f"/sending/{row.id}/give-up/", {}).status_code == 422
    done = client.post(f"/sending/{row.id}/give-up/", {"reason": GiveUp.TOLD_OTHERWISE})
    assert (done.status_code, done["Location"]) == (302, "/sending/")
    row.refresh_from_db()
    assert row.state == OutgoingState.GIVEN_UP
    assert Entry.objects.get(action="casework.outgoing.give_up").details["reason"] == "told_otherwise"
    again = client.post(f"/sending/{row.id}/again/", follow=True)
    assert "does not wait for anybody" in again.content.decode()


@pytest.mark.parametrize("who", [AMINA, CHAO, ACHIENG])
def test_others_do_not_find_what_did_not_arrive(desk: Desk, there: StandIn, who: str) -> None:
    row, client = dead(desk, there), signed_in_client(desk, who)
    for path in ("", f"{row.id}/", f"{row.id}/give-up/"):
        assert client.get(f"/sending/{path}").status_code == 404
    for path in ("open/", "again/", "give-up/"):
        assert client.post(f"/sending/{row.id}/{path}", {"reason": "wrong"}).status_code == 404


def test_the_senders_page_offers_it_and_shows_what_became_of_it(
    desk: Desk, there: StandIn, settings: Any
) -> None:
    referral = desk.refer(desk.taken(category="asked_for_pictures"), shared=CHOSEN)
    client, path = signed_in_client(desk, AMINA), f"/referrals/{referral.number}/"
    assert "case system" not in client.get(path).content.decode(), "not switched on"
    settings.CPIMS_URL = there.address
    assert "Send to the children's case system" in client.get(path).content.decode()
    assert "checked" not in client.get(f"{path}send/").content.decode()
    assert "Waits to be sent" in client.post(f"{path}send/", follow=True).content.decode()
    assert "case system" not in signed_in_client(desk, ACHIENG).get(path).content.decode()
    assert signed_in_client(desk, ACHIENG).post(f"{path}send/").status_code == 404
    work(there)
    assert "not taken up there yet" in client.get(path).content.decode()


def test_the_sender_reads_why_it_cannot_be_sent(desk: Desk, settings: Any) -> None:
    referral = desk.refer(desk.taken(category="asked_for_pictures"))
    settings.CPIMS_URL = "https://cpims.invalid"
    client = signed_in_client(desk, AMINA)
    page = client.post(f"/referrals/{referral.number}/send/")
    assert page.status_code == 422
    assert "asks for the area" in page.content.decode()
