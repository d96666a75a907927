"""Read a backup, checking it on the way, and to its end before anything is made of it. Without a database."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kinga import envelope
from mlinzi.site.saving import archive
from mlinzi.site.saving.shape import CONTEXT, END, MANIFEST, Counts, Damaged, DoesNotOpen, Manifest, read_head
from mlinzi.site.showing import Watch

_ORDER = (MANIFEST, "database", "door", "vault", "keys", END)
_MIB = 1 << 20


def kind_of(name: str) -> str:
    """To which part of a backup a member belongs: one of `_ORDER`."""
    return name.split("/")[0]


def check_whole(backup: Path, key: envelope.PrivateKey, *, watch: Watch) -> Manifest:
    """Read a backup to its very end, without writing anything. Returns its manifest.

    Raises `NotABackup`, `OtherFormat`, `DoesNotOpen` or `Damaged`.
    """
    manifest = None
    for name, content in parts(backup, key, watch=watch):
        if name == MANIFEST:
            manifest = Manifest.from_bytes(content.read())
    if manifest is None:
        raise Damaged
    return manifest


def parts(backup: Path, key: envelope.PrivateKey, *, watch: Watch) -> Iterator[tuple[str, IO[bytes]]]:
    """The members of a backup, in their order: name, and content to be read before the next one is asked for.

    Raises `Damaged` where something is missing, doubled or out of order, and as `check_whole`.
    """
    counts, at = Counts(), 0
    for name, content in archive.members(_opened(backup, key, watch)):
        place = _ORDER.index(kind_of(name))
        if place < at or _ORDER[at] == END:
            raise Damaged
        at = place
        match kind_of(name):
            case "database":
                if name != f"database/{counts.database:06}":
                    raise Damaged
                counts.database += 1
            case "door":
                counts.door += 1
            case "vault":
                counts.vault += 1
            case "keys":
                counts.keys += 1
            case kind if kind == END and not counts.fits(content.read()):
                raise Damaged
        yield name, content
    if _ORDER[at] != END:
        raise Damaged


def _opened(backup: Path, key: envelope.PrivateKey, watch: Watch) -> Iterator[bytes]:
    total = -(-backup.stat().st_size // _MIB)
    with backup.open("rb") as file:
        header = read_head(file)
        try:
            pieces = envelope.open_stream(header, file, keys=envelope.MemoryKeys(key), context=CONTEXT)
        except envelope.EnvelopeError:
            raise DoesNotOpen from None
        try:
            for number, piece in enumerate(pieces, start=1):
                yield piece
                watch("backup, MiB", number, total)
        except envelope.Tampered:
            raise Damaged from None
