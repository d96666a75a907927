"""The documentation runs, the two tools stand alone, and nothing of a platform comes with them."""

import doctest
import importlib
import importlib.resources
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOADED = "import sys, json; import {}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize(
    "module",
    [
        "kinga.envelope",
        "kinga.auditlog",
        "kinga.cybertip",
        "kinga.cybertip.uploads",
        "kinga.hashmatch",
        "kinga.namematch",
        "kinga.namematch.calibration",
        "kinga.files",
    ],
)
def test_examples_in_docstrings_run(module: str) -> None:
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0


def test_examples_in_the_readme_run() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted > 0
    assert results.failed == 0


def _modules(name: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(name)], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("envelope", "auditlog"),
        ("auditlog", "envelope"),
        ("cybertip", "envelope"),
        ("envelope", "cybertip"),
        ("hashmatch", "envelope"),
        ("hashmatch", "auditlog"),
        ("namematch", "hashmatch"),
        ("namematch", "envelope"),
    ],
)
def test_each_tool_stands_alone(one: str, other: str) -> None:
    loaded = _modules(f"kinga.{one}")
    assert f"kinga.{one}" in loaded
    assert f"kinga.{other}" not in loaded
    assert not loaded & {"django", "psycopg", "mlinzi"}


@pytest.mark.parametrize(
    "name", ["kinga.envelope", "kinga.auditlog", "kinga.cybertip", "kinga.hashmatch", "kinga.namematch"]
)
def test_what_is_promised_is_there_and_explained(name: str) -> None:
    module = importlib.import_module(name)
    for public in module.__all__:
        thing = getattr(module, public)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, public


def test_the_licence_and_the_typing_marker_come_along() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert importlib.resources.files("kinga").joinpath("py.typed").is_file()
