"""The XML of NCMEC's hash sharing, version 2: images and videos with their fingerprints, and tombstones.

One parser (expat), no document type, no entities, no network, in pieces.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import BinaryIO, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from kinga.hashlists.errors import BadEntry, HashListError, Malformed, Remark
from kinga.hashlists.listed import Kind, Listed, Mark
from kinga.hashlists.telling import Tell, zoned

SCHEME = "ncmec"
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
FIELDS = frozenset({"id", "classification", "scheme", "source", "changed", "gone", "video"})
KINDS = frozenset({Kind.MD5, Kind.SHA1, Kind.PDQ, Kind.PHOTODNA})
_ENTRIES = {
    "image": (False, False),
    "video": (True, False),
    "deletedImage": (False, True),
    "deletedVideo": (True, True),
}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKS = {"md5": Kind.MD5, "sha1": Kind.SHA1, "pdq": Kind.PDQ, "pdna": Kind.PHOTODNA}
_PIECE = 1 << 16
_DEEPEST, _LONGEST_TEXT = 32, 64 * 1024


class _Reader:
    def __init__(self, tell: Tell) -> None:
        self.ready: list[Listed] = []
        self._tell = tell
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._held: dict[str, str] | None = None
        self._marks: list[Mark] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    @property
    def place(self) -> str:
        return f"line {self.parser.CurrentLineNumber}"

    def _refuse(self, *_: object) -> NoReturn:
        raise Malformed("has a document type (DOCTYPE), which is not read", self.place)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        own = name.rpartition(":")[2]
        if not self._path and own != "queryResult":
            raise Malformed("does not begin with queryResult", self.place)
        if len(self._path) >= _DEEPEST:
            raise Malformed(f"has more than {_DEEPEST} elements within each other", self.place)
        self._path.append(own)
        self._text, self._length = [], 0
        if own in _ENTRIES and len(self._path) == 3:
            self._held, self._marks = {}, []
        elif own == "member" and self._held is not None and len(self._path) == 4:
            self._held["member"] = attributes.get("id", "")

    def _data(self, text: str) -> None:
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise Malformed("has an element with a longer text than any of this format", self.place)
        self._text.append(text)

    def _end(self, name: str) -> None:
        own, text = name.rpartition(":")[2], "".join(self._text).strip()
        depth = len(self._path)
        self._path.pop()
        self._text, self._length = [], 0
        if self._held is None:
            return
        if depth == 3:
            self.ready.append(self._listed(own))
            self._held = None
        elif depth == 4 and own in {"id", "timestamp", "classification"}:
            self._held[own] = text
        elif depth == 4 and own == "member":
            self._held["member"] = text or self._held.get("member", "")
        elif depth == 5 and own in _MARKS and text:
            self._mark(_MARKS[own], text)

    def _mark(self, kind: Kind, text: str) -> None:
        try:
            made = Mark.from_base64(kind, text) if kind is Kind.PHOTODNA else Mark.from_hex(kind, text)
        except BadEntry as error:
            if kind is not Kind.PHOTODNA:
                raise Malformed(str(error), self.place) from None
            self._tell(Remark(self.place, f"{error}; this digest is left out"))
            return
        self._marks.append(made)

    def _listed(self, name: str) -> Listed:
        video, gone = _ENTRIES[name]
        held = self._held or {}
        if not held.get("id"):
            raise Malformed("is an entry without an id", self.place)
        label = held.get("classification", "")
        return Listed(
            id=held["id"],
            marks=tuple(self._marks),
            classification=label,
            scheme=SCHEME if label else "",
            source=held.get("member", ""),
            changed=zoned(held.get("timestamp", ""), "the timestamp", "moment", self.place, self._tell),
            gone=gone,
            video=video,
        )


def read(source: BinaryIO, tell: Tell) -> Iterator[Listed]:
    """The entries of a document, as they come. Raises Malformed, naming the line."""
    reader = _Reader(tell)
    try:
        while piece := source.read(_PIECE):
            reader.parser.Parse(piece, False)
            yield from reader.ready
            reader.ready.clear()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Malformed(
            f"is no well-formed XML ({expat.ErrorString(error.code)})", f"line {error.lineno}"
        ) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, HashListError):
            raise
        # An encoding that expat does not know, or one with more than one byte a character.
        raise Malformed("declares an encoding that is not read; use UTF-8", "line 1") from None
    yield from reader.ready


def write(entries: Iterable[Listed], target: BinaryIO) -> int:
    """Write a document with one part for images and one for videos; return how many entries.

    Videos wait in memory until the images are written: the format keeps the two apart.
    """
    target.write(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="{NAMESPACE}">\n<images>\n'.encode()
    )
    videos, count = [], 0
    for entry in entries:
        if not entry.id:
            raise BadEntry("an entry of this format has an id")
        count += 1
        if entry.video:
            videos.append(_element(entry))
        else:
            target.write(_element(entry))
    target.write(b"</images>\n<videos>\n" + b"".join(videos) + b"</videos>\n</queryResult>\n")
    return count


def _element(entry: Listed) -> bytes:
    if any(_UNWRITABLE.search(text) for text in (entry.id, entry.source, entry.classification)):
        raise BadEntry("an entry holds a control character, which XML cannot carry")
    name = next(key for key, told in _ENTRIES.items() if told == (entry.video, entry.gone))
    lines = [f"<{name}>"]
    if entry.source:
        lines.append(f"<member id={quoteattr(entry.source)}>{escape(entry.source)}</member>")
    if entry.changed:
        moment = entry.changed.astimezone(UTC).isoformat().replace("+00:00", "Z")
        lines.append(f"<timestamp>{moment}</timestamp>")
    lines.append(f"<id>{escape(entry.id)}</id>")
    if entry.classification and entry.scheme == SCHEME:
        lines.append(f"<classification>{escape(entry.classification)}</classification>")
    if not entry.gone:
        lines.append("<fingerprints>")
        lines += [_fingerprint(mark) for mark in entry.marks if mark.kind in KINDS]
        lines.append("</fingerprints>")
    lines.append(f"</{name}>\n")
    return "".join(lines).encode()


def _fingerprint(mark: Mark) -> str:
    name = next(key for key, kind in _MARKS.items() if kind is mark.kind)
    text = base64.b64encode(mark.value).decode() if mark.kind is Kind.PHOTODNA else mark.hex()
    return f"<{name}>{text}</{name}>"
