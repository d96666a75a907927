"""An index file that is opened without being read.

Its format: the line `kinga names 1`, eight bytes with the length of a description in JSON, the
description, then each array at a multiple of 64 bytes from the start, little-endian. The description names
each array with its type, shape and place, the length of the whole file, and what the index was made from.
"""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinga import files
from kinga.namematch.errors import BadIndex

_MAGIC = b"kinga names 1\n"
_ALIGNED = 64
_TYPES = frozenset({"|u1", "|i1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "|S16"})


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], made_from: Mapping[str, Any]) -> None:
    """Write an index file. `made_from` is what `open_arrays` gives back beside the arrays; it must be
    JSON.
    """
    little = {
        name: np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
        for name, array in arrays.items()
    }
    described: dict[str, Any] = {"made_from": dict(made_from), "arrays": {}, "bytes": 0}
    place = 0
    for name, array in little.items():
        described["arrays"][name] = [array.dtype.str, list(array.shape), place]
        place = _up(place + array.nbytes)
    described["bytes"] = place
    words = json.dumps(described).encode()
    with files.appearing(path, mode=0o600, replace=True) as file:
        file.write(_MAGIC + len(words).to_bytes(8, "little") + words)
        start = _up(file.tell())
        for name, array in little.items():
            file.write(b"\0" * (start + described["arrays"][name][2] - file.tell()))
            file.write(array.tobytes())
        file.write(b"\0" * (start + place - file.tell()))


def open_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Map an index file into memory: the arrays (read-only) and what they were made from.

    Raises:
        BadIndex: the file is of another kind or version, or not whole.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise BadIndex(f"{path.name} is not an index of this version. Build it anew.")
        length = int.from_bytes(file.read(8), "little")
        size = os.fstat(file.fileno()).st_size
        words = file.read(min(length, size))
    start = _up(len(_MAGIC) + 8 + length)
    try:
        described = json.loads(words)
        whole = start + int(described["bytes"]) == size
        layout = {name: (str(kind), [int(n) for n in shape], int(place))
                  for name, (kind, shape, place) in described["arrays"].items()}  # fmt: skip
        made_from = dict(described["made_from"])
    except (ValueError, KeyError, TypeError):
        raise BadIndex(f"{path.name} is damaged: its description cannot be read. Build it anew.") from None
    if not whole or not all(_fits(entry, size - start) for entry in layout.values()):
        raise BadIndex(f"{path.name} is not whole. Build it anew.")
    held = np.memmap(path, dtype=np.uint8, mode="r")
    return {name: _array(held, start, *entry) for name, entry in layout.items()}, made_from


def _array(held: NDArray[np.uint8], start: int, kind: str, shape: list[int], place: int) -> NDArray[Any]:
    wide = np.dtype(kind).itemsize * math.prod(shape)
    return np.asarray(held[start + place : start + place + wide]).view(kind).reshape(shape)


def _fits(entry: tuple[str, list[int], int], room: int) -> bool:
    kind, shape, place = entry
    if kind not in _TYPES or place < 0 or place % _ALIGNED or any(n < 0 for n in shape):
        return False
    return place + np.dtype(kind).itemsize * math.prod(shape) <= room


def _up(place: int) -> int:
    return -(-place // _ALIGNED) * _ALIGNED
