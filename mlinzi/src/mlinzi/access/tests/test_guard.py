"""What every view declares, where people are sent, and what comes back into a form."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from mlinzi.access import guard
from mlinzi.access.guard import PUBLIC, needs, open_to_all, page_of, signed_in, typed_text
from mlinzi.access.models import Person
from mlinzi.access.rules import Action
from mlinzi.access.tests.conftest import House, enter, sign_in
from mlinzi.access.web.parts import person_of, where_next
from mlinzi.kernel.clock import now
from mlinzi.kernel.errors import NotFound

MAKE = RequestFactory()


def as_somebody(
    request: HttpRequest, person: Person | None, *, factor_minutes_ago: float | None = 0
) -> HttpRequest:
    """A request of a person whose session gave a second factor some minutes ago (None: never)."""
    request.session = SessionStore()
    request.user = person or AnonymousUser()
    if factor_minutes_ago is not None:
        at = now() - timedelta(minutes=factor_minutes_ago)
        request.session["account_authentication_methods"] = [{"method": "mfa", "at": at.timestamp()}]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(signed_in(request).id)


@pytest.mark.django_db
def test_a_view_is_reached_by_those_who_hold_its_action(house: House) -> None:
    guarded = needs(Action.PERSON_LIST)(view)
    ada = house["ada"]
    assert guarded(as_somebody(MAKE.get("/x/"), ada)).content.decode() == str(ada.id)
    with pytest.raises(NotFound):
        guarded(as_somebody(MAKE.get("/x/"), house["mirren"]))
    sent = guarded(as_somebody(MAKE.get("/x/?a=1"), None))
    assert sent["Location"] == "/sign-in/?next=%2Fx%2F%3Fa%3D1"


@pytest.mark.django_db
def test_without_a_factor_in_this_session_no_right_is_carried(house: House) -> None:
    guarded = needs(Action.PERSON_LIST)(view)
    with pytest.raises(NotFound):
        guarded(as_somebody(MAKE.get("/x/"), house["ada"], factor_minutes_ago=None))
    own = needs(Action.SELF)(view)
    assert own(as_somebody(MAKE.get("/x/"), house["ada"], factor_minutes_ago=None)).status_code == 200


@pytest.mark.django_db
def test_a_factor_of_somebody_else_in_the_session_does_not_count(house: House) -> None:
    request = as_somebody(MAKE.get("/x/"), house["ada"])
    request.session["account_authentication_methods_user"] = str(house["bo"].id)
    with pytest.raises(NotFound):
        needs(Action.PERSON_LIST)(view)(request)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "asked"), [(0, False), (9, False), (11, True), (700, True)])
def test_a_dangerous_view_asks_for_a_fresh_factor(house: House, minutes: float, asked: bool) -> None:
    guarded = needs(Action.PERSON_END, fresh_factor=True)(view)
    answer = guarded(as_somebody(MAKE.get("/x/"), house["ada"], factor_minutes_ago=minutes))
    assert (answer.status_code == 302) is asked
    if asked:
        assert answer["Location"] == "/confirm/?next=%2Fx%2F"


@pytest.mark.django_db
def test_an_ended_account_is_nobody(house: House) -> None:
    ada = house["ada"]
    ada.is_active = False
    assert guard.officer_of(as_somebody(MAKE.get("/x/"), ada)) is None
    assert guard.officer_of(as_somebody(MAKE.get("/x/"), house["bo"])) is not None


def test_declarations_can_be_read_from_outside() -> None:
    guarded = needs(Action.SELF, before_factor=True)(view)
    assert (guarded.action, guarded.before_factor) == (Action.SELF, True)  # type: ignore[attr-defined]
    assert open_to_all(lambda request: HttpResponse()).action == PUBLIC  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        signed_in(as_somebody(MAKE.get("/x/"), None))
    with pytest.raises(NotFound):
        person_of(as_somebody(MAKE.get("/x/"), None))


@given(st.text(max_size=60))
def test_nobody_is_ever_sent_out_of_the_house(target: str) -> None:
    request = MAKE.get("/confirm/", {"next": target})
    parts = urlsplit(where_next(request, "/"))
    assert parts.netloc in {"", "testserver"}
    assert parts.scheme in {"", "http"}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "",
    ],
)
def test_addresses_of_others_lead_home(target: str) -> None:
    assert where_next(MAKE.get("/confirm/", {"next": target}), "/home/") == "/home/"
    assert where_next(MAKE.post("/confirm/", {"next": target}), "/home/") == "/home/"
    assert where_next(MAKE.get("/confirm/", {"next": "/people/?page=2"}), "/") == "/people/?page=2"


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/cases/1/?tab=notes", "/cases/1/?tab=notes"),
        ("http://testserver/cases/1/", "/cases/1/"),
        ("https://evil.example/cases/1/", "/cases/1/note/"),
        ("", "/cases/1/note/"),
    ],
)
def test_a_form_belongs_to_the_page_on_which_it_stood(referer: str, page: str) -> None:
    assert page_of(MAKE.post("/cases/1/note/", headers={"referer": referer})) == page
    assert page_of(MAKE.get("/cases/1/note/", headers={"referer": referer})) == "/cases/1/note/"


@pytest.mark.django_db
def test_what_was_sent_comes_back_as_initial_values(house: House) -> None:
    ada = house["ada"]
    sent = as_somebody(MAKE.post("/x/", {"note": "seen", "shared": ["a", "b"], "password": "p"}), ada)
    assert guard.keep_typed_text(sent, ada.id)
    back = as_somebody(MAKE.get("/x/"), ada)
    assert typed_text(back) == {"note": "seen", "shared": ["a", "b"]}
    assert [str(m) for m in back._messages] == [  # type: ignore[attr-defined]
        "What you had typed is back in the form. It has not been sent yet."
    ]
    assert typed_text(as_somebody(MAKE.get("/x/"), ada)) is None


@pytest.mark.django_db
def test_a_page_with_several_forms_asks_for_each_by_its_address(house: House) -> None:
    ada = house["ada"]
    guard.keep_typed_text(as_somebody(MAKE.post("/x/note/", {"note": "seen"}), ada), ada.id)
    page = as_somebody(MAKE.get("/x/"), ada)
    assert typed_text(page) is None
    assert typed_text(page, "/x/answer/") is None
    assert typed_text(page, "/x/note/") == {"note": "seen"}


@pytest.mark.django_db
def test_files_are_not_kept_and_that_is_said(house: House) -> None:
    ada = house["ada"]
    files = {"note": "seen", "photo": SimpleUploadedFile("a.txt", b"canary")}
    guard.keep_typed_text(as_somebody(MAKE.post("/x/", files), ada), ada.id)
    back = as_somebody(MAKE.get("/x/"), ada)
    assert typed_text(back) == {"note": "seen"}
    assert "Files and very long texts could not be kept" in str(list(back._messages)[-1])  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_an_empty_form_keeps_nothing_and_sending_takes_nothing_back(house: House) -> None:
    ada = house["ada"]
    assert not guard.keep_typed_text(as_somebody(MAKE.post("/x/", {"csrfmiddlewaretoken": "t"}), ada), ada.id)
    guard.keep_typed_text(as_somebody(MAKE.post("/x/", {"note": "seen"}), ada), ada.id)
    assert typed_text(as_somebody(MAKE.post("/x/", {"note": "other"}), ada)) is None
    assert typed_text(as_somebody(MAKE.get("/x/"), None)) is None
    assert typed_text(as_somebody(MAKE.get("/x/"), ada)) == {"note": "seen"}


@pytest.mark.django_db
def test_no_form_of_this_room_is_taken_from_another_site(house: House) -> None:
    careful = Client(enforce_csrf_checks=True)
    mirren = house["mirren"].id
    addresses = [
        "/sign-in/",
        "/sign-out/",
        "/welcome/",
        "/confirm/",
        "/session/stay/",
        "/session/keep/",
        "/account/password/",
        "/account/language/",
        "/account/app/",
        "/account/passkey/",
        "/people/invite/",
        f"/people/{mirren}/role/",
        f"/people/{mirren}/end/",
        f"/people/{mirren}/restore/",
    ]
    enter(careful, house["ada"])
    for address in addresses:
        assert careful.post(address, {"x": "y"}).status_code == 403, address
    assert house["mirren"].is_active


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(house: House, client: Client) -> None:
    client.get("/sign-in/")
    sign_in(client, "ada")
    for name in ("mlinzi_staff", "mlinzi_form", "mlinzi_browser"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
    assert not client.cookies["mlinzi_staff"]["max-age"], "the session outlives the browser"


@pytest.mark.django_db
def test_the_way_to_sign_in_carries_nothing_but_the_page(house: House, client: Client) -> None:
    location = client.get(f"/people/{house['ada'].id}/")["Location"]
    assert parse_qs(urlsplit(location).query) == {"next": [f"/people/{house['ada'].id}/"]}
