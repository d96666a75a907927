"""The access matrix: every address of both sites, every method, every person of the stories; as a table for
people.

`.venv/bin/python -m pytest tests/test_matrix.py` compares it with `docs/access-matrix.md`; with
`MATRIX=write` in front it writes the page anew, to be read line by line before it is committed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver

PAGE = Path(__file__).parent.parent / "docs" / "access-matrix.md"
NOBODY = "nobody"
ABSENT_NUMBER, ABSENT_ID = "ZZZZ-ZZZZ", "00000000-0000-4000-8000-000000000000"

# One person for each role, and those whose relation to the records differs from others of their role.
PEOPLE = (
    "amina", "otieno", "wanjiku", "neema", "achieng", "chao", "nyambura", "mwanaisha", "brian", "mutiso",
    "kendi", "fatuma", "makena", "wambui", "barasa", "naserian", "kamau", "moraa", "salim", "zuhura",
)  # fmt: skip


@dataclass(frozen=True)
class Door:
    """One address, with the record it is asked about (empty where it is about none)."""

    name: str
    path: str
    absent: str
    about: str
    action: str


Fill = Callable[[str], dict[str, dict[str, str]]]


def patterns(module: str) -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of a site with its whole route."""

    def walk(found: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
        for one in found:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)
            else:
                yield route, one

    yield from walk(import_module(module).urlpatterns, "")


def doors(module: str, records: dict[str, dict[str, dict[str, str]]]) -> Iterator[Door]:
    """Every address of a site, once for each record that fits its parameters.

    Args:
        records: by the parameters of a route ("number", "person_id grant_id"), the records to ask about: a
            name for people, and the values of the parameters. A route that fits nothing is an error, so that
            a new kind of address cannot be forgotten here.
    """
    for route, pattern in patterns(module):
        names = sorted(pattern.pattern.converters)
        view: Any = pattern.callback
        key = _key(route, names)
        if not names:
            yield Door(str(pattern.name), f"/{route}", "", "", view.action)
            continue
        if key not in records:
            raise KeyError(f"No records for {route}: add {key!r} to tests/test_matrix.py.")
        for about, values in records[key].items():
            absent = {n: ABSENT_NUMBER if n == "number" else _absent(route, n) for n in names}
            yield Door(str(pattern.name), _fill(route, values), _fill(route, absent), about, view.action)


def _key(route: str, names: list[str]) -> str:
    kinds = {"referrals": "referral", "transfers": "transfer", "orders": "order"}
    number = kinds.get(route.split("/")[0], "number")
    return " ".join([number if n == "number" else n for n in names])


def _absent(route: str, name: str) -> str:
    return "0" if f"<int:{name}>" in route else "xx" if name == "lang" else ABSENT_ID


def _fill(route: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        for kind in ("str", "uuid", "int"):
            route = route.replace(f"<{kind}:{name}>", value)
    return f"/{route}"


def render(rows: list[tuple[Door, str, str]], heads: tuple[str, ...], legend: str) -> str:
    """The page: a row for each address and method, a column for each person, a letter in each cell."""
    lines = [legend, "", "| address | about | asks for | |" + "|".join(f" {h} " for h in heads) + "|"]
    lines.append("|---|---|---|---|" + "---|" * len(heads))
    for door, method, letters in rows:
        cells = "|".join(f" {letter} " for letter in letters)
        lines.append(f"| `{door.name}` | {door.about} | {door.action} | {method} |{cells}|")
    return "\n".join(lines) + "\n"
