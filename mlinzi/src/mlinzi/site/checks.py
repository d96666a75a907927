"""What must be true before a site starts: every page says which action it asks for."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver

from mlinzi.access.guard import PUBLIC
from mlinzi.site.actions import all_actions

SITES = ("mlinzi.site.urls_public", "mlinzi.site.urls_staff")
UNDECLARED, UNKNOWN, ADMIN, SIGNED_IN_AT_THE_DOOR = (
    "mlinzi.E001",
    "mlinzi.E002",
    "mlinzi.E003",
    "mlinzi.E004",
)


def pages(entries: Iterable[URLPattern | URLResolver], before: str = "/") -> Iterator[tuple[str, Any]]:
    """Every address of a site with its view, in the order of the addresses."""
    for entry in entries:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry.url_patterns, address)
        else:
            yield address, entry.callback


def problems_of(site: str, entries: Iterable[URLPattern | URLResolver]) -> Iterator[CheckMessage]:
    """What is wrong with a site's pages: an action that is missing or unknown, or one at the public door."""
    known = all_actions()
    for address, view in pages(entries):
        action = getattr(view, "action", None)
        if action is None:
            yield Error(
                f"{site}: {address} does not say which action it asks for.",
                hint="Decorate the view with @needs(Action.…) or @open_to_all.",
                id=UNDECLARED,
            )
        elif action != PUBLIC and action not in known:
            yield Error(f"{site}: {address} asks for {action}, which no room declares.", id=UNKNOWN)
        elif action != PUBLIC and site == SITES[0]:
            yield Error(
                f"{site}: {address} asks for an action, but nobody signs in to the public site.",
                id=SIGNED_IN_AT_THE_DOOR,
            )


@register()
def every_page_declares_its_action(**_: object) -> list[CheckMessage]:
    """Both sites are checked, so that a slip is found wherever somebody looks first.

    Only the public site checks itself alone: it goes without the library that the other signs people in with.
    """
    sites = SITES if apps.is_installed("allauth") else SITES[:1]
    found = [problem for site in sites for problem in problems_of(site, import_module(site).urlpatterns)]
    if apps.is_installed("django.contrib.admin"):
        # It has rights of its own beside ours and opens records without recording it.
        found.append(Error("django.contrib.admin must not be installed in this house.", id=ADMIN))
    return found
