"""Who may open what: the door's pages are open to all, and nothing of the desk is at the public site."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mlinzi.access.guard import PUBLIC

pytestmark = pytest.mark.django_db


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        else:
            yield address, entry


def test_the_public_site_has_these_addresses_and_no_others() -> None:
    found = dict(patterns(get_resolver("mlinzi.site.urls_public")))
    assert set(found) == {
        "",
        "<str:lang>/",
        "<str:lang>/leave/",
        "<str:lang>/traces/",
        "<str:lang>/paper/",
        "<str:lang>/done/",
        "<str:lang>/r/check/",
        "<str:lang>/r/files/",
        "<str:lang>/r/number/",
        "<str:lang>/r/<str:page>/",
        "<str:lang>/back/",
        "<str:lang>/box/",
        "<str:lang>/box/files/",
        "<str:lang>/box/contact/",
        "<str:lang>/box/code/",
        "<str:lang>/box/stop/",
        "<str:lang>/box/paper/",
        "health",
        "look/<str:digest>.css",
        "log/checkpoint",
    }
    assert {getattr(entry.callback, "action", None) for entry in found.values()} == {PUBLIC}


@pytest.mark.parametrize(
    "address",
    ["/reports/new/", "/contacts/", "/sign-in/", "/queue/", "/cases/", "/people/", "/account/", "/admin/"],
)
def test_nothing_of_the_desk_answers_at_the_door(kenya: None, door: Client, address: str) -> None:
    door.get("/")
    absent = door.get("/no-such-address/")
    answer = door.get(address)
    assert (answer.status_code, answer.content) == (404, absent.content)


def test_the_public_site_knows_no_session() -> None:
    from django.conf import settings

    names = " ".join(settings.PUBLIC_MIDDLEWARE).lower()
    for absent in ("session", "auth", "csrf", "messages", "allauth"):
        assert absent not in names
    assert "session" in " ".join(settings.STAFF_MIDDLEWARE).lower()
