"""Plain text: a digest a line, with or without its kind before it; # begins a comment.

``pdq 8f…``, ``sha1 da39…``, or bare digits, whose kind is known by their length where only one kind has it.
The words before a digest are those of threatexchange's local lists: ``video_md5`` is an MD5 too.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from kinga.hashlists.errors import BadEntry, Malformed, Remark
from kinga.hashlists.listed import Kind, Listed, Mark
from kinga.hashlists.telling import Tell

LONGEST_LINE = 4096
FIELDS: frozenset[str] = frozenset()
KINDS = frozenset(Kind) - {Kind.PHOTODNA}
NAMES = {"md5": Kind.MD5, "video_md5": Kind.MD5, "sha1": Kind.SHA1, "sha256": Kind.SHA256, "pdq": Kind.PDQ}
_BY_LENGTH = {32: Kind.MD5, 40: Kind.SHA1}


def read(source: BinaryIO, tell: Tell, *, kind: Kind | None = None) -> Iterator[Listed]:
    """The entries of a text, line by line. `kind`: of digits that stand alone.

    Raises Malformed, naming the line; for 64 digits that stand alone unless `kind` says what they are.
    """
    number = 0
    while line := source.readline(LONGEST_LINE + 1):
        number += 1
        place = f"line {number}"
        if len(line) > LONGEST_LINE:
            raise Malformed(f"is longer than {LONGEST_LINE} bytes", place)
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").split("#")[0].strip()
        except UnicodeDecodeError:
            raise Malformed("is no text in UTF-8", place) from None
        if not text:
            continue
        words = text.split()
        if len(words) == 2 and words[0].lower() not in NAMES:
            tell(Remark(place, f"the kind {words[0][:40]!r} is not one that is compared here; left out"))
            continue
        try:
            yield Listed(marks=(_mark(words, kind),))
        except BadEntry as error:
            raise Malformed(str(error), place) from None


def _mark(words: list[str], kind: Kind | None) -> Mark:
    if len(words) > 2:
        raise BadEntry("stand a kind and a digest in a line, or a digest alone")
    if len(words) == 2:
        return Mark.from_hex(NAMES[words[0].lower()], words[1])
    known = kind or _BY_LENGTH.get(len(words[0]))
    if known is None and len(words[0]) == 64:
        raise BadEntry("64 digits may be sha256 or pdq; say which, before the digest or with --kind")
    if known is None:
        raise BadEntry("this is no digest of a kind that is known here")
    return Mark.from_hex(known, words[0])


def write(entries: Iterable[Listed], target: BinaryIO) -> int:
    """Write a line for each digest that counts; return how many entries there were."""
    count = 0
    for entry in entries:
        count += 1
        for mark in () if entry.gone else entry.marks:
            if mark.kind in KINDS:
                target.write(f"{mark.kind} {mark.hex()}\n".encode())
    return count
