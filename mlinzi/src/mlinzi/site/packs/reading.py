"""From a folder of files to a `Pack`, or to a list of what is wrong, each with its place and its cure."""

from __future__ import annotations

import csv
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from mlinzi.site.packs.schema import Pack

PLACES_FILE = "places.csv"
YAML_FILES = {
    "manifest": "pack.yaml",
    "sources": "sources.yaml",
    "agencies": "agencies.yaml",
    "services": "services.yaml",
    "categories": "categories.yaml",
    "destinations": "destinations.yaml",
    "roles": "roles.yaml",
    "calendar": "calendar.yaml",
    "deadlines": "deadlines.yaml",
    "law": "law.yaml",
    "public": "public.yaml",
    "form": "form.yaml",
    "sharing": "sharing.yaml",
    "care": "care.yaml",
    "triage": "triage.yaml",
    "duties": "duties.yaml",
    "demo": "demo.yaml",
}
FILE_OF = {**YAML_FILES, "places": PLACES_FILE}
PLACE_COLUMNS = (
    "id",
    "level",
    "parent",
    "name",
    "national_code",
    "iso_code",
    "registry_code",
    "provenance",
    "latitude",
    "longitude",
)

_CURES = {
    "missing": ("this field is missing", "Add it."),
    "extra_forbidden": ("this field is unknown", "Correct its spelling or take it out."),
    "string_type": ("this is not a text", "Write a text; put yes, no and numbers in quotes."),
    "int_type": ("this is not a whole number", "Write a whole number without quotes."),
    "bool_type": ("this is neither true nor false", "Write true or false."),
    "date_type": ("this is not a date", "Write it as year-month-day, without quotes."),
    "tuple_type": ("this is not a list", "Begin each entry with a dash."),
    "dict_type": ("this is not a set of texts", "Write one text per language, as in 'en: …'."),
    "too_short": ("it has too few entries", "Add what is missing."),
    "model_type": ("this is not a record", "Write its fields as 'name: value'."),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a pack: in which file, where in it, what is wrong, and what to do."""

    file: str
    place: str
    wrong: str
    to_do: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}, {self.place}: {self.wrong}. {self.to_do}"


class PackError(Exception):
    """This pack cannot be used as it is; whoever keeps it corrects the places named."""

    def __init__(self, problems: list[Problem]) -> None:
        """`problems`: at least one."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class _OneValuePerKey(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys and says nothing; a text would vanish unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Like the parent's, but two equal keys are an error."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' stands here twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_pack(folder: Path) -> Pack:
    """Read the pack in `folder`.

    Shape only: whether its parts fit each other is asked by `checks.check_pack`.
    Raises PackError with every problem found: missing files, unreadable files, wrong fields.
    """
    problems: list[Problem] = []
    raw = {part: _read_yaml(folder / name, problems) for part, name in YAML_FILES.items()}
    raw["places"] = _read_places(folder / PLACES_FILE, problems)
    if problems:
        raise PackError(problems)
    try:
        return Pack.model_validate(raw)
    except ValidationError as error:
        raise PackError([_explain(detail, raw) for detail in _causes(error)]) from None


def _causes(error: ValidationError) -> list[Any]:
    """The errors without mere echoes: a list with one bad entry is called too short as well."""
    details = error.errors()
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail, place in zip(details, places, strict=True)
        if detail["type"] != "too_short"
        or not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def _read_yaml(path: Path, problems: list[Problem]) -> Any:
    text = _read_text(path, problems)
    if text is None:
        return None
    try:
        return yaml.load(text, Loader=_OneValuePerKey)  # noqa: S506 – a SafeLoader with one more check
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        wrong = error.problem or "this is not YAML"
        problems.append(Problem(path.name, f"line {line}", wrong, "Correct this line or the one before it."))
    except ValueError as error:  # PyYAML lets a date such as 2026-02-30 fall through as this
        problems.append(Problem(path.name, "a date", str(error), "Write a day that exists."))
    return None


def _read_text(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(
            Problem(path.name, "the file", "it does not exist", f"Add it to {path.parent.name}/.")
        )
    except UnicodeDecodeError:
        problems.append(Problem(path.name, "the file", "it is not UTF-8 text", "Save it as UTF-8."))
    return None


def _read_places(path: Path, problems: list[Problem]) -> list[dict[str, object]]:
    text = _read_text(path, problems)
    if text is None:
        return []
    rows = csv.DictReader(text.splitlines(), strict=True)
    if tuple(rows.fieldnames or ()) != PLACE_COLUMNS:
        heading = ",".join(PLACE_COLUMNS)
        problems.append(
            Problem(path.name, "line 1", "the columns are not those of places", f"Write {heading}.")
        )
        return []
    places: list[dict[str, object]] = []
    for row in rows:
        if None in row or None in row.values():
            problems.append(
                Problem(
                    path.name,
                    f"line {rows.line_num}",
                    "it has too many or too few cells",
                    "Give one per column.",
                )
            )
            continue
        places.append({column: _cell(column, row[column]) for column in PLACE_COLUMNS})
    return places


def _cell(column: str, value: str) -> str | int | float | None:
    if value == "":
        return None
    if column in {"latitude", "longitude"}:
        try:
            return float(value)
        except ValueError:
            return value  # the schema says what is wrong
    return int(value) if column == "national_code" and value.isdecimal() else value


def _explain(detail: Any, raw: dict[str, Any]) -> Problem:
    part, *steps = detail["loc"]
    wrong, to_do = _CURES.get(detail["type"], ("", ""))
    if detail["type"] == "value_error":
        wrong, _, to_do = str(detail["ctx"]["error"]).partition("; ")
        to_do = f"{to_do[:1].upper()}{to_do[1:]}."
    elif detail["type"] == "literal_error":
        wrong, to_do = (
            f"'{detail['input']}' is not a word allowed here",
            f"Write {detail['ctx']['expected']}.",
        )
    elif not wrong:
        said = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
        wrong, to_do = f"it says {detail['input']!r}, but: {said}", "Correct it."
    return Problem(FILE_OF[str(part)], place_in(raw[str(part)], steps), wrong, to_do)


def place_in(data: Any, steps: list[str | int]) -> str:
    """Words for a place inside a file: "analyst → grants → 3". An entry with an id is called by it."""
    words = []
    for step in steps:
        if step == "[key]":  # how pydantic says that the key itself is wrong, not what stands under it
            continue
        data = _inside(data, step)
        called = data.get("id") if isinstance(step, int) and isinstance(data, dict) else None
        words.append(str(called or (step + 1 if isinstance(step, int) else step)))
    return " → ".join(words) or "the file"


def _inside(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None
