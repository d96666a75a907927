"""What the outside was promised, written down by the outside: the only judge of a kill test.

A line is on the disk before anybody counts on it. The ledger knows nothing of the house's database.
"""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Ledger:
    """An append-only file of JSON lines, each of them flushed to the disk before `note` returns."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def note(self, what: str, **facts: Any) -> None:
        """Write one line and wait for the disk."""
        line = (json.dumps({"what": what, **facts}) + "\n").encode()
        with self._lock:
            os.write(self._file, line)
            os.fsync(self._file)

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


def lines_of(path: Path) -> Iterator[Line]:
    """The lines of a ledger in their order. A last line without an end was never counted on and is left
    out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for raw in file:
            if raw.endswith(b"\n"):
                yield json.loads(raw)
