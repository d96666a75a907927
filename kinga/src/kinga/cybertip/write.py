"""A typed document to XML: UTF-8, no white space of its own, in the order of the schema."""

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from kinga.cybertip.describe import Kind, Slot, shape_of
from kinga.cybertip.errors import Rejected
from kinga.cybertip.rules import UNWRITABLE, check
from kinga.cybertip.scalars import spelling_of

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_IN_TEXT = re.compile("[&<>\r]")
_IN_ATTRIBUTE = re.compile('[&<>"\r\n\t]')
# A bare carriage return would come back as a line feed, and line ends in an attribute as spaces.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}

_Writer = Callable[[Any, list[str]], None]
_WRITERS: dict[tuple[type[Any], str], _Writer] = {}


def build(document: object) -> bytes:
    """Write a document as XML; reading it again gives an equal document.

    It is not checked against the rules of the profile: `check` does that.
    Raises Rejected when a text holds what XML cannot carry.
    """
    shape = shape_of(type(document))
    out = [_DECLARATION]
    _writer(shape.python, shape.name)(document, out)
    text = "".join(out)
    if UNWRITABLE.search(text):
        raise Rejected([finding for finding in check(document) if finding.rule == "character"])
    return text.encode()


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


def _writer(python: type[Any], name: str) -> _Writer:
    if (python, name) not in _WRITERS:
        _WRITERS[python, name] = _new_writer(python, name)
    return _WRITERS[python, name]


def _new_writer(python: type[Any], name: str) -> _Writer:
    shape = shape_of(python)
    attributes = tuple((slot.xml, spelling_of(slot)) for slot in shape.attributes.values())
    below = tuple((slot, _slot_writer(slot)) for slot in shape.elements.values())
    values_of = _getter(tuple(slot.field for slot in (*shape.attributes.values(), *shape.elements.values())))
    count, content = len(attributes), shape.content
    spelled_content = spelling_of(content) if content else None
    opening, closing = f"<{name}", f"</{name}>"

    def write(thing: Any, out: list[str]) -> None:
        values = values_of(thing)
        out.append(opening)
        for (xml, spelled), value in zip(attributes, values[:count], strict=True):
            if value is not None:
                out.append(f' {xml}="{_IN_ATTRIBUTE.sub(_escaped, spelled(value))}"')
        out.append(">")
        if content is not None and spelled_content is not None:
            out.append(_IN_TEXT.sub(_escaped, spelled_content(getattr(thing, content.field))))
        for (slot, writer), value in zip(below, values[count:], strict=True):
            if value is None or (value is False and slot.kind is Kind.FLAG):
                continue
            if slot.repeats:
                for each in value:
                    writer(each, out)
            else:
                writer(value, out)
        out.append(closing)

    return write


def _slot_writer(slot: Slot) -> _Writer:
    if slot.nested is not None:
        return _writer(slot.python, slot.xml)
    spelled, opening, closing = spelling_of(slot), f"<{slot.xml}>", f"</{slot.xml}>"

    def write(value: Any, out: list[str]) -> None:
        out.append(f"{opening}{_IN_TEXT.sub(_escaped, spelled(value))}{closing}")

    def write_plain(value: Any, out: list[str]) -> None:
        out.append(f"{opening}{spelled(value)}{closing}")

    # Numbers, moments and yes or no hold nothing that has to be escaped.
    return write if slot.kind is Kind.TEXT or slot.kind is Kind.WORD else write_plain


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        return lambda thing: (getattr(thing, names[0]),)
    return attrgetter(*names)
