"""From the letter to the second factor."""

import pytest
from django.test import Client

from mlinzi.access import acts
from mlinzi.access.models import Person
from mlinzi.access.tests.conftest import OWNER, SECRET, House, code, enter, factors, wrong_code
from mlinzi.access.web import account
from mlinzi.kernel.clock import now

pytestmark = pytest.mark.django_db
NEW = {"new_password": "a long way to the lighthouse", "again_password": "a long way to the lighthouse"}


@pytest.fixture
def letter(house: House) -> str:
    """The address in the letter to Nima."""
    made = acts.invite(
        name="Nima Reed",
        email="nima@example.org",
        organisation_uuid=house.organisation("first_lantern"),
        language="en",
        by=house.officer("ada"),
        now=now(),
    )
    token = acts.mint_invitation(made.id, by=OWNER, now=now())[1]
    return f"/welcome/{token}/"


def test_the_token_leaves_the_address_and_looking_uses_nothing_up(letter: str, client: Client) -> None:
    for _ in range(3):
        answer = Client().get(letter)
        assert answer["Location"] == "/welcome/", "the token stays in an address"
    client.get(letter)
    session = str(dict(client.session))
    assert letter.split("/")[2] not in session, "the token lies in the table of sessions"
    page = client.get("/welcome/").content.decode()
    assert "Welcome, Nima Reed" in page
    assert letter.split("/")[2] not in page


def test_the_first_way_in_is_password_then_factor_then_the_house(
    house: House, letter: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(letter)
    assert client.post("/welcome/", NEW)["Location"] == "/account/first-factor/"
    assert client.get("/people/")["Location"] == "/account/first-factor/"
    monkeypatch.setattr(account, "generate_totp_secret", lambda: SECRET)
    page = client.get("/account/app/").content.decode()
    assert "JBSW Y3DP" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert SECRET not in str(dict(client.session)), "the secret lies open in the table of sessions"
    assert client.post("/account/app/", {"code": wrong_code()}).status_code == 422
    assert factors(house["nima"]) == []
    assert client.post("/account/app/", {"code": code()})["Location"] == "/account/"
    assert factors(house["nima"]) == ["totp"]
    assert "The authenticator app is set up" in client.get("/account/").content.decode()
    assert client.get("/people/").status_code == 404, "an invitation gives no rights"


def test_an_invitation_works_once(letter: str, client: Client) -> None:
    other = Client()
    other.get(letter)
    client.get(letter)
    client.post("/welcome/", NEW)
    for answer in (Client().get(letter), other.get("/welcome/"), other.post("/welcome/", NEW)):
        assert answer.status_code == 404
        assert "This invitation does not work" in answer.content.decode()


def test_a_wrong_token_is_like_a_used_one(letter: str, client: Client) -> None:
    client.get(letter)
    client.post("/welcome/", NEW)
    used = Client().get(letter)
    wrong = Client().get("/welcome/" + "A" * 43 + "/")
    assert used.content == wrong.content
    assert used.status_code == wrong.status_code == 404
    assert Client().get("/welcome/").content == wrong.content


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("fourteen signs", "fourteen signs", "at least 15 characters"),
        ("a long way to the lighthouse", "a long way to the lighthause", "not the same password"),
        ("nima@example.org", "nima@example.org", "too similar"),
        ("", "", "Choose a password."),
    ],
)
def test_a_password_is_long_and_typed_twice(
    letter: str, client: Client, first: str, second: str, sentence: str
) -> None:
    client.get(letter)
    answer = client.post("/welcome/", {"new_password": first, "again_password": second})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Person.objects.get(email="nima@example.org").is_active
    assert first not in answer.content.decode() or not first


def test_no_kind_of_sign_is_asked_for(letter: str, client: Client) -> None:
    client.get(letter)
    plain = {"new_password": "onlysmallletters", "again_password": "onlysmallletters"}
    assert client.post("/welcome/", plain).status_code == 302


def test_somebody_who_is_signed_in_does_not_take_anothers_invitation_by_mistake(
    house: House, letter: str, client: Client
) -> None:
    enter(client, house["ada"])
    client.get(letter)
    assert client.get("/people/").status_code == 302
    client.post("/welcome/", NEW)
    assert house["ada"].check_password("seven sheep on the hill")
    assert house["nima"].check_password(NEW["new_password"])
