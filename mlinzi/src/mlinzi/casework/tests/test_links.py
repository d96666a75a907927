"""An organisation without account answers by a link: nothing is used up by opening the address, nothing about
a child stands in the letter, and whatever is wrong with a link looks the same.
"""

import io
import logging
import logging.config
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from mlinzi.casework import acts, jobs
from mlinzi.casework.models import Case, GuestLink, Referral
from mlinzi.casework.rules import LINK_USES, ReferralState
from mlinzi.casework.tests.conftest import STORY, Desk, status_of
from mlinzi.casework.tests.test_races import at_once
from mlinzi.intake.rules import Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import MlinziError, NotFound, Refused
from mlinzi.kernel.keyring import keyring
from mlinzi.messaging import acts as messaging
from tests.people import ACHIENG, AMINA, CHAO
from tests.tables import Entry, Letter
from tests.world import WORKER

ADDRESS = "front.desk@shelter.invalid"
SILENT = "turkana_childrens_office"


def asked(desk: Desk, case: Case | None = None) -> Referral:
    """A referral to an organisation of which nobody has an account any more, with a link on its way."""
    desk.world.people["ekai"].grants.update(ended_at=now())
    case = case or desk.taken()
    return desk.refer(case, to=SILENT, address=ADDRESS, again=ADDRESS, note="Please call her aunt.")


def token_in_the_letter() -> str:
    jobs.write_links()
    messaging.send_waiting(by=WORKER, now=now(), keys=keyring())
    found = re.search(r"/a/([\w-]+)/", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def guest(token: str) -> Client:
    client = Client()
    assert client.get(f"/a/{token}/").status_code == 302
    return client


def contents() -> tuple[object, ...]:
    return (
        list(GuestLink.objects.values_list()),
        list(Referral.objects.values_list()),
        Entry.objects.count(),
        Letter.objects.count(),
    )


def test_the_letter_holds_a_link_and_a_number_and_nothing_else(desk: Desk) -> None:
    referral = asked(desk)
    token = token_in_the_letter()
    letter = mail.outbox[-1]
    assert letter.to == [ADDRESS]
    assert referral.number in str(letter.body)
    for word in (STORY[:20], "child", "mtoto", "aunt", referral.case.number):
        assert word not in f"{letter.subject} {letter.body}"
    link = GuestLink.objects.get()
    assert len(token) == 43
    assert token.encode() not in bytes(link.token_digest or b"")
    assert ADDRESS.encode() not in bytes(link.address)
    assert token.encode() not in bytes(Letter.objects.get(about="link").sealed)
    assert jobs.write_links() == 0, "one letter"


def test_opening_the_address_changes_nothing_and_leads_to_a_clean_one(desk: Desk) -> None:
    asked(desk)
    token = token_in_the_letter()
    before = contents()
    for _ in range(3):
        client = Client()
        answer = client.get(f"/a/{token}/")
        assert answer["Location"] == "/a/"
        assert answer["Referrer-Policy"] == "no-referrer"
        cookie = answer.cookies["mlinzi_asked"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/a/")
        assert token not in cookie.value
        page = client.get("/a/").content.decode()
        assert STORY not in page
        assert token not in page
    assert contents() == before, "programs that look through mail have acknowledged nothing"
    assert client.get("/a/open/").status_code == 405


def test_the_whole_way_by_link(desk: Desk) -> None:
    receipt = desk.report()
    acts.triage_waiting(by=WORKER, now=now())
    case = acts.take(Case.objects.get().number, by=desk.officer(AMINA), now=now())
    referral = asked(desk, case)
    client = guest(token_in_the_letter())
    first = client.get("/a/").content.decode()
    assert referral.number in first
    assert "National Desk" in first
    opened = client.post("/a/open/").content.decode()
    assert STORY in opened
    assert "Please call her aunt." in opened
    entry = Entry.objects.get(action="casework.referral.open")
    assert (entry.actor_kind, entry.actor_id) == ("guest", f"referral:{referral.id}")
    assert entry.organisation == desk.house(SILENT)
    client.post("/a/accept/")
    assert status_of(receipt) is Status.BEING_HELPED
    refused = client.post("/a/done/", {"text": "Visited."})
    assert refused.status_code == 422
    sent = client.post("/a/done/", {"text": "Visited.", "outcome": "child_safe"})
    assert sent["Location"] == "/a/thanks/"
    referral.refresh_from_db()
    assert (referral.state, referral.outcome, referral.taken_by) == ("done", "child_safe", None)
    assert Letter.objects.filter(about="referral.answer").count() == 2
    assert client.get("/a/").status_code == 404


def bodies(*answers: HttpResponse) -> set[bytes]:
    return {re.sub(rb'value="[\w-]{64}"', b"", answer.content) for answer in answers}


def test_whatever_is_wrong_with_a_link_the_page_is_the_same(desk: Desk) -> None:
    referral, amina = asked(desk), desk.officer(AMINA)
    old = token_in_the_letter()
    held = guest(old)
    acts.send_link(referral.number, ADDRESS, ADDRESS, by=amina, now=now(), keys=keyring())
    new = token_in_the_letter()
    GuestLink.objects.filter(ended_at=None).update(expires_at=now())
    forged = Client()
    forged.cookies["mlinzi_asked"] = str(GuestLink.objects.latest("made_at").id)
    answers: list[Any] = [
        Client().get("/a/none-at-all/"),
        Client().get(f"/a/{old}/"),
        Client().get(f"/a/{new}/"),
        Client().get("/a/"),
        held.get("/a/"),
        held.post("/a/open/"),
        held.post("/a/accept/"),
        forged.get("/a/"),
        forged.post("/a/decline/", {"text": "No."}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len(bodies(*answers)) == 1
    assert Referral.objects.get().state == "sent"


def test_a_form_from_elsewhere_is_not_taken(desk: Desk) -> None:
    asked(desk)
    token = token_in_the_letter()
    client = Client(enforce_csrf_checks=True)
    client.get(f"/a/{token}/")
    assert client.post("/a/accept/").status_code == 403
    assert Referral.objects.get().state == "sent"


def test_a_link_opens_a_bounded_number_of_times(desk: Desk) -> None:
    asked(desk)
    client = guest(token_in_the_letter())
    GuestLink.objects.update(uses=LINK_USES - 1)
    assert client.post("/a/open/").status_code == 404, "the last one is spent on the way in"
    assert client.post("/a/open/").status_code == 404
    assert GuestLink.objects.get().uses == LINK_USES


def test_the_copy_ends_for_the_guest_too(desk: Desk) -> None:
    referral = asked(desk)
    token_in_the_letter()
    link = GuestLink.objects.get()
    assert acts.open_by_link(link.id, now=now(), keys=keyring()).note == "Please call her aunt."
    with pytest.raises(Refused, match="Only the organisation that asked"):
        acts.answer_by_link(link.id, ReferralState.REVOKED, "No.", now=now(), keys=keyring())
    acts.revoke(referral.number, "Settled.", by=desk.officer(AMINA), now=now(), keys=keyring())
    with pytest.raises(NotFound):
        acts.open_by_link(link.id, now=now(), keys=keyring())
    GuestLink.objects.update(ended_at=None)
    with pytest.raises(Refused, match="can no longer be opened"):
        acts.open_by_link(link.id, now=now(), keys=keyring())


def test_who_may_send_and_end_a_link(desk: Desk) -> None:
    referral, amina = asked(desk), desk.officer(AMINA)
    for who in (ACHIENG, CHAO):
        with pytest.raises(NotFound):
            acts.send_link(referral.number, ADDRESS, ADDRESS, by=desk.officer(who), now=now(), keys=keyring())
        with pytest.raises(NotFound):
            acts.end_link(referral.number, by=desk.officer(who), now=now())
    for address, again, words in (("", "", "Give the"), (ADDRESS, "other@x.invalid", "differ")):
        with pytest.raises(Refused, match=words):
            acts.send_link(referral.number, address, again, by=amina, now=now(), keys=keyring())
    acts.end_link(referral.number, by=amina, now=now())
    with pytest.raises(NotFound):
        acts.end_link(referral.number, by=amina, now=now())
    assert GuestLink.objects.filter(ended_at=None).count() == 0
    assert jobs.write_links() == 0, "no letter for a link that was ended before it left"


def test_the_link_lives_as_long_as_the_pack_says(desk: Desk) -> None:
    moment = now()
    asked(desk)
    link = GuestLink.objects.get()
    assert abs((link.expires_at - moment) - timedelta(hours=72)) < timedelta(minutes=1)


def test_no_log_line_holds_the_token(desk: Desk) -> None:
    """The real configuration of the log, with everything that a request could make it say."""
    asked(desk)
    token = token_in_the_letter()
    written = io.StringIO()
    config: dict[str, Any] = {**settings.LOGGING, "disable_existing_loggers": False}
    try:
        logging.config.dictConfig(config)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(written)
        Client().get(f"/a/{token}/")
        Client().get(f"/a/{token}x/")
        Client().post(f"/a/{token}/")
        request = Client().get(f"/a/{token}/").wsgi_request
        for name in ("django.request", "django.security.csrf", "django.server"):
            told = {"request": request, "status_code": 404}
            logging.getLogger(name).error("Not Found: %s", request.path, extra=told)
        logging.getLogger("mlinzi").info("a line of ours")
    finally:
        logging.config.dictConfig(config)
    assert "request failed with status 404" in written.getvalue()
    assert token not in written.getvalue()


def test_link_and_revoking_at_once_end_in_one_state(live_desk: Desk) -> None:
    referral, keys = asked(live_desk), keyring()
    amina = live_desk.officer(AMINA)
    token_in_the_letter()
    link = GuestLink.objects.get()
    at_once(
        partial(acts.answer_by_link, link.id, ReferralState.ACCEPTED, now=now(), keys=keys),
        partial(acts.revoke, referral.number, "Settled.", by=amina, now=now(), keys=keys),
    )
    assert Referral.objects.get().state == "revoked"


def test_link_and_account_at_once_accept_once(live_desk: Desk) -> None:
    case, keys, achieng = live_desk.taken(), keyring(), live_desk.officer(ACHIENG)
    for service in ("rescue", "case_management", "family_support"):
        referral = live_desk.refer(case, service=service, address=ADDRESS, again=ADDRESS)
        token_in_the_letter()
        link = GuestLink.objects.get(referral=referral)
        found = at_once(
            partial(acts.answer_by_link, link.id, ReferralState.ACCEPTED, now=now(), keys=keys),
            partial(acts.accept, referral.number, by=achieng, now=now(), keys=keys),
        )
        assert sum(isinstance(one, MlinziError) for one in found) == 1
        entries = Entry.objects.filter(action="casework.referral.accept", object_id=str(referral.id))
        assert entries.count() == 1
