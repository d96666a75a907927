"""Arrays in one file, opened by mapping it: whatever its size, nothing is read until it is asked for.

Format: 8 bytes of magic; two uint64 (little-endian), the length and the CRC-32 of the header; the header,
JSON with ``meta`` and a table of sections; then the sections, each at a multiple of 4,096 bytes. A file
appears under its name only when it is whole and on the disk.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinga.files import appearing
from kinga.hashmatch.errors import MalformedIndex

MAGIC = b"KINGAHM1"
PAGE = 4096
_LENGTHS = struct.Struct("<QQ")
Array = npt.NDArray[Any]


def _aligned(size: int) -> int:
    return -(-size // PAGE) * PAGE


def write_sections(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write ``arrays`` (C-contiguous) and ``meta`` (JSON values) to ``path``, replacing what was there.

    A kill at any moment leaves the old file or the new one. Raises OSError.
    """
    table: dict[str, dict[str, Any]] = {}
    end = 0
    for name, array in arrays.items():
        table[name] = {"at": end, "dtype": array.dtype.str, "shape": array.shape}
        end = _aligned(end + array.nbytes)
    header = json.dumps({"meta": meta, "sections": table, "size": end}).encode()
    before = _aligned(len(MAGIC) + _LENGTHS.size + len(header))
    with appearing(path, replace=True) as file:
        file.write(MAGIC + _LENGTHS.pack(len(header), zlib.crc32(header)) + header)
        for name, array in arrays.items():
            file.seek(before + table[name]["at"])
            np.ascontiguousarray(array).tofile(file)
        file.truncate(before + end)


def open_sections(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Map the file; return its meta and its arrays, read-only, shared with every process that maps it.

    Raises MalformedIndex when it is not such a file or not whole; OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + _LENGTHS.size)
        if len(start) < len(MAGIC) + _LENGTHS.size or not start.startswith(MAGIC):
            raise MalformedIndex(path.name)
        length, checksum = _LENGTHS.unpack_from(start, len(MAGIC))
        size = os.fstat(file.fileno()).st_size
        text = file.read(length) if length <= size else b""
        if zlib.crc32(text) != checksum or not text:
            raise MalformedIndex(f"{path.name}: its header was changed or cut.")
        header = json.loads(text)
        before = _aligned(len(start) + length)
        if size != before + header["size"]:
            raise MalformedIndex(f"{path.name}: it has {size} bytes, not {before + header['size']}.")
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    arrays = {}
    for name, told in header["sections"].items():
        dtype, shape = np.dtype(told["dtype"]), tuple(told["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = (
            np.frombuffer(held, dtype, count, before + told["at"]).reshape(shape)
            if count
            else (np.zeros(shape, dtype))
        )
    return dict(header["meta"]), arrays
