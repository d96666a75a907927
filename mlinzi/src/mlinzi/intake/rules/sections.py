"""A provider's report laid out for reading, and what of it the desk works with. Pure.

The fields keep the names that the format gives them, spelled out: an officer finds the same words in the
provider's own papers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LINES_SHOWN = 500
"""How many lines of one part are kept for reading; the document itself is kept whole."""
VALUE_SHOWN = 3_000
HEADINGS = {
    "incidentSummary": "incident",
    "internetDetails": "where",
    "lawEnforcement": "authority",
    "reporter": "reporter",
    "personOrUserReported": "reported",
    "intendedRecipient": "recipient",
    "victim": "child",
    "file": "file",
    "kept": "kept",
}
"""Parts of a report, and the codes by which words name them."""


@dataclass(frozen=True)
class Section:
    """One part of a report. `part`: a code of `HEADINGS` or "rest"; `number`: which of its kind, from 1."""

    part: str
    number: int
    lines: tuple[tuple[str, str], ...] = field(repr=False)


def sections_of(
    report: Mapping[str, Any], files: Sequence[Mapping[str, Any]] = (), kept: Sequence[tuple[str, str]] = ()
) -> list[Section]:
    """A report in its JSON form (see `kinga.cybertip.to_json`), part by part.

    Args:
        files: the details of its files, in the same form. kept: what had no place in the format, with where
            it stood.
    """
    found, rest = [], []
    for name, value in report.items():
        part = HEADINGS.get(name)
        if part is None:
            rest += list(_lines("", {name: value}))
            continue
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            found.append(_section(part, number, _lines("", one)))
    if rest:
        found.append(_section("rest", 1, iter(rest)))
    for number, told in enumerate(files, 1):
        found.append(_section("file", number, _lines("", told)))
    if kept:
        found.append(_section("kept", 1, ((path, value) for path, value in kept)))
    return found


def _section(part: str, number: int, lines: Iterator[tuple[str, str]]) -> Section:
    shown: list[tuple[str, str]] = []
    for name, value in lines:
        if len(shown) == LINES_SHOWN:
            shown.append(("…", "…"))
            break
        shown.append((name, value if len(value) <= VALUE_SHOWN else value[:VALUE_SHOWN] + " …"))
    return Section(part, number, tuple(shown))


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            own = spelled_out(key)
            yield from _lines(name if key == "value" else f"{name} › {own}" if name else own, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _lines(f"{name} {number}" if len(value) > 1 else name, inner)
    else:
        yield name, "yes" if value is True else "no" if value is False else str(value)


_LETTERS = frozenset({"ip", "url", "id", "esp", "exif", "usa"})
"""Words that are read letter by letter."""


def spelled_out(name: str) -> str:
    """A name of the format in words: ``ipCaptureEvent`` is "IP capture event"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower().split()
    shown = [word.upper() if word in _LETTERS else word for word in words]
    return " ".join(shown)[:1].upper() + " ".join(shown)[1:]


def as_stored(sections: Sequence[Section]) -> list[Any]:
    """Sections for JSON; `sections_from` is its reverse."""
    return [[one.part, one.number, [list(line) for line in one.lines]] for one in sections]


def sections_from(stored: Any) -> tuple[Section, ...]:
    """Sections as they were stored; none where there are none."""
    return tuple(
        Section(part, number, tuple((name, value) for name, value in lines))
        for part, number, lines in stored or ()
    )


# -- what the desk works with ------------------------------------------------------------------------------

_PEOPLE = ("personOrUserReported", "intendedRecipient", "victim")
_FREE = ("escalateToHighPriority", "incidentDateTimeDescription", "content", "additionalInfo")


@dataclass(frozen=True)
class Told:
    """Out of a report: what can be looked up, and what its urgency is judged by.

    Args:
        kind: the incident's type, in the format's own words. haste: the provider asks for it. names_child:
            a victim is described. words: everything told in free words. places: names of regions, the
            child's first.
    """

    kind: str
    haste: bool
    names_child: bool
    words: tuple[str, ...] = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    accounts: tuple[tuple[str, str], ...] = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    emails: tuple[str, ...] = field(repr=False)
    addresses: tuple[str, ...] = field(repr=False)
    places: tuple[str, ...] = field(repr=False)


def told_in(report: Mapping[str, Any]) -> Told:
    """What a report in its JSON form tells the desk."""
    summary = report.get("incidentSummary", {})
    platform = str(summary.get("platform", ""))
    people = [one for kind in _PEOPLE for one in report.get(kind, [])]
    # Not of the reporter: the provider's own address stands in each of its reports, and would make all alike.
    told = [*people, *report.get("internetDetails", [])]
    return Told(
        kind=str(summary.get("incidentType", "")),
        haste=bool(str(summary.get("escalateToHighPriority", "")).strip()),
        names_child=bool(report.get("victim")),
        words=tuple(_under(report, *_FREE)),
        links=(*_under(told, "url", "profileUrl"),),
        accounts=tuple(_accounts(people, platform)),
        phones=tuple(_under(told, "phone", "phoneNumber")),
        emails=tuple(_under(told, "email", "emailAddress")),
        addresses=tuple(_under(told, "ipAddress")),
        places=tuple(
            place
            for one in (*report.get("victim", []), *report.get("personOrUserReported", []))
            for place in _under(one, "nonUsaState", "region", "city")
        ),
    )


def _accounts(people: Sequence[Mapping[str, Any]], platform: str) -> Iterator[tuple[str, str]]:
    for one in people:
        service = str(one.get("espService", "") or platform)
        for name in ("screenName", "espIdentifier"):
            if one.get(name):
                yield service, str(one[name])
        for linked in one.get("associatedAccount", []):
            yield from _accounts([linked], service)


def _under(value: Any, *names: str) -> Iterator[str]:
    """Every text that stands under one of these names, wherever it is."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in names:
                yield from _texts(inner)
            else:
                yield from _under(inner, *names)
    elif isinstance(value, list):
        for inner in value:
            yield from _under(inner, *names)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = value.get("value", "")
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and value.strip():
        yield value.strip()
