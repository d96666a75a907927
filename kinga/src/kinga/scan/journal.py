"""What a scan found, a line of JSON for each file; a scan that was cut off goes on where it was."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = "kinga.scan/1"


class AnotherScan(ValueError):
    """This folder holds the results of another scan. Name another folder, or take that one away."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file by which it is known that it was looked at: where, how long, when it was changed."""

    path: str
    size: int
    changed: int


def settings_of(root: Path, lists: Sequence[Path], **more: object) -> dict[str, Any]:
    """What makes a scan this one: the folder, the lists by their content, and the rest."""
    digests = []
    for path in lists:
        with path.open("rb") as file:
            digests.append([path.name, hashlib.file_digest(file, "sha256").hexdigest()])
    return {"format": FORMAT, "root": str(root.resolve()), "lists": digests, **more}


class Journal:
    """The file of results. Each line is on its way to the disk before the next file is looked at."""

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self._path = path
        self.done: set[Known] = set()
        whole = 0
        if path.exists():
            whole = self._read(settings)
        self._file: IO[bytes] = path.open("r+b" if path.exists() else "x+b")
        self._file.seek(whole)
        self._file.truncate()  # half a line, where a kill came
        if not whole:
            self._line({"scan": settings})

    def _read(self, settings: Mapping[str, Any]) -> int:
        whole = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file):
                if not line.endswith(b"\n"):
                    break
                held = json.loads(line)
                if number == 0 and held != {"scan": json.loads(json.dumps(settings))}:
                    raise AnotherScan(str(AnotherScan.__doc__))
                if number:
                    self.done.add(Known(held["path"], held["size"], held["changed"]))
                whole += len(line)
        return whole

    def _line(self, what: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(what).encode() + b"\n")
        self._file.flush()

    def add(self, known: Known, found: Mapping[str, Any]) -> None:
        """Write what was found about a file."""
        self._line({"path": known.path, "size": known.size, "changed": known.changed, **found})

    def close(self) -> None:
        """Bring it to the disk."""
        os.fsync(self._file.fileno())
        self._file.close()


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The findings of a journal, in order."""
    with path.open("rb") as file:
        next(file, None)
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
