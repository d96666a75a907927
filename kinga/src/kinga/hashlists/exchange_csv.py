"""CSV with the columns of threatexchange's printed data sets, a row for each digest."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from kinga.hashlists.errors import BadEntry, Malformed, Remark
from kinga.hashlists.listed import Kind, Listed, Mark
from kinga.hashlists.plain import NAMES
from kinga.hashlists.telling import Tell

COLUMNS = ("collab", "signal_type", "signal_str", "category", "tags")
SCHEME = "threatexchange"
LONGEST_FIELD = 64 * 1024
FIELDS = frozenset({"classification", "scheme", "source", "tags", "video"})
KINDS = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.PDQ})


def read(source: BinaryIO, tell: Tell) -> Iterator[Listed]:
    """The entries of a table, row by row. Kinds of signal that are no digests are left out and told.

    Raises Malformed, naming the line.
    """
    text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
    try:
        csv.field_size_limit(LONGEST_FIELD)
        rows = csv.DictReader(text, strict=True)
        if missing := {"signal_type", "signal_str"} - set(rows.fieldnames or ()):
            raise Malformed(f"has no column {', '.join(sorted(missing))}", "line 1")
        for row in rows:
            place = f"line {rows.line_num}"
            if None in row or None in row.values():
                raise Malformed("has another number of fields than the first line", place)
            kind = NAMES.get(row["signal_type"].strip().lower())
            if kind is None:
                shown = row["signal_type"][:40]
                tell(Remark(place, f"the kind {shown!r} is not one that is compared here; left out"))
                continue
            try:
                yield _listed(row, Mark.from_hex(kind, row["signal_str"]))
            except BadEntry as error:
                raise Malformed(str(error), place) from None
    except csv.Error as error:
        raise Malformed(f"is no table ({error})", f"line {rows.line_num}") from None
    except UnicodeDecodeError:
        raise Malformed("is no text in UTF-8", "the file") from None
    finally:
        text.detach()


def _listed(row: dict[str, str], mark: Mark) -> Listed:
    label = row.get("category", "").strip()
    return Listed(
        marks=(mark,),
        classification=label,
        scheme=SCHEME if label else "",
        source=row.get("collab", ""),
        tags=tuple(row.get("tags", "").split()),
        video=row["signal_type"].strip().lower() == "video_md5",
    )


def write(entries: Iterable[Listed], target: BinaryIO) -> int:
    """Write a row for each digest that counts; return how many entries there were."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    try:
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        count = 0
        for entry in entries:
            count += 1
            for mark in () if entry.gone else entry.marks:
                if mark.kind in KINDS:
                    kind = "video_md5" if entry.video and mark.kind is Kind.MD5 else mark.kind.value
                    label = entry.classification if entry.scheme == SCHEME else ""
                    rows.writerow([entry.source, kind, mark.hex(), label, " ".join(entry.tags)])
        text.flush()
    finally:
        text.detach()
    return count
