"""The shape of a backup, and what can be wrong with one.

    line "mlinzi backup 1" | length of the header (4 bytes, big-endian) | header | body

Header and body are those of `kinga.envelope`, sealed to the recovery key. Inside is a tar archive; in order:

    manifest.json             what made it, and when
    database/000000 …         what `pg_dump -Fc` wrote, in pieces, so that nothing is ever written in clear
    door/ab/cd/abcd…          sealed files that the worker has not taken in yet
    vault/ab/cd/abcd…         sealed files as they lie in the vault
    keys/<process>/<file>     the keys of all processes; never a recovery share, never a connection
    end.json                  how many of each there are: an archive without it is not whole
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import BinaryIO

from mlinzi.kernel.errors import OurTurn, SendersTurn

MAGIC = b"mlinzi backup 1\n"
CONTEXT = b"mlinzi.backup|1"
PIECE = 8 * 1024 * 1024
MANIFEST, END = "manifest.json", "end.json"
_ANY_MAGIC = re.compile(rb"mlinzi backup \d+\n")
_LARGEST_HEADER = 64 * 1024


class NotABackup(SendersTurn):
    """This file is no backup of Mlinzi, or its first bytes were changed. Nothing was written."""


class OtherFormat(SendersTurn):
    """This backup was made by a newer Mlinzi, whose format this one does not read. Install that version."""


class DoesNotOpen(SendersTurn):
    """These shares do not open this backup. Either they belong to another installation, or the beginning of
    the file was changed. Nothing was written."""


class Damaged(SendersTurn):
    """This backup was changed or cut off; nothing of it can be trusted. Take another copy or an older one."""


class ToolFailed(OurTurn):
    """PostgreSQL's own tool stopped."""


@dataclass(frozen=True)
class Manifest:
    """What made a backup.

    Args:
        made_at: ISO 8601. version: Mlinzi's. steps: migrations that had been applied, as ``room.name``.
        server: PostgreSQL's major version. tool: the major version of `pg_dump`.
    """

    made_at: str
    version: str
    steps: tuple[str, ...]
    server: int
    tool: int

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Raises `Damaged` for what is no manifest."""
        try:
            told = json.loads(data)
            return cls(
                str(told["made_at"]),
                str(told["version"]),
                tuple(map(str, told["steps"])),
                int(told["server"]),
                int(told["tool"]),
            )
        except (ValueError, KeyError, TypeError):
            raise Damaged from None


@dataclass
class Counts:
    """How many members of each kind an archive has."""

    database: int = 0
    door: int = 0
    vault: int = 0
    keys: int = 0

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    def fits(self, data: bytes) -> bool:
        """Whether the end of an archive says the same. Older ones have no door, and do not count it."""
        try:
            told = json.loads(data)
        except ValueError:
            return False
        return isinstance(told, Mapping) and {"door": 0, **told} == asdict(self)


def write_head(file: BinaryIO, header: bytes) -> None:
    """Write everything that stands before the body."""
    file.write(MAGIC + len(header).to_bytes(4, "big") + header)


def read_head(file: BinaryIO) -> bytes:
    """Read up to the body and return the header. Raises `NotABackup` or `OtherFormat`."""
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise OtherFormat if _ANY_MAGIC.match(magic + file.read(8)) else NotABackup
    length = int.from_bytes(file.read(4), "big")
    header = file.read(length) if length <= _LARGEST_HEADER else b""
    if not header or len(header) != length:
        raise NotABackup
    return header
