"""Lists in a folder: entries come and go at once, every process sees it, and a kill loses nothing.

Invariants: ``manifest.json`` names the parts that count, and it is only ever replaced whole; a part never
changes. An entry that goes is marked in a new file of marks. So whoever opens the folder sees all of a change
or nothing of it, and a part that no manifest names is left-over and is removed by the next writer.
"""

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinga.files import only_writer, write_whole
from kinga.hashmatch.entries import Algorithm, Digest, Entry, Hit, ListInfo, Purpose
from kinga.hashmatch.errors import MalformedIndex, UnknownList
from kinga.hashmatch.layout import SEGMENT_LIMIT
from kinga.hashmatch.parts import Part
from kinga.hashmatch.sections import open_sections, write_sections

MANIFEST = "manifest.json"
MERGING = "merging"  # an empty folder, held by the one process that merges
LOOSE_PARTS = 8  # of one algorithm; more are merged by the next writer


@dataclass(frozen=True)
class _Named:
    """A line of the manifest: the file of a part, and the file of marks of what is gone from it."""

    file: str
    gone: str | None


class MatchIndex:
    """The lists in ``folder``, which is made if need be.

    ``add``, ``remove`` and ``merge`` may be called by any process; ``look_up`` sees their work at its next
    call.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / MERGING).mkdir(parents=True, exist_ok=True)
        self._seen: tuple[int, int] | None = None
        self._lists: list[ListInfo] = []
        self._named: list[_Named] = []
        self._parts: list[Part] = []
        self._refresh()

    def __len__(self) -> int:
        self._refresh()
        return sum(int((~part.gone).sum()) for part in self._parts)

    def lists(self) -> tuple[ListInfo, ...]:
        """The lists, in the order in which they were declared."""
        self._refresh()
        return tuple(self._lists)

    def declare(self, info: ListInfo) -> None:
        """Make a list, or change its owner, purpose or radius."""
        with only_writer(self._folder):
            self._refresh()
            lists = [one if one.name != info.name else info for one in self._lists]
            self._commit(lists if info in lists else [*lists, info], self._named)

    def add(self, entries: Iterable[Entry]) -> int:
        """Add entries, each in place of the entry of the same list, id and algorithm; return how many.

        All of them or none. Raises UnknownList for a list that was not declared.
        """
        latest = {(one.list, one.id, one.digest.algorithm): one for one in entries}
        with only_writer(self._folder):
            self._refresh()
            numbers = {one.name: number for number, one in enumerate(self._lists)}
            if unknown := {one.list for one in latest.values()} - set(numbers):
                raise UnknownList(", ".join(sorted(unknown)))
            named = self._marked([(numbers[name], key, kind) for name, key, kind in latest])
            for algorithm in Algorithm:
                chosen = [one for one in latest.values() if one.digest.algorithm is algorithm]
                for start in range(0, len(chosen), SEGMENT_LIMIT):
                    fresh = Part.of(algorithm, chosen[start : start + SEGMENT_LIMIT], numbers)
                    named.append(self._write(fresh))
            self._commit(self._lists, named)
        self._merge_when_many()
        return len(latest)

    def remove(self, list_name: str, ids: Iterable[str]) -> int:
        """Take entries out of a list, of whatever algorithm; return how many there were.

        Raises UnknownList for a list that was not declared.
        """
        with only_writer(self._folder):
            self._refresh()
            number = next((n for n, one in enumerate(self._lists) if one.name == list_name), None)
            if number is None:
                raise UnknownList(list_name)
            before = sum(int(part.gone.sum()) for part in self._parts)
            self._commit(self._lists, self._marked([(number, one, None) for one in ids]))
        self._refresh()
        return sum(int(part.gone.sum()) for part in self._parts) - before

    def look_up(self, digests: Sequence[Digest]) -> tuple[Hit, ...]:
        """Every entry that one of ``digests`` finds: the digests of *one* file, of any algorithm.

        Several PDQ digests are its turned and mirrored forms; each entry is told once, at its least distance.
        Nearest first.
        """
        self._refresh()
        found: dict[tuple[int, int], Hit] = {}
        turn = dict.fromkeys(Algorithm, 0)
        radius = max((one.radius for one in self._lists), default=0)
        for digest in digests:
            for number, part in enumerate(self._parts):
                near = part.find(digest, radius) if part.algorithm is digest.algorithm else []
                for row, distance in near:
                    hit = self._hit(part, row, distance, turn[digest.algorithm])
                    known = found.get((number, row))
                    if hit and (known is None or hit.distance < known.distance):
                        found[number, row] = hit
            turn[digest.algorithm] += 1
        return _with_benign(sorted(found.values(), key=lambda hit: (hit.distance, hit.list, hit.entry)))

    def merge(self) -> None:
        """Bring the parts of each algorithm together and drop what is gone. Others may read, add and remove
        meanwhile: what they remove from the old parts is marked in the new one before it counts."""
        with only_writer(self._folder / MERGING):
            self._merge()

    def _merge(self) -> None:
        self._refresh()
        named, parts = list(self._named), list(self._parts)
        made = []
        for algorithm in Algorithm:
            old = _fitting([(n, part) for n, part in enumerate(parts) if part.algorithm is algorithm])
            if len(old) > 1 or any(parts[number].gone.any() for number in old):
                merged, origin = Part.merged([parts[number] for number in old])
                made.append(([named[number].file for number in old], self._write(merged), origin))
        with only_writer(self._folder):
            self._refresh()
            now = {one.file: part for one, part in zip(self._named, self._parts, strict=True)}
            kept = list(self._named)
            for files, fresh, origin in made:
                gone = np.concatenate([now[file].gone for file in files])[origin]
                marks = self._write_marks(gone) if gone.any() else None
                kept = [one for one in kept if one.file not in files] + [_Named(fresh.file, marks)]
            self._commit(self._lists, kept)
            self._sweep()

    def _hit(self, part: Part, row: int, distance: int, rotation: int) -> Hit | None:
        info = self._lists[part.list_of(row)]
        if distance > info.radius:
            return None
        return Hit(
            info.name,
            part.id_of(row),
            part.algorithm,
            distance,
            rotation,
            part.provenance_of(row),
            info.purpose,
        )

    def _merge_when_many(self) -> None:
        self._refresh()
        counts = [sum(part.algorithm is one for part in self._parts) for one in Algorithm]
        if max(counts) > LOOSE_PARTS:
            self.merge()

    def _marked(self, keys: list[tuple[int, str, Algorithm | None]]) -> list[_Named]:
        """The manifest's lines with the entries of these lists and ids marked as gone."""
        made = []
        for named, part in zip(self._named, self._parts, strict=True):
            wanted = [(number, one) for number, one, kind in keys if kind in (None, part.algorithm)]
            rows = part.rows_of(wanted)
            if not len(rows):
                made.append(named)
                continue
            gone = part.gone.copy()
            gone[rows] = True
            made.append(_Named(named.file, self._write_marks(gone)))
        return made

    def _write(self, part: Part) -> _Named:
        name = f"part-{secrets.token_hex(8)}"
        write_sections(self._folder / name, part.meta(), part.arrays())
        return _Named(name, None)

    def _write_marks(self, gone: npt.NDArray[np.bool_]) -> str:
        name = f"gone-{secrets.token_hex(8)}"
        write_sections(self._folder / name, {"size": len(gone)}, {"bits": np.packbits(gone)})
        return name

    def _commit(self, lists: list[ListInfo], named: list[_Named]) -> None:
        text = json.dumps(
            {"format": 1, "lists": [asdict(one) for one in lists], "parts": [asdict(one) for one in named]}
        )
        write_whole(self._folder / MANIFEST, text.encode(), mode=0o644, replace=True)
        self._refresh()

    def _sweep(self) -> None:
        """Remove the files that no manifest names; called by the only writer."""
        used = {one.file for one in self._named} | {one.gone for one in self._named}
        for path in self._folder.iterdir():
            if path.name.startswith(("part-", "gone-", ".part-", ".gone-")) and path.name not in used:
                path.unlink(missing_ok=True)

    def _refresh(self) -> None:
        """Open what the manifest names now, if it is another than last time."""
        for attempt in range(5):
            try:
                found = os.stat(self._folder / MANIFEST)
            except FileNotFoundError:
                return
            if (found.st_ino, found.st_mtime_ns) == self._seen:
                return
            try:
                self._open(found)
            except FileNotFoundError as missing:  # merged away between reading the manifest and opening
                if attempt == 4:
                    raise MalformedIndex(f"{Path(missing.filename).name} is missing.") from None
            else:
                return

    def _open(self, found: os.stat_result) -> None:
        told = json.loads((self._folder / MANIFEST).read_bytes())
        if told.get("format") != 1:
            raise MalformedIndex(MANIFEST)
        named = [_Named(**one) for one in told["parts"]]
        held = {one.file: part for one, part in zip(self._named, self._parts, strict=True)}
        parts = []
        for one in named:
            part = held.get(one.file) or Part.opened(*open_sections(self._folder / one.file))
            if one.gone:
                meta, marks = open_sections(self._folder / one.gone)
                part = part.with_gone(np.unpackbits(marks["bits"], count=meta["size"]).astype(bool))
            parts.append(part)
        self._lists = [ListInfo(**{**one, "purpose": Purpose(one["purpose"])}) for one in told["lists"]]
        self._named, self._parts, self._seen = named, parts, (found.st_ino, found.st_mtime_ns)


def _fitting(parts: list[tuple[int, Part]]) -> list[int]:
    """The numbers of the smallest parts that together still fit into one."""
    chosen, size = [], 0
    for number, part in sorted(parts, key=lambda one: len(one[1].gone)):
        size += len(part.gone)
        if size <= SEGMENT_LIMIT:
            chosen.append(number)
    return sorted(chosen)


def _with_benign(hits: list[Hit]) -> tuple[Hit, ...]:
    """Say of each hit whether a benign list knows the digest at least as well.

    Nothing is taken away: a person sees both.
    """
    nearest: dict[Algorithm, int] = {}
    for hit in hits:
        if hit.purpose is Purpose.BENIGN:
            nearest.setdefault(hit.algorithm, hit.distance)
    return tuple(
        Hit(**{**hit.__dict__, "benign_too": True})
        if hit.purpose is Purpose.KNOWN and nearest.get(hit.algorithm, 256) <= hit.distance
        else hit
        for hit in hits
    )
