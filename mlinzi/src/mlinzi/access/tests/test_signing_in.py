"""Signing in: password, second factor, and what strangers cannot do to others."""

import re

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from mlinzi.access import acts, limits
from mlinzi.access.tests.conftest import (
    House,
    address_of,
    code,
    enter,
    factors,
    give_password,
    sign_in,
    wrong_code,
)
from mlinzi.kernel.clock import now
from tests.logbook import entries

pytestmark = pytest.mark.django_db


def outside(client: Client) -> bool:
    """Whether a page of the house sends this browser to the sign-in page."""
    answer = client.get("/account/")
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


def test_password_then_code_lets_in_and_neither_alone_does(house: House, client: Client) -> None:
    assert outside(client)
    assert give_password(client, "mirren") == 302
    assert outside(client), "a password alone opened the house"
    assert client.post("/sign-in/second-factor/", {"code": code()}).status_code == 302
    assert "Mirren Quayle" in client.get("/account/").content.decode()


def test_a_code_without_a_password_opens_nothing(house: House, client: Client) -> None:
    assert client.post("/sign-in/second-factor/", {"code": code()})["Location"] == "/sign-in/"
    assert outside(client)


def test_a_session_gets_a_new_number_at_sign_in(house: House, client: Client) -> None:
    give_password(client, "mirren")
    before = client.session.session_key
    client.post("/sign-in/second-factor/", {"code": code()})
    assert client.session.session_key != before
    assert outside(Client(headers={"cookie": f"mlinzi_staff={before}"})), "the old number still opens"


def test_a_code_works_once(house: House, client: Client) -> None:
    seen = code()
    give_password(client, "mirren")
    assert client.post("/sign-in/second-factor/", {"code": seen}).status_code == 302
    onlooker = Client()
    give_password(onlooker, "mirren")
    for spelled in (seen, f"{seen[:3]}-{seen[3:]}", f"{seen[:3]} {seen[3:]}", f"{seen}."):
        assert onlooker.post("/sign-in/second-factor/", {"code": spelled}).status_code == 422, spelled
        assert outside(onlooker)
    fresh = code()
    assert onlooker.post("/sign-in/second-factor/", {"code": f"{fresh[:3]}-{fresh[3:]}"}).status_code == 302
    assert not outside(onlooker)


def test_wrong_password_and_unknown_address_look_the_same(house: House, client: Client) -> None:
    pages = []
    for login in (address_of("mirren"), "nobody@example.org"):
        answer = client.post("/sign-in/", {"login": login, "password": "wrong"})
        assert answer.status_code == 422
        page = answer.content.decode().replace(login, "LOGIN")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page))
    assert pages[0] == pages[1]
    assert "do not belong together" in pages[0]


def test_an_ended_account_is_like_one_that_never_was(house: House, client: Client) -> None:
    mirren = house["mirren"]
    type(mirren).objects.filter(pk=mirren.pk).update(is_active=False)
    answer = client.post("/sign-in/", {"login": mirren.email, "password": "seven sheep on the hill"})
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    assert entries(action="access.session.fail", object_id=str(mirren.id)).exists()


def test_after_five_failures_a_stranger_waits(house: House, client: Client) -> None:
    for _ in range(5):
        assert give_password(client, "mirren", "wrong") == 422
    answer = client.post("/sign-in/", {"login": address_of("mirren"), "password": "seven sheep on the hill"})
    assert "Too many attempts" in answer.content.decode()
    assert give_password(client, "tavi") == 302, "one account's failures stopped another one"


def test_a_stranger_cannot_lock_the_owner_out_of_a_known_browser(house: House, client: Client) -> None:
    sign_in(client, "mirren")
    client.post("/sign-out/")
    stranger = Client()
    for _ in range(8):
        give_password(stranger, "mirren", "wrong")
    assert give_password(Client(), "mirren") == 422, "strangers should have to wait by now"
    sign_in(client, "mirren")
    assert not outside(client)


def test_a_stranger_with_the_password_cannot_lock_the_owner_out_either(house: House, client: Client) -> None:
    sign_in(client, "mirren")
    client.post("/sign-out/")
    thief = Client()
    give_password(thief, "mirren")
    for _ in range(6):
        answer = thief.post("/sign-in/second-factor/", {"code": wrong_code()})
    assert "Too many attempts" in answer.content.decode()
    assert thief.post("/sign-in/second-factor/", {"code": code()}).status_code == 422
    sign_in(client, "mirren")
    assert not outside(client)


def test_a_known_browser_has_a_limit_too(house: House, client: Client) -> None:
    sign_in(client, "mirren")
    client.post("/sign-out/")
    answers = [give_password(client, "mirren", "wrong") for _ in range(10)]
    assert set(answers) == {422}
    assert give_password(client, "mirren") == 422


def test_nobody_can_make_themselves_known(house: House, client: Client) -> None:
    mark = limits.account_mark(address_of("mirren"))
    for forged in (
        "x",
        signing.dumps({mark: "n"}, salt="another"),
        signing.dumps([mark], salt="mlinzi.access.browser"),
    ):
        client.cookies[limits.COOKIE] = forged
        request = client.get("/sign-in/").wsgi_request
        assert not limits.is_known(request, address_of("mirren"))
    client.cookies[limits.COOKIE] = signing.dumps({mark: "n"}, salt="mlinzi.access.browser")
    request = client.get("/sign-in/").wsgi_request
    assert limits.is_known(request, address_of("mirren"))
    assert not limits.is_known(request, address_of("tavi")), "known to one account is not known to all"


def test_a_password_alone_does_not_make_a_browser_known(house: House, client: Client) -> None:
    give_password(client, "mirren")
    client.get("/sign-in/second-factor/")
    assert limits.COOKIE not in client.cookies
    client.post("/sign-in/second-factor/", {"code": code()})
    cookie = client.cookies[limits.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "mirren" not in cookie.value


def test_one_browser_is_known_to_several_people(house: House, client: Client) -> None:
    for name in ("mirren", "tavi"):
        sign_in(client, name)
        client.post("/sign-out/")
    request = client.get("/sign-in/").wsgi_request
    assert all(limits.is_known(request, address_of(name)) for name in ("mirren", "tavi"))


def test_counting_names_neither_people_nor_places(house: House, client: Client) -> None:
    client.post(
        "/sign-in/", {"login": "mirren@demo.invalid", "password": "wrong"}, REMOTE_ADDR="203.0.113.77"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM access_cache t")
        kept = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT t::text FROM django_session t")
        kept += " ".join(row[0] for row in cursor.fetchall())
    assert "password.stranger" in kept
    assert "203.0.113" not in kept
    assert "mirren" not in kept


def test_counters_cannot_be_pushed_out_by_making_others(house: House, client: Client) -> None:
    for _ in range(5):
        give_password(client, "mirren", "wrong")
    for number in range(400):
        cache.set(f"filler-{number}", number, 300)
    assert give_password(client, "mirren") == 422


def test_an_attempt_that_succeeds_is_not_counted(house: House) -> None:
    for _ in range(7):
        assert give_password(Client(), "mirren") == 302


def test_coming_and_going_is_recorded(house: House, client: Client) -> None:
    give_password(client, "mirren", "wrong")
    sign_in(client, "mirren")
    client.post("/sign-out/")
    assert outside(client)
    mine = entries(object_id=str(house["mirren"].id), action__startswith="access.session").order_by("at")
    assert [(e.action.rpartition(".")[2], e.details) for e in mine] == [
        ("fail", {"step": "password", "known_browser": False}),
        ("begin", {"factor": "totp"}),
        ("end", {"why": "signed_out"}),
    ]


def test_a_wrong_code_is_recorded(house: House, client: Client) -> None:
    give_password(client, "mirren")
    client.post("/sign-in/second-factor/", {"code": wrong_code()})
    assert entries(action="access.session.fail").get().details["step"] == "factor"


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", '"text"', '{"id": 1}', '{"id": "a", "response": {}}', "not json"]
)
def test_nonsense_in_place_of_a_passkey_is_refused_kindly(
    house: House, client: Client, credential: str
) -> None:
    acts.add_passkey("key", _stored_passkey(), by=house.officer("mirren"), now=now())
    give_password(client, "mirren")
    assert client.get("/sign-in/second-factor/").status_code == 200
    assert client.post("/sign-in/second-factor/", {"credential": credential}).status_code == 422
    assert outside(client)


def _stored_passkey() -> dict[str, object]:
    """A registration with an invented key, as a browser would have sent it."""
    from fido2.cose import ES256
    from fido2.utils import websafe_encode
    from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

    key = ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    credential = AttestedCredentialData.create(b"\0" * 16, b"credential", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(b"\0" * 32, flags, 0, credential)
    attestation = AttestationObject.create("none", data, {})
    client_data = b'{"type":"webauthn.create","challenge":"AA","origin":"http://localhost:8001"}'
    return {
        "id": websafe_encode(b"credential"),
        "rawId": websafe_encode(b"credential"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(bytes(attestation)),
        },
    }


def test_the_way_back_leads_only_into_this_house(house: House, client: Client) -> None:
    give_password(client, "mirren", next="/people/?page=2")
    assert client.post("/sign-in/second-factor/", {"code": code()})["Location"] == "/people/?page=2"
    client.post("/sign-out/")
    give_password(client, "mirren", next="https://evil.example/")
    assert client.post("/sign-in/second-factor/", {"code": code()})["Location"] == "/"


def test_of_the_library_only_three_pages_are_reachable(house: House, client: Client) -> None:
    for name in (
        "account_signup",
        "account_reset_password",
        "account_email",
        "account_inactive",
        "account_set_password",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_login_webauthn",
        "account_request_login_code",
    ):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {n for n in names if n.startswith(("account_", "mfa_"))} == {
        "account_login",
        "account_logout",
        "mfa_authenticate",
    }
    assert client.get("/accounts/signup/").status_code == 404


def test_signing_out_takes_a_form_and_not_a_link(house: House, client: Client) -> None:
    enter(client, house["mirren"])
    assert client.get("/sign-out/").status_code == 405
    assert not outside(client)
    client.post("/sign-out/")
    assert outside(client)


def test_the_library_talks_to_no_script(house: House, client: Client) -> None:
    answer = client.post(
        "/sign-in/",
        {"login": "x@example.org", "password": "y"},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert answer["Content-Type"].startswith("text/html")


def test_a_known_browser_remembers_eight_people_and_forgets_the_oldest(house: House, client: Client) -> None:
    addresses = [f"p{number}@example.org" for number in range(10)]
    for address in addresses:
        request = client.get("/sign-in/").wsgi_request
        answer = HttpResponse()
        limits.remember(request, answer, address)
        client.cookies[limits.COOKIE] = answer.cookies[limits.COOKIE].value
    request = client.get("/sign-in/").wsgi_request
    assert [limits.is_known(request, address) for address in addresses] == [False] * 2 + [True] * 8
    assert len(client.cookies[limits.COOKIE].value) < 1000


def test_people_behind_one_address_share_its_limit_unless_their_browser_is_known(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.RATES["password.stranger"].startswith("60/m/ip,")
    monkeypatch.setitem(limits.RATES, "password.stranger", "6/m/ip,5/5m/key")
    known = Client()
    sign_in(known, "mirren")
    known.post("/sign-out/")
    stranger = Client()
    for number in range(6):
        stranger.post("/sign-in/", {"login": f"p{number}@example.org", "password": "wrong"})
    assert give_password(Client(), "tavi") == 422
    assert give_password(Client(), "tavi", comes_from="203.0.113.9") == 302
    assert give_password(known, "mirren") == 302


def test_without_a_network_address_people_are_counted_together(house: House) -> None:
    assert give_password(Client(), "tavi", comes_from="") == 302


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '"text"', '{"id": 1}', "not json"])
def test_nonsense_in_place_of_a_new_passkey_is_refused_kindly(
    house: House, client: Client, credential: str
) -> None:
    enter(client, house["mirren"])
    client.get("/account/passkey/")
    answer = client.post("/account/passkey/", {"credential": credential, "name": "blue key"})
    assert answer.status_code == 422
    assert "blue key" in answer.content.decode()
    assert factors(house["mirren"]) == ["totp"]
