"""The pages: people, roles, approvals, one's own account."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from mlinzi.access import acts
from mlinzi.access.models import Grant, Invitation, Person, Proposal
from mlinzi.access.rules import Standing
from mlinzi.access.tests.conftest import PASSWORD, House, age_session, code, enter, factors, hold
from mlinzi.access.web import people as people_pages
from mlinzi.kernel.clock import now
from tests.logbook import entries

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_list_shows_ones_own_people_and_finds_by_name(house: House, client: Client) -> None:
    enter(client, house["ada"])
    page = text_of(client, "/people/")
    assert page.index("Ada Newcomer") < page.index("Bo Newcomer") < page.index("Mirren Quayle")
    assert "Tavi" not in page
    found = text_of(client, "/people/?name=QUAY")
    assert "Mirren" in found
    assert "Bo Newcomer" not in found
    assert "Nobody fits this search" in text_of(client, "/people/?name=zzz")
    acts.end_person(house["bo"].id, by=house.officer("ada"), now=now())
    assert "Bo Newcomer" not in text_of(client, "/people/")
    assert "Bo Newcomer" in text_of(client, "/people/?standing=ended")
    assert "Bo Newcomer" not in text_of(client, "/people/?standing=active")
    assert "Nobody fits" in text_of(client, "/people/?standing=invited")


def test_a_long_list_has_pages_that_keep_the_search(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_pages, "PEOPLE_ON_A_PAGE", 2)
    enter(client, house["corin"])
    first = text_of(client, "/people/?name=e")
    assert "Page 1 of" in first
    assert "?name=e&amp;page=2" in first
    assert "Page 2 of" in text_of(client, "/people/?name=e&page=2")
    assert "Page 1 of" in text_of(client, "/people/?name=e&page=nonsense")


def test_an_invitation_through_the_page(house: House, client: Client) -> None:
    enter(client, house["ada"])
    form = {
        "name": "Nima Reed",
        "email": "Nima@Example.org",
        "organisation": house.organisation("first_lantern"),
        "language": "sw",
    }
    assert "East Wardens" not in text_of(client, "/people/invite/")
    wrong = client.post("/people/invite/", {**form, "organisation": house.organisation("east_wardens")})
    assert wrong.status_code == 422
    assert "Nima Reed" in wrong.content.decode(), "what was typed got lost"
    assert not Person.objects.filter(email="nima@example.org").exists()
    answer = client.post("/people/invite/", form)
    nima = Person.objects.get(email="nima@example.org")
    assert answer["Location"] == f"/people/{nima.id}/"
    assert nima.language == "sw"
    page = text_of(client, answer["Location"])
    assert "The invitation is on its way" in page
    assert "Send another invitation" in page
    again = client.post("/people/invite/", form)
    assert again.status_code == 422
    assert "has an account already" in again.content.decode()
    client.post(f"/people/{nima.id}/invite/")
    assert Invitation.objects.filter(person=nima).count() == 2


def role_form(role: str, *, area: str = "", reason: str = "", days: int = 30) -> dict[str, str]:
    return {
        "role": role,
        "area": area,
        "last_day": (now() + timedelta(days=days)).date().isoformat(),
        "reason": reason,
    }


def test_a_role_through_the_page_and_its_end(house: House, client: Client) -> None:
    enter(client, house["ada"])
    mirren = house["mirren"]
    address = f"/people/{mirren.id}/role/"
    offered = text_of(client, address)
    assert "Keyholder" not in offered, "a role for another kind of organisation is offered"
    assert "Steward: steward A second person has to agree." in offered
    assert "Helper: helper</span>" in offered
    for form, sentence in (
        (role_form("shore_watch"), "choose the area"),
        (role_form("helper", days=400), "one year at most"),
        (role_form("helper", days=-1), "lie in the future"),
        (role_form("steward"), "Give a reason"),
    ):
        refused = client.post(address, form)
        assert refused.status_code == 422
        assert sentence in refused.content.decode()
    assert client.post(address, role_form("helper")).status_code == 302
    given = Grant.objects.get(person=mirren, role__pack_id="helper")
    assert given.expires_at.hour in {20, 21, 22, 23}, "the last day should count as a whole"
    page = text_of(client, f"/people/{mirren.id}/")
    assert "The role is given" in page
    end = f"/people/{mirren.id}/roles/{given.id}/end/"
    assert "Helper" in text_of(client, end)
    assert Grant.objects.get(pk=given.pk).ended_at is None, "asking ended the role"
    client.post(end)
    assert Grant.objects.get(pk=given.pk).ended_at is not None
    assert client.get(end).status_code == 404


def test_a_heavy_role_goes_to_a_second_person(house: House, client: Client) -> None:
    enter(client, house["ada"])
    mirren = house["mirren"]
    client.post(f"/people/{mirren.id}/role/", role_form("steward", reason="Joins me"))
    page = text_of(client, f"/people/{mirren.id}/")
    assert "It is proposed to give this person a role" in page
    proposal = Proposal.objects.get()
    own = text_of(client, f"/approvals/{proposal.id}/")
    assert "Somebody else has to decide" in own
    refused = client.post(f"/approvals/{proposal.id}/", {"decision": "approve"})
    assert refused.status_code == 422
    assert "a second person has to approve" in refused.content.decode()
    enter(client, house["bo"])
    shown = text_of(client, f"/approvals/{proposal.id}/")
    for fact in ("Steward", "Mirren Quayle", "Joins me", "Ada Newcomer"):
        assert fact in shown
    assert "Steward" in text_of(client, "/approvals/")
    client.post(f"/approvals/{proposal.id}/", {"decision": "approve"})
    assert Grant.objects.filter(person=mirren, role__pack_id="steward", ended_at=None).exists()
    assert "Nothing waits for you" in text_of(client, "/approvals/")
    assert "Approved" in text_of(client, "/approvals/?show=decided")


def test_a_lost_factor_through_the_pages(house: House, client: Client) -> None:
    mirren = house["mirren"]
    enter(client, house["ada"])
    empty = client.post(f"/people/{mirren.id}/restore/", {"reason": " "})
    assert empty.status_code == 422
    client.post(f"/people/{mirren.id}/restore/", {"reason": "I met her at the office"})
    twice = client.post(f"/people/{mirren.id}/restore/", {"reason": "again"})
    assert "proposed already" in twice.content.decode()
    proposal = Proposal.objects.get()
    enter(client, house["bo"])
    assert client.post(f"/approvals/{proposal.id}/", {"decision": "perhaps"}).status_code == 422
    client.post(f"/approvals/{proposal.id}/", {"decision": "refuse"})
    assert house["mirren"].is_active
    enter(client, house["ada"])
    client.post(f"/people/{mirren.id}/restore/", {"reason": "I met her once more"})
    enter(client, house["bo"])
    client.post(f"/approvals/{Proposal.objects.get(decided_at=None).id}/", {"decision": "approve"})
    assert house["mirren"].standing is Standing.INVITED


def test_an_account_is_ended_after_asking(house: House, client: Client) -> None:
    enter(client, house["ada"])
    mirren = house["mirren"]
    assert "End the account of Mirren Quayle?" in text_of(client, f"/people/{mirren.id}/end/")
    assert house["mirren"].is_active
    own = client.post(f"/people/{house['ada'].id}/end/")
    assert own.status_code == 422
    assert "your own account" in own.content.decode()
    assert client.post(f"/people/{mirren.id}/end/").status_code == 302
    page = text_of(client, f"/people/{mirren.id}/")
    assert "Ended" in page
    for gone in ("Give a role", "End the account", "Lost the second factor", "Send another"):
        assert gone not in page


def guarded_pages(person: object, grant: object, proposal: object) -> Iterator[tuple[str, str]]:
    """Every page about one record; what ends the record comes last."""
    forms = ["role/", "restore/", f"roles/{grant}/end/", "end/"]
    yield from (("get", f"/people/{person}/{page}") for page in ("", *forms))
    yield from (("get", f"/approvals/{proposal}/"), ("post", f"/approvals/{proposal}/"))
    yield from (("post", f"/people/{person}/{page}") for page in ("invite/", *forms))


def test_forbidden_and_absent_are_the_same_byte_for_byte(house: House, client: Client) -> None:
    """Ada runs the accounts of First Lantern. Tavi works elsewhere; for her he does not exist."""
    tavi = house["tavi"]
    hidden = acts.propose_restore(tavi.id, reason="x", by=house.officer("corin"), now=now())
    grant = hold(tavi, "helper")
    enter(client, house["ada"])
    real = list(guarded_pages(tavi.id, grant.id, hidden.id))
    invented = list(guarded_pages(uuid4(), uuid4(), uuid4()))
    nothing = client.get("/no/such/page/")
    before = (entries().count(), Grant.objects.count(), Proposal.objects.count())
    for (method, address), (_, other) in zip(real, invented, strict=True):
        forbidden, absent = getattr(client, method)(address), getattr(client, method)(other)
        assert forbidden.status_code == absent.status_code == 404, address
        assert forbidden.content == absent.content == nothing.content
        assert dict(forbidden.headers) == dict(absent.headers)
    assert before == (entries().count(), Grant.objects.count(), Proposal.objects.count())
    for method, address in real:
        enter(client, house["corin"])
        assert getattr(client, method)(address).status_code != 404, f"{address} is shut for everybody"


def test_who_lacks_the_right_finds_no_pages_at_all(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    nothing = client.get("/no/such/page/").content
    for address in ("/people/", "/people/invite/", "/approvals/", f"/people/{house['mirren'].id}/"):
        assert client.get(address).content == nothing
    menu = text_of(client, "/account/")
    assert 'href="/people/"' not in menu


def test_ones_own_account_shows_factors_and_roles(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    page = text_of(client, "/account/")
    for fact in ("Mirren Quayle", "Authenticator app", "Listener", "Set up a second one"):
        assert fact in page
    assert "Remove" not in page, "the only factor cannot be removed"
    app = Authenticator.objects.get(user=house["mirren"])
    refused = client.post(f"/account/factors/{app.pk}/remove/")
    assert refused.status_code == 422
    assert factors(house["mirren"]) == ["totp"]
    acts.add_passkey("blue key", {"id": "x"}, by=house.officer("mirren"), now=now())
    assert "blue key" in text_of(client, "/account/")
    other = Authenticator.objects.get(user=house["tavi"])
    for method in (client.get, client.post):
        assert method(f"/account/factors/{other.pk}/remove/").status_code == 404
    assert factors(house["tavi"]) == ["totp"]
    assert client.get(f"/account/factors/{app.pk}/remove/").status_code == 200
    assert client.post(f"/account/factors/{app.pk}/remove/")["Location"] == "/account/"
    assert factors(house["mirren"]) == ["webauthn"]


def test_a_second_app_is_refused(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    client.get("/account/app/")
    answer = client.post("/account/app/", {"code": code()})
    assert answer.status_code == 422
    assert factors(house["mirren"]) == ["totp"]


NEW = {"new_password": "a long way to the lighthouse", "again_password": "a long way to the lighthouse"}


def test_a_changed_password_ends_all_other_sessions(house: House, client: Client) -> None:
    other = Client()
    enter(other, house["mirren"])
    enter(client, house["mirren"])
    wrong = client.post("/account/password/", {"old_password": "wrong", **NEW})
    assert wrong.status_code == 422
    assert "old password is not right" in wrong.content.decode()
    assert other.get("/account/").status_code == 200
    assert client.post("/account/password/", {"old_password": PASSWORD, **NEW})["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_guessing_the_old_password_has_a_limit(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    client.get("/account/")
    for _ in range(10):
        client.post("/account/password/", {"old_password": "wrong", **NEW})
    answer = client.post("/account/password/", {"old_password": PASSWORD, **NEW})
    assert answer.status_code == 422
    assert "Too many attempts" in answer.content.decode()
    assert house["mirren"].check_password(PASSWORD)


def test_the_language_is_kept_with_the_person(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    client.post("/account/language/", {"language": "sw"})
    assert house["mirren"].language == "sw"
    assert 'lang="sw"' in text_of(client, "/account/")
    client.post("/account/language/", {"language": "xx"})
    assert house["mirren"].language == "sw"


def test_pages_carry_the_warning_and_their_scripts_come_from_here(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    answer = client.get("/account/")
    page = answer.content.decode()
    assert 'data-warn="780"' in page
    assert "access/idle.js" in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "onclick" not in page
    assert "<script>" not in page
    age_session(client, 20)
    assert "access/idle.js" not in client.get("/no/such/page/").content.decode()
