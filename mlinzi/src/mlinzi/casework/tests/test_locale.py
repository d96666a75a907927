"""Whatever officers read on these pages is there in Swahili, as compiled as it is written."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation.template import templatize

from mlinzi import casework
from mlinzi.casework import words
from mlinzi.casework.rules import Basis, CaseState, Outcome, Purpose, Reason, ReferralState, Shared, Urgency
from mlinzi.casework.tests.conftest import Desk
from tests.people import AMINA
from tests.world import sign_in

ROOM = Path(str(casework.__file__)).parent
CATALOGUE = ROOM / "locale" / "sw" / "LC_MESSAGES" / "django.po"
CALL = re.compile(r"""\b(?:gettext|_)\(\s*u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""")
NAMED = re.compile(r"%\(\w+\)[sd]")
SOURCES = [
    *ROOM.glob("templates/**/*.html"), *ROOM.glob("web/*.py"), *ROOM.glob("forms/*.py"),
    *ROOM.glob("words/*.py"),
    ROOM / "acts" / "common.py", ROOM / "templatetags" / "casework.py",
]  # fmt: skip


def compiled() -> dict[str, str]:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        held = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    # Of a text with a plural the first form answers to the English that it is found by.
    pairs = {(key if isinstance(key, tuple) else (key, 0)): text for key, text in held.items()}
    return {english: text for (english, form), text in pairs.items() if form == 0}


def said_in(path: Path) -> set[str]:
    """Every English text that a file marks as one to be translated."""
    source = path.read_text()
    if path.suffix == ".html":
        return {ast.literal_eval(found) for found in CALL.findall(templatize(source))}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in {"_", "gettext"}]
    return {str(arg.value) for call in named if isinstance(arg := call.args[0], ast.Constant)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_everything_said_to_officers_is_said_in_swahili(path: Path) -> None:
    swahili = compiled()
    assert [text for text in said_in(path) if not swahili.get(text)] == []


def test_a_translation_names_what_the_original_names() -> None:
    held = compiled()
    assert len(held) > 200
    assert "fuzzy" not in CATALOGUE.read_text()
    for english, swahili in held.items():
        if english:
            assert sorted(re.findall(r"%\(\w+\)[sd]", english)) == sorted(
                re.findall(r"%\(\w+\)[sd]", swahili)
            )


def test_every_code_has_words() -> None:
    for codes, table in (
        (CaseState, words.CASE_STATE), (ReferralState, words.REFERRAL_STATE), (Urgency, words.URGENCY),
        (Outcome, words.OUTCOME), (Purpose, words.PURPOSE), (Basis, words.BASIS), (Shared, words.SHARED),
        (Reason, words.REASON),
    ):  # fmt: skip
        assert set(codes) == set(table)


def test_pages_speak_the_officers_language(desk: Desk) -> None:
    client = Client(headers={"accept-language": "sw"})
    sign_in(client, desk.world.people[AMINA])
    case = desk.taken(category="wants_to_meet")
    page = client.get(reverse("casework:case", args=[case.number])).content.decode()
    assert "Ripoti imefungwa kwa siri" in page
    assert "Mjibu aliyeripoti" in page
    assert "The report is sealed" not in page
