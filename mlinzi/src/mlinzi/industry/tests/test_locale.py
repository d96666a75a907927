"""Whatever people read on these pages is there in Swahili."""

import gettext
from pathlib import Path

import pytest

from mlinzi import industry
from mlinzi.casework.tests.test_locale import said_in

ROOM = Path(str(industry.__file__)).parent
SOURCES = [
    *ROOM.glob("templates/**/*.html"),
    *ROOM.glob("forms/*.py"),
    *ROOM.glob("web/*.py"),
    ROOM / "words.py",
]


def swahili() -> dict[str, str]:
    """All that the house says in Swahili: a sentence may stand in the catalogue of another room."""
    found: dict[str, str] = {}
    for path in ROOM.parent.glob("*/locale/sw/LC_MESSAGES/django.mo"):
        with path.open("rb") as file:
            held = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        found |= {key[0] if isinstance(key, tuple) else key: text for key, text in held.items()}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_everything_said_is_said_in_swahili(path: Path) -> None:
    held, said = swahili(), said_in(path)
    assert [text for text in said if not held.get(text)] == []
