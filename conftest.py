"""Keys and a small world for every test; see tests/people.py."""

from pathlib import Path

import pytest
from django.conf import settings

from mlinzi.site.keys import create_keys


@pytest.fixture(scope="session", autouse=True)
def keys_of_this_run() -> Path:
    """The keys of an installation, made anew for each run in the throw-away state folder."""
    if not (settings.KEYS / "shared" / "intake.pub").exists():
        create_keys(settings.STATE)
    settings.VAULT.mkdir(exist_ok=True)
    return settings.KEYS
