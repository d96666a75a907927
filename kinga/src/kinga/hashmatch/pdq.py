"""PDQ of pixels: 256 bits that hardly change when a picture is scaled or saved again, and their quality.

``pdq`` gives, bit by bit, what the reference implementation gives for the same pixels. The seven turned and
mirrored forms come from signs and places in one transform and cost next to nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinga.hashmatch import pdqkernels
from kinga.hashmatch.entries import Algorithm, Digest

SMALLEST = 5  # pixels a side, as in the reference
SIDE = 64
Floats = npt.NDArray[np.float32]

_scale = float(np.float32(math.sqrt(2 / SIDE)))
_MATRIX: Floats = np.array(
    [
        [_scale * math.cos((math.pi / 2 / SIDE) * (row + 1) * (2 * column + 1)) for column in range(SIDE)]
        for row in range(16)
    ],
    np.float32,
)
_odd = (np.arange(16) & 1).astype(bool)
_rows = np.where(_odd[:, None], np.float32(1), np.float32(-1))
_columns = _rows.T
_both = np.where(_odd[:, None] ^ _odd[None, :], np.float32(-1), np.float32(1))


@dataclass(frozen=True)
class Pdq:
    """Eight digests, and ``quality`` from 0 to 100: below 50 a digest says too little to be compared.

    The order: as it lies; turned by 90, 180, 270 degrees; mirrored upside down and left to right; mirrored
    along the one and the other diagonal.
    """

    digests: tuple[Digest, ...]
    quality: int


def pdq(pixels: npt.NDArray[np.uint8]) -> Pdq:
    """Hash ``pixels`` (rows x columns x 3, RGB, or x 1). Raises ValueError below 5 pixels a side."""
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < SMALLEST:
        raise ValueError(f"PDQ needs {SMALLEST} pixels a side; this picture has {columns} x {rows}.")
    bright = np.empty((rows, columns), np.float32)
    pdqkernels.luma(np.ascontiguousarray(pixels), bright)
    samples = bright if (rows, columns) == (SIDE, SIDE) else _sampled(bright)
    transform = np.empty((16, 16), np.float32)
    pdqkernels.cosine(samples, _MATRIX, transform)
    turned = transform.T
    forms = (
        transform,
        (transform * _columns).T,
        transform * _both,
        (transform * _rows).T,
        transform * _rows,
        transform * _columns,
        turned,
        (transform * _both).T,
    )
    return Pdq(tuple(_digest(form) for form in forms), _quality(samples))


def _sampled(bright: Floats) -> Floats:
    """64 x 64 of a picture that was smoothed twice along rows and columns."""
    rows, columns = bright.shape
    across, down = -(-columns // (2 * SIDE)), -(-rows // (2 * SIDE))
    lying, lying_out = np.empty((columns, rows), np.float32), np.empty((columns, rows), np.float32)
    back = np.empty_like(bright)
    for _ in range(2):
        pdqkernels.transpose(bright, lying)
        pdqkernels.box_down(lying, lying_out, across)
        pdqkernels.transpose(lying_out, back)
        pdqkernels.box_down(back, bright, down)
    places = (np.arange(SIDE) + 0.5) / SIDE
    picked = bright[np.ix_((places * rows).astype(int), (places * columns).astype(int))]
    return np.ascontiguousarray(picked)


def _quality(samples: Floats) -> int:
    """The reference's measure: how much neighbouring samples differ, in hundredths cut to whole numbers."""
    total = 0
    for first, second in ((samples[:-1], samples[1:]), (samples[:, :-1], samples[:, 1:])):
        steps = (first - second) * np.float32(100) / np.float32(255)
        total += int(np.abs(np.trunc(steps)).sum(dtype=np.int64))
    return min(100, total // 90)


def _digest(form: Floats) -> Digest:
    flat = form.ravel()
    bits = flat > np.sort(flat)[127]  # the lower median
    return Digest(Algorithm.PDQ, np.packbits(bits[::-1]).tobytes())
