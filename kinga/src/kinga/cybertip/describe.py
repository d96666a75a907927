"""How a class says what its element looks like, said once: reading, writing, checking and the XSD follow it.

A class of the document is a frozen dataclass whose fields are made by `one` (must be there), `maybe` (may be
there), `many` (any number), `flag` (there or not), `attribute` and `content` (the text of an element that
also has attributes). The field's type is the value's type; its name in camelCase is the XML name.
"""

import re
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

from kinga.cybertip.errors import Rule

LONG = 2**63 - 1  # xs:long, the width of a report's number


class Role(Enum):
    """Where in an element a field stands."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value must keep to, beyond its type: `length` in characters, `low` and `high` included."""

    length: int | None = None
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    choices: frozenset[str] | None = None
    blank: bool = True
    past: bool = False
    token: bool = False

    def complaint(self, value: object) -> str | None:
        """Say in words what is wrong with `value`, without quoting it; None when nothing is."""
        if isinstance(value, str):
            return self._complaint_about_text(value)
        if isinstance(value, (int, float)) and self.low is not None and value < self.low:
            return f"below {self.low}"
        if isinstance(value, (int, float)) and self.high is not None and value > self.high:
            return f"above {self.high}"
        return None

    def _complaint_about_text(self, value: str) -> str | None:
        if self.length is not None and len(value) > self.length:
            return f"longer than {self.length} characters"
        if not self.blank and not value.strip():
            return "blank"
        if self.choices is not None and value not in self.choices:
            return "not one of the words allowed here"
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return f"not of the form {self.pattern}"
        return None


@dataclass(frozen=True, slots=True)
class _Mark:
    role: Role
    xml: str | None
    limits: Limits
    either: str | None


class Kind(Enum):
    """What sort of value a field holds."""

    TEXT = "text"
    BOOLEAN = "boolean"
    FLAG = "flag"
    INTEGER = "integer"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    WORD = "word"
    NESTED = "nested"


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One field, ready for use: `index` in the order; `either` names a group of which one may be there."""

    field: str
    xml: str
    role: Role
    index: int
    kind: Kind
    python: type[Any]
    required: bool
    repeats: bool
    limits: Limits
    either: str | None
    nested: "Shape | None"
    complaint: Callable[[object], str | None] | None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One class, ready. `slots`: attributes, content, elements; `closed`: those seen to at the end."""

    python: type[Any]
    name: str
    elements: dict[str, Slot]
    attributes: dict[str, Slot]
    content: Slot | None
    rules: tuple["CrossRule", ...]
    free_order: bool
    slots: tuple[Slot, ...]
    closed: tuple[Slot, ...]


Broken = tuple[Rule, str, str]
"""What a cross-field rule yields: the rule, the path below the element (may be empty), words."""
CrossRule = Callable[[Any], Iterable[Broken]]
_RULES: dict[type[Any], list[CrossRule]] = {}
_SHAPES: dict[type[Any], Shape] = {}


def one(xml: str | None = None, **limits: Any) -> Any:
    """An element that must be there."""
    return field(metadata=_marked(Role.ELEMENT, xml, limits))


def maybe(xml: str | None = None, **limits: Any) -> Any:
    """An element that may be there. `either="name"`: at most one of those of that name."""
    return field(default=None, metadata=_marked(Role.ELEMENT, xml, limits))


def many(xml: str | None = None, **limits: Any) -> Any:
    """An element that may be there any number of times."""
    return field(default=(), metadata=_marked(Role.ELEMENT, xml, limits))


def flag() -> Any:
    """An element whose presence says yes."""
    return field(default=False, metadata=_marked(Role.ELEMENT, None, {}))


def attribute(*, required: bool = False, **limits: Any) -> Any:
    """An attribute."""
    metadata = _marked(Role.ATTRIBUTE, None, limits)
    return field(metadata=metadata) if required else field(default=None, metadata=metadata)


def content(**limits: Any) -> Any:
    """The text of an element that also has attributes."""
    return field(metadata=_marked(Role.CONTENT, None, limits))


def rule_of(python: type[Any]) -> Callable[[CrossRule], CrossRule]:
    """Decorate a function that tells which rules between the fields of a `python` object are broken."""

    def keep(rule: CrossRule) -> CrossRule:
        _RULES.setdefault(python, []).append(rule)
        return rule

    return keep


def element_name(python: type[Any]) -> str:
    """The name of an element that is called as its class is: `FileDetails` gives `fileDetails`."""
    return python.__name__[0].lower() + python.__name__[1:]


def shape_of(python: type[Any]) -> Shape:
    """Return the shape of a class of the document, worked out once."""
    if python not in _SHAPES:
        _SHAPES[python] = _shape(python)
    return _SHAPES[python]


def _shape(python: type[Any]) -> Shape:
    hints = typing.get_type_hints(python)
    slots = [
        _slot(one_field.name, hints[one_field.name], one_field.metadata["kinga"], index)
        for index, one_field in enumerate(fields(python))
    ]
    by_role = {role: {slot.xml: slot for slot in slots if slot.role is role} for role in Role}
    elements = by_role[Role.ELEMENT]
    roles = (Role.ATTRIBUTE, Role.CONTENT, Role.ELEMENT)
    ordered = tuple(slot for role in roles for slot in by_role[role].values())
    return Shape(
        python=python,
        name=element_name(python),
        elements=elements,
        attributes=by_role[Role.ATTRIBUTE],
        content=next(iter(by_role[Role.CONTENT].values()), None),
        rules=tuple(_RULES.get(python, ())),
        free_order=bool(elements) and all(slot.kind is Kind.FLAG for slot in elements.values()),
        slots=ordered,
        closed=tuple(slot for slot in ordered if slot.repeats or slot.required),
    )


def _marked(role: Role, xml: str | None, limits: dict[str, Any]) -> dict[str, _Mark]:
    either = limits.pop("either", None)
    return {"kinga": _Mark(role, xml, Limits(**limits), either)}


def _slot(name: str, hint: Any, mark: _Mark, index: int) -> Slot:
    python, optional, repeats = _unwrapped(hint)
    kind = Kind.FLAG if python is bool and not optional and mark.role is Role.ELEMENT else _kind(python)
    nested = shape_of(python) if kind is Kind.NESTED else None
    limited = mark.limits not in (Limits(), Limits(past=True), Limits(token=True))
    return Slot(
        field=name,
        xml=mark.xml or re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name),
        role=mark.role,
        index=index,
        kind=kind,
        python=python,
        required=not optional and not repeats and kind is not Kind.FLAG,
        repeats=repeats,
        limits=mark.limits,
        either=mark.either,
        nested=nested,
        complaint=_complaint_of(mark.limits) if limited else None,
    )


def _complaint_of(limits: Limits) -> Callable[[object], str | None]:
    """What complains about a value; for the many limits of nothing but a length, that alone."""
    if limits != Limits(length=limits.length, past=limits.past, token=limits.token) or limits.length is None:
        return limits.complaint
    most, said = limits.length, f"longer than {limits.length} characters"
    return lambda value: said if isinstance(value, str) and len(value) > most else None


def _unwrapped(hint: Any) -> tuple[type[Any], bool, bool]:
    """Return the type inside `X | None` or `tuple[X, ...]`, whether it may be absent, whether it repeats."""
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], False, True
    if isinstance(hint, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not types.NoneType), True, False
    return hint, False, False


def _kind(python: type[Any]) -> Kind:
    if issubclass(python, StrEnum):
        return Kind.WORD
    plain = {
        str: Kind.TEXT,
        bool: Kind.BOOLEAN,
        int: Kind.INTEGER,
        float: Kind.NUMBER,
        datetime: Kind.MOMENT,
        date: Kind.DAY,
    }
    return plain.get(python, Kind.NESTED)
