"""All actions of the house, as the rooms declare them in their `rules.Action`."""

from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings


@cache
def all_actions() -> frozenset[str]:
    """Every action that some room declares, e.g. ``casework.case.open``."""
    rooms = [name for name in settings.INSTALLED_APPS if name.startswith("mlinzi.")]
    found: set[str] = set()
    for room in rooms:
        if find_spec(f"{room}.rules") is None:
            continue
        declared = getattr(import_module(f"{room}.rules"), "Action", None)
        if isinstance(declared, type) and issubclass(declared, StrEnum):
            found |= {str(action.value) for action in declared}
    return frozenset(found)
