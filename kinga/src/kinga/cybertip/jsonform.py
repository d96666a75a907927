"""The same documents as JSON: XML names as keys, attributes beside elements, `value` for an element's text.

An element that may repeat is always a list, an element with attributes always an object, so that a
document has one JSON form. Moments are texts as in XML.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from kinga.cybertip.assemble import Assembler, Bounds
from kinga.cybertip.describe import Kind, Shape, Slot, shape_of
from kinga.cybertip.errors import Finding, Rejected, Rule
from kinga.cybertip.read import BOUNDS, D, Parsed, Profile, judged
from kinga.cybertip.scalars import text_of

_PLAIN = (Kind.BOOLEAN, Kind.FLAG, Kind.INTEGER, Kind.NUMBER)


def to_json(document: object) -> dict[str, Any]:
    """Return the document as values that `json.dumps` takes; what is not there has no key."""
    return _object(shape_of(type(document)), document)


def from_json(
    value: object,
    kind: type[D],
    *,
    profile: Profile = Profile.TOLERANT,
    now: datetime | None = None,
    bounds: Bounds = BOUNDS,
) -> Parsed[D]:
    """Read one document from what `json.loads` gave, by the same rules as `parse`.

    Raises Rejected as `parse` does, also when `value` is no object; Unsafe when it passes `bounds`.
    The size in bytes is the caller's to bound, before it decodes.
    """
    shape = shape_of(kind)
    if not isinstance(value, Mapping):
        raise Rejected([Finding(Rule.VALUE, shape.name, None, "must be an object.")])
    assembler = Assembler({shape.name: shape}, now=now or datetime.now(UTC), bounds=bounds, line=lambda: None)
    _Feeder(assembler).element(shape.name, value, shape)
    document = assembler.finish()
    return cast("Parsed[D]", judged(document, assembler, profile))


def _object(shape: Shape, thing: object) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for slot in shape.slots:
        value = getattr(thing, slot.field)
        if value is None or (slot.kind is Kind.FLAG and not value):
            continue
        if not slot.repeats:
            out[slot.xml] = _value(slot, value)
        elif value:
            out[slot.xml] = [_value(slot, each) for each in value]
    return out


def _value(slot: Slot, value: Any) -> Any:
    if slot.nested is not None:
        return _object(slot.nested, value)
    return value if slot.kind in _PLAIN else text_of(slot, value)


class _Feeder:
    """Tells JSON values to an Assembler as if they were elements, in the order of the schema."""

    def __init__(self, assembler: Assembler) -> None:
        self._to = assembler

    def element(self, name: str, value: object, shape: Shape | None) -> None:
        if isinstance(value, Mapping):
            self._object(name, value, shape)
            return
        self._to.start(name, {})
        if value is not None:
            self._to.pieces.append(_text(value))
        self._to.end()

    def _object(self, name: str, value: Mapping[str, object], shape: Shape | None) -> None:
        attributes = shape.attributes if shape else {}
        text = shape.content.xml if shape and shape.content else None
        given = {key: _text(value[key]) for key in attributes if value.get(key) is not None}
        self._to.start(name, given)
        if text is not None and value.get(text) is not None:
            self._to.pieces.append(_text(value[text]))
        known = shape.elements if shape else {}
        rest = [key for key in value if key not in known and key not in attributes and key != text]
        for key in [*(key for key in known if key in value), *rest]:
            slot = known.get(key)
            each = value[key]
            for one in each if isinstance(each, list) else [each]:
                if one is not None:
                    self.element(str(key), one, slot.nested if slot else None)
        self._to.end()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
