"""How 256 bits are cut into bands so that no match can be missed.

The rule. Let the bits be cut into m bands, let d_i be the distance inside band i, and give band i a share
s_i with s_1 + ... + s_m = R + 1. If the whole distance is at most R, then the d_i - s_i, going round the ring
of bands, sum up to less than zero; so there is a band from which on *every* partial sum is below zero (choose
the one after the last highest partial sum). At that band

    d_i <= s_i - 1                     (its own bits nearly agree: these buckets are opened)
    d_i + d_(i+1) <= s_i + s_(i+1) - 1 (so do those of the next: 16 bits beside each entry are tested)

Both are necessary for a match, whatever the entries look like; the whole distance then decides. The first
line alone is the pigeonhole principle of multi-index hashing (Norouzi, Punjani, Fleet, 2012); the second is
the pigeonring principle (Qin, Xiao, 2018), which spares nearly all fetches of whole hashes.

Bits that stand together in a PDQ hash come from one row of the cosine transform and go together in real
pictures. ``DIAGONAL`` spreads each row over the bands.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BITS = 256
BESIDE = 16  # bits kept beside each entry of a bucket
MAX_RADIUS = 63
USUAL_RADIUS = 31
SCAN_BELOW = 16_384  # entries; fewer are scanned faster than 272 buckets are opened
SEGMENT_LIMIT = 1 << 24  # entry numbers inside a bucket have 24 bits
COMPACT_FROM = 3_000_000

Words = npt.NDArray[np.uint64]

_row, _column = np.divmod(np.arange(BITS), 16)
DIAGONAL: npt.NDArray[np.int64] = ((_row + _column) % 16) * 16 + _row
"""Bit k of a hash (k = 16 x row + column of the transform) stands at place DIAGONAL[k] of the stored one."""


@dataclass(frozen=True)
class Band:
    """Bits ``start`` .. ``start + width`` (of the stored order); its buckets are told apart by the first
    ``key_bits`` of them."""

    start: int
    width: int
    key_bits: int

    @property
    def inner(self) -> int:
        """Which of the 16 bits that follow the key still belong to this band."""
        return (1 << min(BESIDE, self.width - self.key_bits)) - 1


@dataclass(frozen=True)
class Layout:
    """A way of cutting; ``name`` is written into the file."""

    name: str
    bands: tuple[Band, ...]

    def shares(self, radius: int) -> tuple[int, ...]:
        """s_i of the rule above for each band; their sum is ``radius`` + 1."""
        each, rest = divmod(radius + 1, len(self.bands))
        return tuple(each + (number < rest) for number in range(len(self.bands)))

    def probes(self, radius: int) -> int:
        """How many buckets one query opens."""
        return sum(
            sum(math.comb(band.key_bits, ones) for ones in range(share))
            for band, share in zip(self.bands, self.shares(radius), strict=True)
        )

    def worthwhile(self, entries: int, radius: int) -> bool:
        """Whether opening buckets costs less than reading every hash (in the time of one hash read in a
        row: a bucket opened costs ten, an entry tested in it a twentieth)."""
        cost = sum(
            sum(math.comb(band.key_bits, ones) for ones in range(share))
            * (10 + (LANES_MEAN + entries / (1 << band.key_bits)) / 20)
            for band, share in zip(self.bands, self.shares(radius), strict=True)
        )
        return cost < entries


LANES_MEAN = 32  # entries tested beyond the bucket because 32 are tested together


def _cut(name: str, widths: tuple[int, ...], key_bits: int) -> Layout:
    starts = itertools.accumulate(widths, initial=0)
    return Layout(
        name, tuple(Band(start, width, key_bits) for start, width in zip(starts, widths, strict=False))
    )


SWIFT = _cut("swift", (16,) * 16, 16)
"""Fewest buckets a query: 272 at radius 31. 112 bytes an entry with its hash."""

COMPACT = _cut("compact", (24,) * 3 + (23,) * 8, 18)
"""87 bytes an entry with its hash; 1,872 buckets a query at radius 31."""

LAYOUTS = {layout.name: layout for layout in (SWIFT, COMPACT)}


def choose(entries: int) -> Layout | None:
    """The layout for so many entries; None: scan them all."""
    if entries < SCAN_BELOW:
        return None
    return SWIFT if entries < COMPACT_FROM else COMPACT


def to_words(digests: npt.NDArray[np.uint8]) -> Words:
    """Turn PDQ hashes as published (n x 32 bytes, bit 255 first) into n x 4 words in the stored order.

    Distances are the same in either order.
    """
    bits = np.unpackbits(digests, axis=1)[:, ::-1]  # now column k holds bit k
    placed = np.empty_like(bits)
    placed[:, DIAGONAL] = bits
    return np.packbits(placed, axis=1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


def to_digests(words: Words) -> npt.NDArray[np.uint8]:
    """Undo ``to_words``: n x 32 bytes as published."""
    placed = np.unpackbits(np.ascontiguousarray(words, dtype="<u8").view(np.uint8), axis=1, bitorder="little")
    return np.packbits(placed[:, DIAGONAL][:, ::-1], axis=1)


def masks(key_bits: int, ones: int) -> npt.NDArray[np.uint32]:
    """Every number of ``key_bits`` bits with at most ``ones`` bits set, fewest first."""
    found = [
        sum(1 << bit for bit in chosen)
        for count in range(ones + 1)
        for chosen in itertools.combinations(range(key_bits), count)
    ]
    return np.array(found, dtype=np.uint32)
