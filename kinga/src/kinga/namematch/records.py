"""Registers and questions as lines of JSON: all of a file or none of it, every fault with its line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from kinga.namematch.columns import nid_bytes, phone_number
from kinga.namematch.culture import Culture
from kinga.namematch.errors import BadRecord, NameMatchError
from kinga.namematch.persons import LONGEST_TEXT, Person

MOST_TOLD = 20
_LONGEST_LINE = 32 * LONGEST_TEXT

Notice = Callable[[str], None]


class BadLines(NameMatchError):
    """Lines of a file that cannot be used. Nothing of the file was taken."""

    def __init__(self, file: str, faults: list[str], count: int) -> None:
        more = f"\n… and {count - len(faults):,} more lines." if count > len(faults) else ""
        told = "\n".join(f"{file}, {fault}" for fault in faults)
        super().__init__(f"{count:,} bad lines in {file}; nothing was done. Correct them:\n{told}{more}")


def read_lines(path: Path, key: str, culture: Culture, notice: Notice) -> Iterator[tuple[str, Person]]:
    """The persons of a file, each with its id, in their order.

    All lines are read even if one is bad, so that all faults are told at once; whoever consumes this must
    throw away what came before when it raises.

    Args:
        path: JSON, one record a line; blank lines are passed over.
        key: `id` or `qid`, the field that names a line's person or question.
        culture: says which form an ID number has.
        notice: told, with its line, of what is strange and used nevertheless.

    Raises:
        BadLines: lines are not as they should be, at the end of the file.
        OSError: the file cannot be read.
    """
    faults: list[str] = []
    count = 0
    seen: set[str] = set()
    strange = _Strange(path.name, culture, notice)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                ident, person = _read(line, key, culture)
                if ident in seen:
                    raise BadRecord(f"{key}: it stands in an earlier line as well. Give each its own.")
            except BadRecord as fault:
                count += 1
                if len(faults) < MOST_TOLD:
                    faults.append(f"line {number:,}: {fault}")
                continue
            seen.add(ident)
            strange.look_at(number, person)
            if not count:
                yield ident, person
    strange.finish()
    if count:
        raise BadLines(path.name, faults, count)


def _read(line: bytes, key: str, culture: Culture) -> tuple[str, Person]:
    if len(line) > _LONGEST_LINE:
        raise BadRecord(f"it has {len(line):,} bytes; {_LONGEST_LINE:,} are allowed. Shorten its texts.")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise BadRecord("this is not a record in JSON. Write one object a line, in UTF-8.") from None
    if not isinstance(record, dict):
        raise BadRecord("this is not a record in JSON. Write one object a line.")
    ident = record.get(key)
    if not isinstance(ident, str) or not 0 < len(ident) <= LONGEST_TEXT or not ident.isprintable():
        raise BadRecord(f"{key}: it is missing or is no text of one line. Give the line its own.")
    person = Person.from_record(record)
    nid_bytes(person, culture)
    phone_number(person, culture)
    return ident, person


class _Strange:
    """Tells of what is strange in a file, up to a number of lines."""

    def __init__(self, file: str, culture: Culture, notice: Notice) -> None:
        self._file, self._culture, self._notice = file, culture, notice
        self._count = 0

    def look_at(self, number: int, person: Person) -> None:
        """Tell of an ID number in another form, and of a word written in two scripts."""
        if person.nid and not self._culture.is_nid(self._culture.number(person.nid)):
            self._tell(number, "nid: the ID number has not the country's form; it is compared as it stands.")
        if not person.name.isascii() and self._culture.mixes_scripts(person.name):
            self._tell(number, "name: a word mixes scripts; its letters are read by their sound.")

    def finish(self) -> None:
        """Tell how many were not told."""
        if self._count > MOST_TOLD:
            self._notice(f"{self._file}: … and {self._count - MOST_TOLD:,} more such lines.")

    def _tell(self, number: int, what: str) -> None:
        self._count += 1
        if self._count <= MOST_TOLD:
            self._notice(f"{self._file}, line {number:,}: {what}")
