"""VICS, the JSON of Project VIC: versions 1.3 and 2.0, sets of media and cases with media. Streams; files of
several gigabytes are met in the field.

What real exporters do and is understood: a byte order mark, flags as the words "true" and "false", dates as
ISO 8601 or ``/Date(ms)/``, hexadecimal digits in either case. A category is kept with its country's profile
and is never translated.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]

from kinga.hashlists.errors import BadEntry, Malformed, Remark
from kinga.hashlists.listed import Kind, Listed, Mark
from kinga.hashlists.telling import Tell, zoned

FIELDS = frozenset({"id", "classification", "scheme", "changed", "size", "mime", "tags"})
KINDS = frozenset({Kind.MD5, Kind.SHA1, Kind.PHOTODNA})
_HEAD = 64 * 1024
_METADATA = re.compile(rb'"@?odata\.(?:metadata|context)"\s*:\s*"([^"]{0,500})"')
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
V13 = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"
V20 = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/{profile}/$metadata#Media"
PROFILES = ("US", "UK", "Default")


def scheme_of(profile: str) -> str:
    """The scheme of categories by a country's profile; "" for version 1.3, which names none."""
    return f"vics:{profile}" if profile else "vics"


class _Whole:
    """A file read from a head that was looked at, without its byte order mark."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head.removeprefix(b"\xef\xbb\xbf"), rest

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._rest.read(size)
        given = self._head if size < 0 else self._head[:size]
        self._head = self._head[len(given) :]
        return given


def read(source: BinaryIO, tell: Tell) -> Iterator[Listed]:
    """The media of a file, one by one. Raises Malformed, naming the entry."""
    head = source.read(_HEAD)
    found = _METADATA.search(head)
    if found is None:
        raise Malformed("says nowhere at its beginning that it is VICS (odata.metadata or @odata.context)")
    said = found.group(1).decode("utf-8", "replace")
    profile = next((name for name in PROFILES if f"/{name}/" in said), "")
    scheme = scheme_of(profile)
    cases = said.endswith("#Cases")
    number = 0
    try:
        path = "value.item.Media.item" if cases else "value.item"
        for media in ijson.items(_Whole(head, source), path, use_float=True):
            number += 1
            yield _listed(media, scheme, f"entry {number}", tell)
    except ijson.JSONError:
        raise Malformed("is cut off, or no JSON", f"after entry {number}") from None
    except (UnicodeDecodeError, OverflowError):
        raise Malformed("is no JSON in UTF-8", f"after entry {number}") from None
    except BadEntry as error:
        raise Malformed(str(error), f"entry {number}") from None


def _listed(media: object, scheme: str, place: str, tell: Tell) -> Listed:
    if not isinstance(media, Mapping):
        raise BadEntry("is no object")
    marks = []
    for name, kind in (("MD5", Kind.MD5), ("SHA1", Kind.SHA1)):
        if text := _text(media, name):
            marks.append(Mark.from_hex(kind, text))
    if text := _text(media, "PhotoDNA"):
        try:
            marks.append(Mark.from_base64(Kind.PHOTODNA, text))
        except BadEntry as error:
            tell(Remark(place, f"{error}; this digest is left out"))
    if not marks:
        tell(Remark(place, "has no digest that is read here"))
    mime = _text(media, "MimeType")
    return Listed(
        id=_text(media, "MediaID"),
        marks=tuple(marks),
        classification=_text(media, "Category"),
        scheme=scheme,
        changed=_moment(_text(media, "DateUpdated"), place, tell),
        size=_size(media.get("MediaSize"), place, tell),
        mime=mime,
        tags=tuple(part for part in (one.strip() for one in _text(media, "Tags").split(",")) if part),
        video=mime.startswith("video/"),
    )


def _text(media: Mapping[str, Any], name: str) -> str:
    value = media.get(name)
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _size(value: object, place: str, tell: Tell) -> int | None:
    text = str(int(value) if isinstance(value, float) else value) if value is not None else ""
    if text.isascii() and text.isdigit():
        return int(text)
    if text:
        tell(Remark(place, "MediaSize is no whole number; left out"))
    return None


def _moment(text: str, place: str, tell: Tell) -> datetime | None:
    if found := _DATE.fullmatch(text):
        try:
            return datetime.fromtimestamp(int(found.group(1)) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            tell(Remark(place, "DateUpdated lies outside every calendar; left out"))
            return None
    return zoned(text, "DateUpdated", "date", place, tell)


def write(entries: Iterable[Listed], target: BinaryIO, *, profile: str = "") -> int:
    """Write a set of media: version 2.0 with a country's `profile`, else 1.3; return how many entries.

    The metadata stands first, and nothing follows the media: an older reader of the field wants that.
    """
    said = {"@odata.context": V20.format(profile=profile)} if profile else {"odata.metadata": V13}
    (key, value) = next(iter(said.items()))
    scheme = scheme_of(profile)
    target.write(f'{{"{key}":"{value}","value":['.encode())
    count = 0
    for entry in entries:
        if entry.gone or not any(mark.kind in KINDS for mark in entry.marks):
            continue
        target.write((b",\n" if count else b"\n") + json.dumps(_media(entry, count + 1, scheme)).encode())
        count += 1
    target.write(b"\n]}\n")
    return count


def _media(entry: Listed, number: int, scheme: str) -> dict[str, object]:
    label = entry.classification if entry.scheme == scheme else ""
    marks = {mark.kind: mark for mark in entry.marks}
    media: dict[str, object] = {"MediaID": entry.id or str(number), "Category": label or "0"}
    for name, kind in (("MD5", Kind.MD5), ("SHA1", Kind.SHA1)):
        if kind in marks:
            media[name] = marks[kind].hex().upper()
    if Kind.PHOTODNA in marks:
        media["PhotoDNA"] = base64.b64encode(marks[Kind.PHOTODNA].value).decode()
    if entry.size is not None:
        media["MediaSize"] = entry.size
    if entry.mime:
        media["MimeType"] = entry.mime
    if entry.changed:
        media["DateUpdated"] = entry.changed.isoformat()
    if entry.tags:
        media["Tags"] = ", ".join(entry.tags)
    return media
