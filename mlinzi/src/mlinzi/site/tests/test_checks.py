"""A page that does not say which action it asks for keeps the site from starting."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from mlinzi.access.guard import needs, open_to_all
from mlinzi.site.actions import all_actions
from mlinzi.site.checks import (
    ADMIN,
    SIGNED_IN_AT_THE_DOOR,
    SITES,
    UNDECLARED,
    UNKNOWN,
    every_page_declares_its_action,
    pages,
    problems_of,
)

PUBLIC_SITE, STAFF_SITE = SITES


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def ids(site: str, *entries: URLPattern | URLResolver) -> list[str | None]:
    return [problem.id for problem in problems_of(site, entries)]


def test_the_house_as_it_stands_passes() -> None:
    assert [error for error in run_checks() if str(error.id).startswith("mlinzi.")] == []


def test_a_page_without_a_declaration_is_found_however_deep_it_lies() -> None:
    declared = path("a/", needs("access.self.use")(bare))
    assert ids(STAFF_SITE, declared) == []
    assert ids(STAFF_SITE, declared, path("b/", bare)) == [UNDECLARED]
    nested = path("c/", include([path("d/", include([path("e/", bare)]))]))
    problems = list(problems_of(STAFF_SITE, [nested]))
    assert [p.id for p in problems] == [UNDECLARED]
    assert "/c/d/e/" in problems[0].msg


def test_an_action_that_no_room_declares_is_found() -> None:
    assert ids(STAFF_SITE, path("a/", needs("casework.case.opne")(bare))) == [UNKNOWN]


def test_nobody_signs_in_at_the_public_door() -> None:
    assert ids(PUBLIC_SITE, path("a/", open_to_all(lambda request: HttpResponse()))) == []
    assert ids(PUBLIC_SITE, path("a/", needs("access.self.use")(bare))) == [SIGNED_IN_AT_THE_DOOR]


def test_the_ready_made_administration_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ADMIN not in {error.id for error in every_page_declares_its_action()}
    monkeypatch.setattr(apps, "is_installed", lambda name: True)
    assert ADMIN in {error.id for error in every_page_declares_its_action()}


@pytest.mark.parametrize(
    "action",
    [
        "access.self.use",
        "access.factor.restore",
        "audit.log.see",
        "casework.case.open",
        "directory.organisation.see",
        "intake.source.see",
    ],
)
def test_actions_of_all_rooms_are_known(action: str) -> None:
    assert action in all_actions()
    assert f"{action}.x" not in all_actions()


def test_both_sites_are_walked_whole() -> None:
    addresses = {site: {a for a, _ in pages(import_module(site).urlpatterns)} for site in SITES}
    assert "/sign-in/" in addresses[STAFF_SITE]
    assert "/people/<uuid:person_id>/end/" in addresses[STAFF_SITE]
    assert "/sign-in/" not in addresses[PUBLIC_SITE]
    assert not any("sign" in address or "account" in address for address in addresses[PUBLIC_SITE])
