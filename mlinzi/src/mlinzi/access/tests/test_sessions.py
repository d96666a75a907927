"""Sessions end; what was typed does not get lost; without a second factor nothing is open."""

import time
from datetime import timedelta

import pytest
from django.test import Client

from mlinzi.access import acts
from mlinzi.access.models import TypedText
from mlinzi.access.tests.conftest import (
    House,
    age_session,
    code,
    enter,
    give_password,
    hold,
    sign_in,
    wrong_code,
)
from mlinzi.kernel.clock import now
from tests.logbook import entries

pytestmark = pytest.mark.django_db


def test_fifteen_quiet_minutes_end_a_session_and_fourteen_do_not(house: House, client: Client) -> None:
    enter(client, house["ada"])
    age_session(client, 14)
    assert client.get("/people/").status_code == 200
    age_session(client, 15.1)
    answer = client.get("/people/?name=mir")
    assert answer["Location"] == "/sign-in/?next=%2Fpeople%2F%3Fname%3Dmir&ended=idle"
    assert "because nothing happened for 15 minutes" in client.get(answer["Location"]).content.decode()
    assert client.session.get("_auth_user_id") is None
    assert entries(action="access.session.end").get().details == {"why": "idle"}


def test_every_request_keeps_the_session(house: House, client: Client) -> None:
    enter(client, house["ada"])
    for _ in range(4):
        age_session(client, 10)
        assert client.get("/people/").status_code == 200
    age_session(client, 10)
    assert client.post("/session/stay/").status_code == 204
    age_session(client, 10)
    assert client.get("/people/").status_code == 200


def test_no_session_lives_longer_than_twelve_hours(house: House, client: Client) -> None:
    enter(client, house["ada"])
    session = client.session
    session["began_at"] = time.time() - 12 * 3600 - 1
    session["seen_at"] = time.time()
    session.save()
    assert client.get("/people/").status_code == 302
    assert entries(action="access.session.end").get().details == {"why": "old"}


FORM = {"name": "Nima Reed", "email": "nima@example.org", "organisation": "", "language": "sw"}


def typed_while_away(house: House, client: Client) -> str:
    """Ada fills in the invitation form and is called away. Returns the page she is sent to."""
    enter(client, house["ada"])
    client.get("/people/invite/")
    age_session(client, 20)
    form = {**FORM, "organisation": house.organisation("first_lantern")}
    answer = client.post("/people/invite/", form)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_typed_text_comes_back_to_the_same_person_once(house: House, client: Client) -> None:
    address = typed_while_away(house, client)
    assert address == "/sign-in/?next=%2Fpeople%2Finvite%2F&ended=kept"
    assert "it will be back in the form" in client.get(address).content.decode()
    assert not entries(action="access.person.invite").exists(), "it was done after the session's end"
    give_password(client, "ada", next="/people/invite/")
    onwards = client.post("/sign-in/second-factor/", {"code": code()})["Location"]
    page = client.get(onwards).content.decode()
    assert 'value="Nima Reed"' in page
    assert 'value="nima@example.org"' in page
    assert "What you had typed is back in the form" in page
    again = client.get(onwards).content.decode()
    assert "Nima Reed" not in again


def test_typed_text_does_not_come_to_anybody_else(house: House, client: Client) -> None:
    typed_while_away(house, client)
    sign_in(client, "bo")
    assert "Nima Reed" not in client.get("/people/invite/").content.decode()
    client.post("/sign-out/")
    sign_in(client, "ada")
    assert "Nima Reed" in client.get("/people/invite/").content.decode()


def test_another_site_cannot_leave_its_words_in_a_form(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    enter(client, house["ada"])
    age_session(client, 20)
    assert client.post("/people/invite/", FORM).status_code == 403
    assert not TypedText.objects.exists()


def test_no_password_is_kept(house: House, client: Client) -> None:
    enter(client, house["ada"])
    age_session(client, 20)
    client.post("/account/password/", {"old_password": "a", "new_password": "b", "again_password": "b"})
    assert not TypedText.objects.exists()


def test_the_page_hands_in_what_was_typed_and_the_session_ends(house: House, client: Client) -> None:
    enter(client, house["ada"])
    assert client.get("/session/keep/").status_code == 405
    answer = client.post("/session/keep/", {**FORM, "posted_to": "/people/invite/"})
    assert answer.status_code == 204
    assert client.get("/people/").status_code == 302
    sign_in(client, "ada")
    assert "Nima Reed" in client.get("/people/invite/").content.decode()


def test_handing_in_works_when_the_session_was_over_already(house: House, client: Client) -> None:
    enter(client, house["ada"])
    age_session(client, 20)
    client.post("/session/keep/", {**FORM, "posted_to": "/people/invite/"})
    sign_in(client, "ada")
    assert "Nima Reed" in client.get("/people/invite/").content.decode()


def test_a_dangerous_page_asks_for_the_factor_again_and_loses_nothing(house: House, client: Client) -> None:
    enter(client, house["ada"], factor_at=now() - timedelta(minutes=11))
    restore = f"/people/{house['mirren'].id}/restore/"
    answer = client.post(restore, {"reason": "I met her at the office"})
    assert answer["Location"].startswith("/confirm/?next=")
    assert not entries(action="access.proposal.make").exists()
    assert client.post(answer["Location"], {"code": wrong_code()}).status_code == 422
    back = client.post(answer["Location"], {"code": code()})
    assert back["Location"] == restore
    assert "I met her at the office" in client.get(restore).content.decode()
    assert client.post(restore, {"reason": "I met her at the office"}).status_code == 302
    assert entries(action="access.proposal.make").exists()


def test_a_form_on_another_page_leads_back_to_that_page(house: House, client: Client) -> None:
    enter(client, house["ada"])
    person = f"/people/{house['mirren'].id}/"
    age_session(client, 20)
    answer = client.post(
        f"{person}invite/", {"x": "y"}, headers={"referer": f"http://testserver{person}?a=1"}
    )
    assert f"next=%2Fpeople%2F{house['mirren'].id}%2F%3Fa%3D1&" in answer["Location"]
    enter(client, house["ada"])
    age_session(client, 20)
    answer = client.post(f"{person}invite/", {"x": "y"}, headers={"referer": "https://evil.example/page"})
    assert "evil" not in answer["Location"]


def test_a_session_dies_with_the_account_at_the_next_request(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    assert client.get("/account/").status_code == 200
    acts.end_person(house["mirren"].id, by=house.officer("ada"), now=now())
    assert client.get("/account/").status_code == 302


def test_a_session_from_before_a_restoring_never_comes_back_to_life(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    proposal = acts.propose_restore(
        house["mirren"].id, reason="I met her", by=house.officer("ada"), now=now()
    )
    acts.decide(proposal.id, approve=True, by=house.officer("bo"), now=now())
    assert client.get("/account/").status_code == 302
    stolen = Client()
    stolen.cookies["mlinzi_staff"] = client.cookies["mlinzi_staff"].value
    mirren = house["mirren"]
    mirren.set_password("a long way to the lighthouse")
    mirren.is_active = True
    mirren.save()
    assert stolen.get("/account/").status_code == 302


def test_a_right_that_was_taken_away_is_gone_at_the_next_request(house: House, client: Client) -> None:
    tavi = house["tavi"]
    held = hold(tavi, "steward")
    enter(client, tavi)
    assert client.get("/people/").status_code == 200
    acts.end_grant(held.id, by=house.officer("corin"), now=now())
    assert client.get("/people/").status_code == 404


def test_without_a_factor_only_the_pages_that_set_one_up_are_open(house: House, client: Client) -> None:
    house.add("nima", "first_lantern", "steward")
    assert give_password(client, "nima") == 302
    for address in ("/people/", "/people/invite/", "/account/", "/account/password/", "/approvals/"):
        assert client.get(address)["Location"] == "/account/first-factor/"
    for address in ("/account/first-factor/", "/account/app/", "/account/passkey/"):
        assert client.get(address).status_code == 200
    assert "menu" not in client.get("/account/first-factor/").content.decode()


def test_a_factor_that_the_owner_sets_up_does_not_open_a_thiefs_session(house: House, client: Client) -> None:
    nima = house.add("nima", "first_lantern", "steward")
    thief = Client()
    give_password(thief, "nima")
    acts.add_app("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", by=house.officer("nima"), now=now())
    assert thief.get("/people/")["Location"].startswith("/confirm/")
    assert thief.get("/account/app/")["Location"].startswith("/confirm/")
    assert thief.post("/account/passkey/", {"credential": "{}"})["Location"].startswith("/confirm/")
    assert give_password(client, "nima") == 302
    assert client.post("/sign-in/second-factor/", {"code": code()}).status_code == 302
    assert client.get("/people/").status_code == 200
    assert nima.is_active
