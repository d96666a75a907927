"""Lists of hashes in the formats of the field, read and written in flat memory.

Invariants

- A file that is cut off or broken raises, naming line or entry; no reader gives it out as a whole list.
- A classification keeps its scheme and is never translated; a date without a zone is left out, with a remark.
- What a format has no place for is told by `lost`; `only` gives an entry as the format carries it, and an
  entry so reduced reads back equal (in plain text and CSV, a digest each).
- No message repeats a digest.

Example

    >>> import io
    >>> text = io.BytesIO(b"# invented\\nmd5 0123456789abcdef0123456789abcdef\\n")
    >>> entries = list(read(text, Format.PLAIN))
    >>> entries[0].marks
    (Mark(kind=<Kind.MD5: 'md5'>),)
    >>> target = io.BytesIO()
    >>> write(entries, target, Format.VICS_1_3)
    1
    >>> sorted(lost(entries[0], Format.VICS_1_3))
    []
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from kinga.hashlists import exchange_csv, ncmec, plain, vics
from kinga.hashlists.errors import BadEntry, HashListError, Malformed, NotCarried, Remark
from kinga.hashlists.listed import Kind, Listed, Mark
from kinga.hashlists.telling import Tell, nobody

__all__ = [
    "BadEntry",
    "Format",
    "HashListError",
    "Kind",
    "Listed",
    "Malformed",
    "Mark",
    "NotCarried",
    "Remark",
    "format_of",
    "lost",
    "only",
    "read",
    "write",
]


class Format(StrEnum):
    """The formats."""

    PLAIN = "plain"
    CSV = "csv"
    VICS_1_3 = "vics-1.3"
    VICS_2_0 = "vics-2.0"
    NCMEC = "ncmec"


_CARRIES = {
    Format.PLAIN: (plain.FIELDS, plain.KINDS),
    Format.CSV: (exchange_csv.FIELDS, exchange_csv.KINDS),
    Format.VICS_1_3: (vics.FIELDS, vics.KINDS),
    Format.VICS_2_0: (vics.FIELDS, vics.KINDS),
    Format.NCMEC: (ncmec.FIELDS, ncmec.KINDS),
}
_VICS = (Format.VICS_1_3, Format.VICS_2_0)
_ENDINGS = {".txt": Format.PLAIN, ".csv": Format.CSV, ".json": Format.VICS_1_3, ".xml": Format.NCMEC}


def format_of(path: Path) -> Format:
    """The format that a file's name tells. Raises HashListError for an ending that tells none."""
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise HashListError(f"{path.name}: name the format, or let the name end with {', '.join(_ENDINGS)}.")
    return found


def read(
    source: BinaryIO, form: Format, tell: Tell = nobody, *, kind: Kind | None = None
) -> Iterator[Listed]:
    """The entries of a list as they come; `tell` hears what was left out or understood all the same.

    Args:
        kind: of digests that stand alone in plain text. Version 1.3 and 2.0 of VICS are told apart by the
            file itself.

    Raises Malformed. What came before it does not count: keep nothing until all of it is read.
    """
    match form:
        case Format.PLAIN:
            return plain.read(source, tell, kind=kind)
        case Format.CSV:
            return exchange_csv.read(source, tell)
        case Format.NCMEC:
            return ncmec.read(source, tell)
        case _:
            return vics.read(source, tell)


def write(entries: Iterable[Listed], target: BinaryIO, form: Format, *, profile: str = "Default") -> int:
    """Write a list; return how many entries stand in it. `profile`: of VICS 2.0, a country's."""
    match form:
        case Format.PLAIN:
            return plain.write(entries, target)
        case Format.CSV:
            return exchange_csv.write(entries, target)
        case Format.NCMEC:
            return ncmec.write(entries, target)
        case Format.VICS_1_3:
            return vics.write(entries, target)
        case _:
            return vics.write(entries, target, profile=profile)


def _scheme(form: Format, profile: str) -> str:
    return {
        Format.CSV: exchange_csv.SCHEME,
        Format.NCMEC: ncmec.SCHEME,
        Format.VICS_1_3: vics.scheme_of(""),
        Format.VICS_2_0: vics.scheme_of(profile),
    }.get(form, "")


def only(entry: Listed, form: Format, *, profile: str = "Default") -> Listed:
    """An entry as the format carries it. A classification of another scheme is none there."""
    kept = entry.only(*_CARRIES[form])
    if kept.scheme != _scheme(form, profile):
        kept = replace(kept, classification="", scheme="")
    return replace(kept, video=kept.mime.startswith("video/")) if form in _VICS else kept


def lost(entry: Listed, form: Format, *, profile: str = "Default") -> frozenset[str]:
    """What of an entry the format has no place for: names of fields, and kinds of digest."""
    kept = only(entry, form, profile=profile)
    names = ("id", "classification", "source", "changed", "gone", "video", "size", "mime", "tags")
    gone = {name for name in names if getattr(kept, name) != getattr(entry, name)}
    return frozenset(gone | {mark.kind.value for mark in entry.marks if mark not in kept.marks})
