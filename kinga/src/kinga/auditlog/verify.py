"""Reading a whole log again, to find whether and where it was changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kinga.auditlog.errors import BadSignature, MalformedNote
from kinga.auditlog.notes import Checkpoint, Verifier, read_checkpoint
from kinga.auditlog.tree import Frontier, leaf_hash


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: its number from 0, what was recorded, and the leaf hash kept beside it."""

    index: int
    data: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that is not as it was, and how that shows. ``index`` counts from 0.

    Where only a checkpoint can tell, ``index`` is the first entry since the one before, and the reason names
    the range.
    """

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The log is whole.

    ``size`` entries give ``root``. The first ``signed_size`` of them are covered by a checkpoint; for those
    after it only their own numbers and hashes speak, which somebody with the database could have rewritten.
    """

    size: int
    root: bytes
    signed_size: int


class _Broken(Exception):
    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.found = Break(index, reason)


def verify(
    entries: Iterable[Entry], checkpoints: Iterable[str], verifier: Verifier, *, origin: str | None = None
) -> Break | Verified:
    """Return the first break in a log, or that there is none. Streams: memory does not grow with the log.

    ``entries`` in the order of their index; ``checkpoints`` as signed notes, oldest first; ``origin`` as in
    ``read_checkpoint``. Checks that the numbers have no gap, that each leaf hash is that of its data, that
    every checkpoint is signed and has the root of the tree at its size, and that the log is not shorter
    than the last checkpoint.

    A change of data and hash together shows only at the next checkpoint; see Break.
    """
    try:
        return _walk(iter(entries), _Heads(iter(checkpoints), verifier, origin))
    except _Broken as broken:
        return broken.found


class _Heads:
    """Walks along the checkpoints beside the growing tree."""

    def __init__(self, notes: Iterator[str], verifier: Verifier, origin: str | None) -> None:
        self._notes = notes
        self._verifier = verifier
        self._origin = origin
        self._number = -1  # of the checkpoint in ``next``
        self.signed_size = 0
        self.next: Checkpoint | None = None
        self._advance()

    def compare(self, frontier: Frontier) -> None:
        """Compare with every checkpoint of the tree's present size."""
        while self.next is not None and self.next.size == frontier.size:
            if self.next.root != frontier.root():
                raise _Broken(self.signed_size, self._disagreement(frontier.size))
            self.signed_size = self.next.size
            self._advance()

    def _disagreement(self, size: int) -> str:
        if size == self.signed_size:  # no entry lies between: it is the checkpoint that is false
            return f"checkpoint {self._number} gives size {size} another root than was confirmed before"
        return f"one of the entries {self.signed_size} to {size - 1} is not as it was signed"

    def _advance(self) -> None:
        note = next(self._notes, None)
        self._number += 1
        if note is None:
            self.next = None
            return
        try:
            self.next = read_checkpoint(note, self._verifier, origin=self._origin)
        except (BadSignature, MalformedNote) as error:
            raise _Broken(self.signed_size, f"checkpoint {self._number} does not hold. {error}") from None
        if self.next.size < self.signed_size:
            raise _Broken(self.signed_size, f"checkpoint {self._number} is smaller than the one before it")


def _walk(entries: Iterator[Entry], heads: _Heads) -> Verified:
    frontier = Frontier()
    heads.compare(frontier)
    for expected, entry in enumerate(entries):
        if entry.index != expected:
            raise _out_of_place(expected, entry.index)
        if leaf_hash(entry.data) != entry.leaf:
            raise _Broken(expected, f"the content of entry {expected} does not fit its hash")
        frontier.append(entry.leaf)
        if heads.next is not None and heads.next.size == frontier.size:
            heads.compare(frontier)
    if heads.next is not None:
        raise _cut(frontier.size, heads.next.size, heads.signed_size)
    return Verified(frontier.size, frontier.root(), heads.signed_size)


def _out_of_place(expected: int, number: int) -> _Broken:
    if expected and number == expected - 1:  # two claim one number; either may be the false one
        return _Broken(number, f"the number {number} comes twice")
    return _Broken(expected, f"entry {expected} is missing here; the number {number} stands in its place")


def _cut(size: int, promised: int, signed_size: int) -> _Broken:
    reason = f"the log ends before entry {size}, but {promised} entries were signed"
    if signed_size < size:
        reason += f"; the entries {signed_size} to {size - 1} could not be compared either"
    return _Broken(size, reason)
