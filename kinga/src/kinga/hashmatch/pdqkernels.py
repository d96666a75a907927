"""The loops of PDQ, compiled: float32 sums in the very order of the reference, so that the bits are the same.

Source: the PDQ paper and reference implementation of ThreatExchange (two passes of a box filter along rows
and columns, 64 x 64 samples, cosine transform, median). Pictures are rows x columns.
"""

# Types here are numba's, inferred from the signatures when compiling; an error of type stops the compiling.
# mypy: ignore-errors

import numpy as np

from kinga.hashmatch.compiled import compiled

PIXELS = "Array(uint8, 3, 'C', readonly=True)"
FLOATS = "float32[:, ::1]"


@compiled(f"void({PIXELS}, {FLOATS})")
def luma(pixels, out):
    """Brightness of RGB pixels by the weights of BT.601, added up in float64; of one channel, itself."""
    for row in range(pixels.shape[0]):
        if pixels.shape[2] == 1:
            for column in range(pixels.shape[1]):
                out[row, column] = pixels[row, column, 0]
            continue
        for column in range(pixels.shape[1]):
            out[row, column] = (
                pixels[row, column, 0] * 0.299
                + pixels[row, column, 1] * 0.587
                + pixels[row, column, 2] * 0.114
            )


@compiled(f"void({FLOATS}, {FLOATS}, int64)")
def box_down(source, out, window):
    """Mean over ``window`` rows around each place, fewer at the edges; all columns side by side."""
    rows, columns = source.shape
    half = (window + 2) // 2
    sums = np.zeros(columns, np.float32)
    adds, takes, size = 0, 0, 0
    for step in range(half - 1 + rows):
        if adds < rows:
            for column in range(columns):
                sums[column] += source[adds, column]
            adds += 1
            size += 1
        if size > window or step >= rows:
            for column in range(columns):
                sums[column] -= source[takes, column]
            takes += 1
            size -= 1
        if step >= half - 1:
            width = np.float32(size)
            for column in range(columns):
                out[step - half + 1, column] = sums[column] / width


@compiled(f"void({FLOATS}, {FLOATS})")
def transpose(source, out):
    """Rows become columns, in blocks that fit the cache."""
    for above in range(0, source.shape[0], 32):
        for left in range(0, source.shape[1], 32):
            for row in range(above, min(above + 32, source.shape[0])):
                for column in range(left, min(left + 32, source.shape[1])):
                    out[column, row] = source[row, column]


@compiled(f"void({FLOATS}, {FLOATS}, {FLOATS})")
def cosine(samples, matrix, out):
    """16 x 16 of the cosine transform of 64 x 64 ``samples``; ``matrix`` is 16 x 64."""
    half = np.zeros((16, 64), np.float32)
    for row in range(16):
        for step in range(64):
            for column in range(64):
                half[row, column] += matrix[row, step] * samples[step, column]
    for row in range(16):
        for column in range(16):
            total = np.float32(0)
            for step in range(64):
                total += half[row, step] * matrix[column, step]
            out[row, column] = total
