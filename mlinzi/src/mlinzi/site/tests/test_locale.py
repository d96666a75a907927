"""Whatever the public reads from us is there in Swahili, as compiled as it is written."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.translation.template import templatize

import mlinzi.intake as door
import mlinzi.site as site

INTAKE, SITE = (Path(str(room.__file__)).parent for room in (door, site))
CATALOGUES = [room / "locale" / "sw" / "LC_MESSAGES" / "django.po" for room in (INTAKE, SITE)]
CALL = re.compile(r"""\b(?:gettext|_)\(\s*u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""")


def said_in(path: Path) -> set[str]:
    """Every English text that a template or a Python file marks as one to be translated."""
    source = path.read_text()
    if path.suffix == ".html":
        return {ast.literal_eval(found) for found in CALL.findall(templatize(source))}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "_"]
    return {str(arg.value) for call in named if isinstance(arg := call.args[0], ast.Constant)}


def compiled(catalogue: Path) -> dict[str, str]:
    with catalogue.with_suffix(".mo").open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # what the file holds


def written(catalogue: Path) -> dict[str, str]:
    """The texts of a catalogue's source and their translations."""
    pairs = re.findall(r'^msgid ("[^"\n].*")\nmsgstr (".*")$', catalogue.read_text(), re.MULTILINE)
    return {ast.literal_eval(english): ast.literal_eval(swahili) for english, swahili in pairs}


PAGES = [page for page in INTAKE.glob("web/*.py") if page.name != "desk.py"]
PUBLIC = [*INTAKE.glob("templates/intake/*.html"), INTAKE / "forms.py", *PAGES]
SHARED = [SITE / "templates" / "public_base.html", *SITE.glob("templates/parts/*.html")]


@pytest.mark.parametrize("path", [*PUBLIC, *SHARED], ids=lambda path: path.name)
def test_everything_said_at_the_door_is_said_in_swahili(path: Path) -> None:
    swahili = {**compiled(CATALOGUES[1]), **compiled(CATALOGUES[0])}
    assert [text for text in said_in(path) if not swahili.get(text)] == []


def test_the_search_for_texts_finds_them() -> None:
    found = set().union(*(said_in(path) for path in [*PUBLIC, *SHARED]))
    assert {"Tell us", "Check your answers", "You wrote to us on %(day)s.", "Leave this page"} <= found
    assert len(found) > 60


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=["intake", "site"])
def test_what_is_compiled_is_what_is_written(catalogue: Path) -> None:
    source = written(catalogue)
    assert len(source) > 30
    assert "" not in source.values()
    assert "fuzzy" not in catalogue.read_text()
    assert {english: swahili for english, swahili in compiled(catalogue).items() if english} == source


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=["intake", "site"])
def test_a_translation_names_what_the_original_names(catalogue: Path) -> None:
    for english, swahili in written(catalogue).items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", swahili)), english


def test_swahili_is_what_a_page_says() -> None:
    with translation.override("sw"):
        page = Template("{% load i18n %}{% translate 'Tell us' %}").render(Context())
    assert page == "Tuambie"
