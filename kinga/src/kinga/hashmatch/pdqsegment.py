"""PDQ hashes that do not change any more, in the layout that fits their number.

``Segment.search`` and ``Segment.join`` return every entry within the radius: none is missed, whatever the
hashes look like (the rule stands in ``layout``). At most 2**24 entries; a larger list is several segments.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kinga.hashmatch import kernels
from kinga.hashmatch.errors import BadRadius
from kinga.hashmatch.layout import (
    LAYOUTS,
    MAX_RADIUS,
    SEGMENT_LIMIT,
    USUAL_RADIUS,
    Layout,
    Words,
    choose,
    masks,
)
from kinga.hashmatch.sections import Array

Numbers = npt.NDArray[np.int64]
SCANNED_TOGETHER = 512  # queries
ROOM = 4096  # matches that fit before a search must be repeated with more room


@dataclass(frozen=True)
class Found:
    """Matches: for each the number of the query, the number of the entry, and the distance in bits. Each pair
    once, ordered by query and entry."""

    queries: Numbers
    entries: Numbers
    distances: Numbers


_none = np.zeros(0, np.int64)
NOTHING = Found(_none, _none, _none)


@dataclass(frozen=True)
class _Plan:
    """What the loops need to know of a layout at one radius."""

    rows: Numbers
    masks: npt.NDArray[np.uint32]
    ends: Numbers


@lru_cache(maxsize=256)
def _plan(layout: Layout, radius: int) -> _Plan:
    shares = layout.shares(radius)
    table, rows = 0, []
    for number, band in enumerate(layout.bands):
        following = shares[(number + 1) % len(shares)]
        rows.append([band.start, band.key_bits, table, band.inner, shares[number], following])
        table += (1 << band.key_bits) + 1
    chosen = masks(layout.bands[0].key_bits, max(shares) - 1)
    ones = np.bitwise_count(chosen)
    below = [int((ones < share).sum()) for share in range(max(shares) + 1)]
    return _Plan(np.array(rows), chosen, np.array([below] * len(rows)))


class Segment:
    """``len(hashes)`` entries, numbered in the order in which they were given."""

    def __init__(self, hashes: Words, layout: Layout | None, tables: Mapping[str, Array]) -> None:
        self.hashes = hashes
        self.layout = layout
        self._tables = tables
        self._plans: dict[int, _Plan | None] = {}  # what was decided for each radius asked so far

    @classmethod
    def build(cls, hashes: Words, *, layout: Layout | None = None, threads: int = 1) -> "Segment":
        """Sort ``hashes`` (n x 4 words by ``layout.to_words``) into buckets; by default with the layout that
        fits their number. Raises ValueError for more than 2**24."""
        count = len(hashes)
        if count > SEGMENT_LIMIT:
            raise ValueError(f"A segment holds {SEGMENT_LIMIT} entries, not {count}: build several.")
        layout = layout or choose(count)
        if layout is None:
            return cls(hashes, None, {})
        stride = (count // 32 + 2) * 32
        size = stride * len(layout.bands)
        ends = np.cumsum([0, *((1 << band.key_bits) + 1 for band in layout.bands)])
        starts, beside = np.zeros(ends[-1], np.uint32), np.zeros(size, np.uint16)
        low, high = np.zeros(size, np.uint16), np.zeros(size, np.uint8)

        def fill(number: int) -> None:
            band, part = layout.bands[number], slice(number * stride, (number + 1) * stride)
            bounds = slice(ends[number], ends[number + 1])
            kernels.fill_band(
                hashes, band.start, band.key_bits, starts[bounds], beside[part], low[part], high[part]
            )

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(len(layout.bands))))
        return cls(hashes, layout, {"starts": starts, "beside": beside, "low": low, "high": high})

    @classmethod
    def from_arrays(cls, name: str | None, arrays: Mapping[str, Array]) -> "Segment":
        """The segment that ``arrays`` and ``layout_name`` describe, over the same memory."""
        tables = {key: arrays[key] for key in ("starts", "beside", "low", "high")} if name else {}
        return cls(arrays["hashes"], LAYOUTS[name] if name else None, tables)

    @property
    def layout_name(self) -> str | None:
        """What ``from_arrays`` must be told."""
        return self.layout.name if self.layout else None

    def arrays(self) -> dict[str, Array]:
        """Everything that ``from_arrays`` needs."""
        return {"hashes": self.hashes, **self._tables}

    @property
    def bytes_held(self) -> int:
        """Bytes of hashes and buckets together."""
        return sum(array.nbytes for array in self.arrays().values())

    def search(self, query: Words, radius: int = USUAL_RADIUS) -> Found:
        """Every entry within ``radius`` bits (0 to 63) of one hash (1 x 4 words). Raises BadRadius."""
        room = ROOM
        while True:
            out = np.empty(room, np.uint64)
            plan = self._planned(radius)
            if plan:
                count = kernels.search(
                    query, 0, self.hashes, *self._buckets(), plan.rows, plan.masks, plan.ends, radius, out
                )
            else:
                count = kernels.scan(query, self.hashes, 0, 1, radius, out)
            if count <= room:
                return self._found(query, out[:count])
            room = int(count)

    def join(self, queries: Words, radius: int = USUAL_RADIUS, *, threads: int = 1) -> Found:
        """Every entry within ``radius`` bits of each of many hashes (m x 4 words). Raises BadRadius."""
        if not len(queries):
            return self._found(queries, np.zeros(0, np.uint64))
        work: Callable[[Words, int, int], Words]
        if self._planned(radius):
            parts, work = range(len(self._chosen().bands)), self._join_band
        else:
            parts, work = range(0, len(queries), SCANNED_TOGETHER), self._scan_part
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda part: work(queries, part, radius), parts))
        return self._found(queries, np.concatenate(found))

    def _join_band(self, queries: Words, number: int, radius: int) -> Words:
        plan = _plan(self._chosen(), radius)
        band = self._chosen().bands[number]
        word, shift = divmod(band.start, 64)
        keys = queries[:, word] >> np.uint64(shift)
        if shift + band.key_bits > 64:
            keys = keys | (queries[:, (word + 1) & 3] << np.uint64(64 - shift))
        order = np.argsort((keys & np.uint64((1 << band.key_bits) - 1)).astype(np.uint32), kind="stable")
        room = ROOM + len(queries)
        while True:
            out = np.empty(room, np.uint64)
            count = kernels.join(
                queries,
                self.hashes,
                *self._buckets(),
                plan.rows,
                plan.masks,
                plan.ends,
                order,
                number,
                radius,
                out,
            )
            if count <= room:
                return out[:count]
            room = int(count)

    def _scan_part(self, queries: Words, first: int, radius: int) -> Words:
        room = ROOM
        while True:
            out = np.empty(room, np.uint64)
            last = min(first + SCANNED_TOGETHER, len(queries))
            count = kernels.scan(queries, self.hashes, first, last, radius, out)
            if count <= room:
                return out[:count]
            room = int(count)

    def _planned(self, radius: int) -> _Plan | None:
        """How to open buckets at this radius; None where reading every hash costs less."""
        if radius not in self._plans:
            if not 0 <= radius <= MAX_RADIUS:
                raise BadRadius(f"It was {radius}.")
            opens = self.layout is not None and self.layout.worthwhile(len(self.hashes), radius)
            self._plans[radius] = _plan(self._chosen(), radius) if opens else None
        return self._plans[radius]

    def _chosen(self) -> Layout:
        assert self.layout is not None, "asked only where buckets are opened"  # noqa: S101
        return self.layout

    def _buckets(self) -> tuple[Array, Array, Array, Array]:
        tables = self._tables
        return tables["starts"], tables["beside"], tables["low"], tables["high"]

    def _found(self, queries: Words, pairs: Words) -> Found:
        if not len(pairs):
            return NOTHING
        once = np.unique(pairs)
        asked = (once >> np.uint64(32)).astype(np.int64)
        entries = (once & np.uint64(0xFFFFFFFF)).astype(np.int64)
        apart = np.bitwise_count(queries[asked] ^ self.hashes[entries]).sum(axis=1, dtype=np.int64)
        return Found(asked, entries, apart)
