"""From starts, texts and ends of elements to a typed document, with findings instead of exceptions.

The XML reader and the JSON reader both speak to an Assembler. What fits nowhere is kept as a Leftover.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kinga.cybertip.describe import Kind, Shape, Slot
from kinga.cybertip.errors import Finding, Rejected, Rule, Unsafe
from kinga.cybertip.rules import is_future
from kinga.cybertip.scalars import loose_reader_of, reader_of, text_of


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may cost: bytes, elements, and elements within each other."""

    size: int = 8 << 20
    elements: int = 100_000
    depth: int = 32


@dataclass(frozen=True, slots=True)
class Leftover:
    """A value of the sender for which the profile has no place: where it stood, and what it was."""

    path: str
    line: int | None
    value: str


_Plan = tuple[Callable[[str], Any], Callable[[object], str | None] | None, bool]
_PLANS: dict[Slot, _Plan] = {}
"""How the text of each slot is read, what complains about its value, and whether it is a time: found once,
since this is asked for every element of every report.
"""


class _Frame:
    __slots__ = ("line", "name", "position", "reached", "shape", "slot", "values")

    def __init__(self, shape: Shape, name: str, slot: Slot | None, line: int | None, position: int) -> None:
        self.shape = shape
        self.name = name
        self.slot = slot
        self.values: dict[str, Any] = {}
        self.reached = -1
        self.line = line
        self.position = position


class Assembler:
    """Takes `start`, text appended to `pieces`, and `end`; `finish` gives the document."""

    def __init__(
        self, roots: Mapping[str, Shape], *, now: datetime, bounds: Bounds, line: Callable[[], int | None]
    ) -> None:
        self.findings: list[Finding] = []
        self.leftovers: list[Leftover] = []
        self.pieces: list[str] = []
        self._roots = roots
        self._now = now
        self._bounds = bounds
        self._line = line
        self._frames: list[_Frame] = []
        self._leaf: Slot | None = None
        self._strange: list[str] = []
        self._held: list[str] = []
        self._elements = 0
        self._document: Any = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        self._elements += 1
        if self._elements > self._bounds.elements:
            raise Unsafe(f"It has more than {self._bounds.elements} elements.", line=self._line())
        if not self._frames:
            self._start_root(name, attributes)
            return
        frame = self._frames[-1]
        slot = None if self._strange or self._leaf else frame.shape.elements.get(name)
        if slot is None:
            self._start_other(name, attributes)
            return
        if self.pieces:
            self._take_stray_text(frame)
        if slot.index >= frame.reached:
            frame.reached = slot.index
        elif not frame.shape.free_order:
            self._find(Rule.ORDER, name, "stands too late; the order of elements is fixed.")
        if slot.nested is None:
            self._leaf = slot
            if attributes:
                self._take_attributes(frame, None, attributes, name)
            return
        held = frame.values.get(slot.field)
        position = len(held) + 1 if slot.repeats and held else 1
        self._push(_Frame(slot.nested, name, slot, self._line(), position), attributes)

    def end(self, _: str = "") -> None:
        """Take the end of the element that was started last."""
        if self._strange:
            self._end_strange()
            return
        frame, pieces, leaf = self._frames[-1], self.pieces, self._leaf
        if leaf is not None:
            # As a rule the reader gives a text in one piece.
            text = pieces[0] if len(pieces) == 1 else "".join(pieces)
            pieces.clear()
            self._leaf = None
            self._read(frame, leaf, text)
            return
        if frame.shape.content is not None:
            text = "".join(self.pieces)
            self.pieces.clear()
            self._read(frame, frame.shape.content, text)
        elif self.pieces:
            self._take_stray_text(frame)
        thing = self._built(frame)
        self._frames.pop()
        if not self._frames:
            self._document = thing
        elif thing is not None and frame.slot is not None:
            self._store(self._frames[-1], frame.slot, thing)

    def finish(self) -> Any:
        """Return the document. Raises Rejected when too much is missing to make one."""
        if self._document is None:
            raise Rejected(self.findings)
        return self._document

    def _start_root(self, name: str, attributes: Mapping[str, str]) -> None:
        shape = self._roots.get(name.rpartition(":")[2])
        if shape is None:
            wanted = " or ".join(self._roots)
            message = f"{wanted} must stand at the top."
            raise Rejected([Finding(Rule.UNKNOWN_ELEMENT, "", self._line(), message)])
        self._push(_Frame(shape, shape.name, None, self._line(), 1), attributes)

    def _push(self, frame: _Frame, attributes: Mapping[str, str]) -> None:
        self._frames.append(frame)
        if attributes:
            self._take_attributes(frame, frame.shape, attributes)

    def _start_other(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an element that is not expected here: one of a foreign prefix, or an unknown one."""
        if len(self._frames) + len(self._strange) >= self._bounds.depth:
            message = f"Its elements stand more than {self._bounds.depth} deep in each other."
            raise Unsafe(message, line=self._line())
        plain = name.rpartition(":")[2]
        expected = not self._strange and not self._leaf and plain in self._frames[-1].shape.elements
        if expected and plain != name:
            self._find(Rule.VARIANT, plain, "has a namespace prefix; the profile has no namespace.")
            self._elements -= 1
            self.start(plain, attributes)
            return
        if not self._strange:
            name = f"{self._leaf.xml}/{name}" if self._leaf else name
            self._find(Rule.UNKNOWN_ELEMENT, name, "is not known here; its content is kept apart.")
        self._held.append("".join(self.pieces))
        self.pieces.clear()
        self._strange.append(name)
        for attribute, value in attributes.items():
            self._leave(f"{'/'.join(self._strange)}/@{attribute}", value)

    def _end_strange(self) -> None:
        text = "".join(self.pieces)
        if text.strip():
            self._leave("/".join(self._strange), text)
        self._strange.pop()
        self.pieces[:] = [self._held.pop()]

    def _take_stray_text(self, frame: _Frame) -> None:
        text = "".join(self.pieces)
        if frame.shape.content is not None:
            return
        self.pieces.clear()
        if text and not text.isspace():
            self._find(Rule.STRAY_TEXT, "", "holds text between its elements; it is kept apart.")
            self._leave("", text)

    def _take_attributes(
        self, frame: _Frame, shape: Shape | None, attributes: Mapping[str, str], leaf: str = ""
    ) -> None:
        for name, value in attributes.items():
            slot = shape.attributes.get(name) if shape else None
            if slot is not None:
                self._read(frame, slot, value)
            elif not (name.startswith(("xmlns", "xml:")) or name.endswith(("chemaLocation", ":nil"))):
                where = f"{leaf}/@{name}" if leaf else f"@{name}"
                self._find(Rule.UNKNOWN_ATTRIBUTE, where, "is not known here; it is kept apart.")
                self._leave(where, value)

    def _read(self, frame: _Frame, slot: Slot, text: str) -> None:
        plan = _PLANS.get(slot)
        if plan is None:
            plan = _PLANS[slot] = (reader_of(slot), slot.complaint, slot.kind in (Kind.MOMENT, Kind.DAY))
        reader, complains, timed = plan
        try:
            value = reader(text)
        except ValueError as wrong:
            self._read_loosely(frame, slot, text, str(wrong))
            return
        if complains is not None and (complaint := complains(value)) is not None:
            self._find(Rule.LIMIT, self._name(frame, slot), f"{complaint}.")
        if timed:
            self._check_time(frame, slot, value)
        if slot.repeats or slot.field in frame.values:
            self._store(frame, slot, value)
        else:
            frame.values[slot.field] = value

    def _read_loosely(self, frame: _Frame, slot: Slot, text: str, wrong: str) -> None:
        name = self._name(frame, slot)
        try:
            value = loose_reader_of(slot)(text)
        except (ValueError, KeyError):
            self._find(Rule.VALUE, name, f"{wrong}; what stood there is kept apart.")
            self._leave(name, text)
            return
        self._find(Rule.VARIANT, name, f"{wrong}; it was understood all the same.")
        if slot.kind is Kind.MOMENT:
            self._check_time(frame, slot, value)
        if slot.kind is not Kind.FLAG or value:
            self._store(frame, slot, value)

    def _check_time(self, frame: _Frame, slot: Slot, value: Any) -> None:
        if slot.kind is Kind.MOMENT and value.tzinfo is None:
            self._find(Rule.ZONE, self._name(frame, slot), "names no time zone.")
        if slot.limits.past and is_future(value, self._now):
            self._find(Rule.FUTURE, self._name(frame, slot), "is still to come.")

    def _store(self, frame: _Frame, slot: Slot, value: Any) -> None:
        values = frame.values
        if slot.repeats:
            if slot.field in values:
                values[slot.field].append(value)
            else:
                values[slot.field] = [value]
        elif slot.field in values:
            self._find(
                Rule.REPEATED, slot.xml, "stands here more than once; the first is used, this one kept apart."
            )
            self._leave_all(slot, value, slot.xml)
        else:
            values[slot.field] = value

    def _built(self, frame: _Frame) -> Any:
        shape, values = frame.shape, frame.values
        for slot in shape.closed:
            if slot.repeats and slot.field in values:
                values[slot.field] = tuple(values[slot.field])
            elif slot.required and slot.field not in values:
                self._find(Rule.MISSING, self._name(frame, slot), "must be there.", line=frame.line)
                stand_in = _stand_in(slot)
                if stand_in is None:
                    self._leave_values(shape, values, "")
                    return None
                values[slot.field] = stand_in
        thing = shape.python(**values)
        for rule in shape.rules:
            for broken, below, message in rule(thing):
                self._find(broken, below, message, line=frame.line)
        return thing

    def _name(self, frame: _Frame, slot: Slot) -> str:
        if slot is frame.shape.content:
            return ""
        return f"@{slot.xml}" if slot.xml in frame.shape.attributes else slot.xml

    def _path(self, below: str) -> str:
        steps = [
            frame.name if frame.position == 1 else f"{frame.name}[{frame.position}]" for frame in self._frames
        ]
        return "/".join([*steps, below] if below else steps)

    def _find(self, rule: Rule, below: str, message: str, *, line: int | None = None) -> None:
        self.findings.append(Finding(rule, self._path(below), line or self._line(), message))

    def _leave(self, below: str, value: str) -> None:
        self.leftovers.append(Leftover(self._path(below), self._line(), value))

    def _leave_all(self, slot: Slot, value: Any, below: str) -> None:
        if slot.nested is None:
            self._leave(below, text_of(slot, value))
            return
        values = {inner.field: getattr(value, inner.field) for inner in slot.nested.slots}
        self._leave_values(slot.nested, values, below)

    def _leave_values(self, shape: Shape, values: Mapping[str, Any], below: str) -> None:
        for slot in shape.slots:
            held = values.get(slot.field)
            each: Iterable[Any] = (
                held if slot.repeats and held else () if held in (None, (), False) else (held,)
            )
            for value in each:
                self._leave_all(slot, value, f"{below}/{slot.xml}".lstrip("/"))


def _stand_in(slot: Slot) -> Any:
    """Return what stands for a missing value without inventing one: blank text, or an empty element."""
    if slot.kind is Kind.TEXT:
        return ""
    if slot.nested is None:
        return None
    inner = {below.field: _stand_in(below) for below in slot.nested.slots if below.required}
    return None if None in inner.values() else slot.nested.python(**inner)
