"""The XML schema (XSD 1.0) of the profile, derived from the same description as reading and writing."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from kinga.cybertip.describe import Kind, Shape, Slot, shape_of
from kinga.cybertip.filedetails import FileDetails, ReportDoneResponse, ReportResponse
from kinga.cybertip.report import Report

_BASES = {
    Kind.TEXT: "xs:string",
    Kind.WORD: "xs:string",
    Kind.BOOLEAN: "xs:boolean",
    Kind.FLAG: "xs:boolean",
    Kind.INTEGER: "xs:long",
    Kind.NUMBER: "xs:double",
    Kind.MOMENT: "xs:dateTime",
    Kind.DAY: "xs:date",
}
_REQUIRED_CHOICES = ("incident",)
_NOTE = (
    "The CyberTipline-compatible profile that this receiver reads. Rules between fields, and that moments "
    "lie in the past and name their zone, are checked beyond this schema; the tolerant profile accepts more."
)


@cache
def schema() -> bytes:
    """Return the schema of all four documents, as UTF-8 XML without a target namespace."""
    roots = [shape_of(kind) for kind in (Report, FileDetails, ReportResponse, ReportDoneResponse)]
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">',
    ]
    out.append(f"<xs:annotation><xs:documentation>{escape(_NOTE)}</xs:documentation></xs:annotation>")
    out += [f'<xs:element name="{root.name}" type="{root.python.__name__}"/>' for root in roots]
    for shape in _all_shapes(roots):
        out += _complex_type(shape)
    out.append("</xs:schema>")
    return "\n".join(out).encode() + b"\n"


def _all_shapes(roots: list[Shape]) -> list[Shape]:
    found: dict[str, Shape] = {}
    waiting = list(roots)
    while waiting:
        shape = waiting.pop(0)
        if shape.python.__name__ not in found:
            found[shape.python.__name__] = shape
            waiting += [slot.nested for slot in shape.slots if slot.nested]
    return list(found.values())


def _complex_type(shape: Shape) -> Iterator[str]:
    yield f'<xs:complexType name="{shape.python.__name__}">'
    documentation = escape(" ".join((shape.python.__doc__ or "").split()))
    yield f"<xs:annotation><xs:documentation>{documentation}</xs:documentation></xs:annotation>"
    if shape.content is not None:
        # An attribute can be added to a named simple type only, so the text's limits have no place here.
        yield f'<xs:simpleContent><xs:extension base="{_BASES[shape.content.kind]}">'
        yield from _attributes(shape)
        yield "</xs:extension></xs:simpleContent>"
    else:
        yield from _particles(shape)
        yield from _attributes(shape)
    yield "</xs:complexType>"


def _particles(shape: Shape) -> Iterator[str]:
    if not shape.elements:
        return
    group = "all" if shape.free_order else "sequence"
    yield f"<xs:{group}>"
    for either, slots in groupby(shape.elements.values(), key=lambda slot: slot.either):
        needed = either in _REQUIRED_CHOICES
        if either is not None:
            yield f'<xs:choice minOccurs="{int(needed)}">'
        for slot in slots:
            yield from _element(slot, optional=either is None and not slot.required)
        if either is not None:
            yield "</xs:choice>"
    yield f"</xs:{group}>"


def _element(slot: Slot, *, optional: bool) -> Iterator[str]:
    least = ' minOccurs="0"' if optional else ""
    most = ' maxOccurs="unbounded"' if slot.repeats else ""
    fixed = ' fixed="true"' if slot.kind is Kind.FLAG else ""
    start = f'<xs:element name="{slot.xml}"{least}{most}{fixed}'
    if slot.nested is not None:
        yield f'{start} type="{slot.python.__name__}"/>'
    else:
        yield f"{start}>{_simple_type(slot)}</xs:element>"


def _attributes(shape: Shape) -> Iterator[str]:
    for slot in shape.attributes.values():
        use = ' use="required"' if slot.required else ""
        yield f'<xs:attribute name="{slot.xml}"{use}>{_simple_type(slot)}</xs:attribute>'


def _simple_type(slot: Slot) -> str:
    limits = slot.limits
    base = "xs:token" if limits.token else _BASES[slot.kind]
    words = sorted(limits.choices or ()) if slot.kind is Kind.TEXT else []
    if slot.kind is Kind.WORD:
        words = [word.value for word in slot.python]
    facets = [f"<xs:enumeration value={quoteattr(word)}/>" for word in words]
    facets += [f"<xs:pattern value={quoteattr(limits.pattern)}/>"] if limits.pattern else []
    facets += [r'<xs:pattern value="[\s\S]*\S[\s\S]*"/>'] if not limits.blank else []
    facets += [f'<xs:maxLength value="{limits.length}"/>'] if limits.length is not None else []
    facets += [f'<xs:minInclusive value="{limits.low}"/>'] if limits.low is not None else []
    facets += [f'<xs:maxInclusive value="{limits.high}"/>'] if limits.high is not None else []
    return f'<xs:simpleType><xs:restriction base="{base}">{"".join(facets)}</xs:restriction></xs:simpleType>'
