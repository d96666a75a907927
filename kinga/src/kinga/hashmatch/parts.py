"""One part of an index: entries of one algorithm that do not change any more, with their lists and ids."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kinga.hashmatch.entries import Algorithm, Digest, Entry
from kinga.hashmatch.errors import BadEntry
from kinga.hashmatch.exactsegment import ExactSegment, exact_words
from kinga.hashmatch.layout import Words, to_words
from kinga.hashmatch.pdqsegment import Segment
from kinga.hashmatch.sections import Array

ID_BYTES = 64
Marks = npt.NDArray[np.bool_]
_COLUMNS = ("list", "id", "provenance", "texts", "ends")


def _id_bytes(text: str) -> bytes:
    value = text.encode()
    if not 0 < len(value) <= ID_BYTES or b"\0" in value:
        raise BadEntry
    return value


def _words(algorithm: Algorithm, digests: Sequence[Digest]) -> Words:
    raw = np.frombuffer(b"".join(one.value for one in digests), np.uint8).reshape(-1, algorithm.size)
    return to_words(raw) if algorithm is Algorithm.PDQ else exact_words(raw)


class Part:
    """``columns``: list uint16, id bytes, provenance uint32 (a line of ``texts`` and ``ends``).

    ``gone`` marks the entries that were taken out.
    """

    def __init__(
        self, algorithm: Algorithm, segment: Segment | ExactSegment, columns: Mapping[str, Array], gone: Marks
    ) -> None:
        self.algorithm = algorithm
        self._segment = segment
        self._columns = columns
        self.gone = gone

    @classmethod
    def of(cls, algorithm: Algorithm, entries: Sequence[Entry], lists: Mapping[str, int]) -> "Part":
        """Build a part of entries; ``lists`` gives the number of each list. Raises BadEntry."""
        texts: dict[str, int] = {}
        for one in entries:
            texts.setdefault(one.provenance, len(texts))
        encoded = [text.encode() for text in texts]
        columns = {
            "list": np.array([lists[one.list] for one in entries], np.uint16),
            "id": np.array([_id_bytes(one.id) for one in entries]),
            "provenance": np.array([texts[one.provenance] for one in entries], np.uint32),
            "texts": np.frombuffer(b"".join(encoded), np.uint8),
            "ends": np.cumsum([len(text) for text in encoded], dtype=np.int64),
        }
        return cls._built(algorithm, _words(algorithm, [one.digest for one in entries]), columns)[0]

    @classmethod
    def _built(
        cls, algorithm: Algorithm, words: Words, columns: dict[str, Array]
    ) -> "tuple[Part, npt.NDArray[np.int64]]":
        """The part, and for each of its rows the row of ``words`` that it was."""
        order = np.arange(len(words))
        segment: Segment | ExactSegment
        if algorithm is Algorithm.PDQ:
            segment = Segment.build(words)
        else:
            segment, order = ExactSegment.build(words)
            columns = columns | {name: columns[name][order] for name in ("list", "id", "provenance")}
        return cls(algorithm, segment, columns, np.zeros(len(words), bool)), order

    @classmethod
    def merged(cls, parts: "Sequence[Part]") -> "tuple[Part, npt.NDArray[np.int64]]":
        """What is not gone from parts of one algorithm, in one; and for each row of it the row in all the
        parts laid one after the other."""
        kept = np.concatenate([~part.gone for part in parts])
        before = np.cumsum([0, *(len(part._columns["ends"]) for part in parts)])
        texts_before = np.cumsum([0, *(len(part._columns["texts"]) for part in parts)])
        columns = {
            "list": np.concatenate([part._columns["list"] for part in parts])[kept],
            "id": np.concatenate([part._columns["id"] for part in parts])[kept],
            "provenance": np.concatenate(
                [part._columns["provenance"] + np.uint32(before[n]) for n, part in enumerate(parts)]
            )[kept],
            "texts": np.concatenate([part._columns["texts"] for part in parts]),
            "ends": np.concatenate([part._columns["ends"] + texts_before[n] for n, part in enumerate(parts)]),
        }
        words = np.concatenate([part.words for part in parts])[kept]
        made, order = cls._built(parts[0].algorithm, words, columns)
        return made, np.flatnonzero(kept)[order]

    @classmethod
    def opened(cls, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> "Part":
        """The part that ``meta()`` and ``arrays()`` described, over the same memory."""
        algorithm = Algorithm(meta["algorithm"])
        segment = (
            Segment.from_arrays(meta["layout"], arrays)
            if algorithm is Algorithm.PDQ
            else ExactSegment.from_arrays(arrays)
        )
        columns = {name: arrays[name] for name in _COLUMNS}
        return cls(algorithm, segment, columns, np.zeros(len(columns["list"]), bool))

    def with_gone(self, gone: Marks) -> "Part":
        """The same part with other marks."""
        return Part(self.algorithm, self._segment, self._columns, gone)

    @property
    def words(self) -> Words:
        """The digests, in the order of the rows."""
        return self._segment.hashes if isinstance(self._segment, Segment) else self._segment.rows

    def meta(self) -> dict[str, str | None]:
        """What ``opened`` must be told beside the arrays."""
        layout = self._segment.layout_name if isinstance(self._segment, Segment) else None
        return {"algorithm": self.algorithm.value, "layout": layout}

    def arrays(self) -> dict[str, Array]:
        """Everything else that ``opened`` needs."""
        return {**self._columns, **self._segment.arrays()}

    def find(self, digest: Digest, radius: int) -> list[tuple[int, int]]:
        """Rows that are not gone, with their distances; digests other than PDQ must be equal."""
        query = _words(self.algorithm, [digest])
        if isinstance(self._segment, Segment):
            found = self._segment.search(query, radius)
            pairs = zip(found.entries.tolist(), found.distances.tolist(), strict=True)
        else:
            first, count = self._segment.find(query)
            pairs = zip(range(first[0], first[0] + count[0]), [0] * int(count[0]), strict=True)
        return [(row, distance) for row, distance in pairs if not self.gone[row]]

    def rows_of(self, keys: Sequence[tuple[int, str]]) -> npt.NDArray[np.int64]:
        """The rows, not gone, of these lists and ids."""
        found = [np.zeros(0, np.int64)]
        for number in {number for number, _ in keys}:
            ids = np.array([_id_bytes(one) for of, one in keys if of == number])
            mine = np.flatnonzero((self._columns["list"] == number) & ~self.gone)
            found.append(mine[np.isin(self._columns["id"][mine], ids)])
        return np.concatenate(found)

    def list_of(self, row: int) -> int:
        """The number of the list of an entry."""
        return int(self._columns["list"][row])

    def id_of(self, row: int) -> str:
        """What its list calls an entry."""
        return bytes(self._columns["id"][row]).decode()

    def provenance_of(self, row: int) -> str:
        """Where an entry came from."""
        number = int(self._columns["provenance"][row])
        ends = self._columns["ends"]
        start = int(ends[number - 1]) if number else 0
        return self._columns["texts"][start : ends[number]].tobytes().decode()
