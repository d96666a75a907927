"""XML to a typed document: one parser (expat), no document type, no entities, no network, bounded in size."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, NoReturn, TypeVar, cast
from xml.parsers import expat

from kinga.cybertip.assemble import Assembler, Bounds, Leftover
from kinga.cybertip.describe import shape_of
from kinga.cybertip.errors import Finding, Malformed, Rejected, Unsafe
from kinga.cybertip.filedetails import FileDetails, ReportDoneResponse, ReportResponse
from kinga.cybertip.report import Report

Document = Report | FileDetails | ReportResponse | ReportDoneResponse
D = TypeVar("D", Report, FileDetails, ReportResponse, ReportDoneResponse, Document)
DOCUMENTS: tuple[type[Any], ...] = (Report, FileDetails, ReportResponse, ReportDoneResponse)
BOUNDS = Bounds()


class Profile(Enum):
    """STRICT refuses every broken rule. TOLERANT takes what can be understood, and tells what was wrong."""

    STRICT = "strict"
    TOLERANT = "tolerant"


@dataclass(frozen=True, slots=True)
class Parsed(Generic[D]):
    """A document, the rules it breaks, and what was kept apart because the profile has no place for it."""

    document: D
    findings: tuple[Finding, ...]
    leftovers: tuple[Leftover, ...]


def parse(
    source: bytes | Iterable[bytes],
    kind: type[D],
    *,
    profile: Profile = Profile.TOLERANT,
    now: datetime | None = None,
    bounds: Bounds = BOUNDS,
) -> Parsed[D]:
    """Read one XML document whose root is a `kind`.

    `source` is the document or its pieces; `now` (with zone) is what no reported act may be after.
    Raises Malformed when it is no XML, Unsafe when it has a document type or passes `bounds`, Rejected when
    it breaks a rule (STRICT) or lacks so much that no document can be made of it (TOLERANT).
    """
    return cast("Parsed[D]", _parse(source, (kind,), profile, now, bounds))


def parse_any(
    source: bytes | Iterable[bytes],
    *,
    profile: Profile = Profile.TOLERANT,
    now: datetime | None = None,
    bounds: Bounds = BOUNDS,
) -> Parsed[Document]:
    """Read one XML document of any kind; see `parse`."""
    return _parse(source, DOCUMENTS, profile, now, bounds)


def _parse(
    source: bytes | Iterable[bytes],
    kinds: tuple[type[Any], ...],
    profile: Profile,
    now: datetime | None,
    bounds: Bounds,
) -> Parsed[Any]:
    parser = expat.ParserCreate()
    assembler = Assembler(
        {shape_of(kind).name: shape_of(kind) for kind in kinds},
        now=now or datetime.now(UTC),
        bounds=bounds,
        line=lambda: parser.CurrentLineNumber,
    )

    def refuse_document_type(*_: object) -> NoReturn:
        raise Unsafe("It has a document type (DOCTYPE). Leave it out.", line=parser.CurrentLineNumber)

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_document_type
    parser.StartElementHandler = assembler.start
    parser.EndElementHandler = assembler.end
    parser.CharacterDataHandler = assembler.pieces.append
    try:
        _feed(parser, (source,) if isinstance(source, bytes) else source, bounds)
    finally:
        # Parser and assembler know each other; apart, their memory is free at once, not at some later sweep.
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        parser.StartDoctypeDeclHandler = None
    document = assembler.finish()
    return judged(document, assembler, profile)


def judged(document: Any, assembler: Assembler, profile: Profile) -> Parsed[Any]:
    """Return what was assembled. Raises Rejected when `profile` allows no finding and there is one."""
    if profile is Profile.STRICT and assembler.findings:
        raise Rejected(assembler.findings)
    return Parsed(document, tuple(assembler.findings), tuple(assembler.leftovers))


def _feed(parser: expat.XMLParserType, pieces: Iterable[bytes], bounds: Bounds) -> None:
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > bounds.size:
                raise Unsafe(f"It is larger than {bounds.size} bytes.")
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as wrong:
        # The parser's own words; they quote nothing of the document.
        raise Malformed(f"{expat.ErrorString(wrong.code)}.", line=wrong.lineno) from None
    except (LookupError, UnicodeError):
        raise Malformed("Its declared encoding is not known. Use UTF-8.", line=1) from None
    except ValueError as wrong:
        if isinstance(wrong, (Malformed, Rejected)):
            raise
        # pyexpat's word for an encoding that takes more than one byte a character and is none of expat's own.
        raise Malformed("Its declared encoding is not read here. Use UTF-8.", line=1) from None
