"""One index, in a process of its own: build it, ask it, print what was measured as JSON. See `matching.py`.

Runs under the peers' Python too, so it imports nothing of this checkout except for our own index.
"""

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

RADIUS = 31
Ask = Callable[[int], set[int]]


def data(entries: int, queries: int) -> tuple[Any, Any]:
    """Random hashes (n x 32 bytes) and queries, every fifth of them 0 to 40 bits away from an entry."""
    rng = np.random.default_rng(20_261_127)
    hashes = rng.integers(0, 256, (entries, 32), dtype=np.uint8)
    asked = rng.integers(0, 256, (queries, 32), dtype=np.uint8)
    rng = np.random.default_rng(41)  # so that the first queries are the same, however many are asked
    for row in range(0, queries, 5):
        bits = np.unpackbits(hashes[rng.integers(entries)])
        bits[rng.choice(256, rng.integers(0, 41), replace=False)] ^= 1
        asked[row] = np.packbits(bits)
    return hashes, asked


def ours(layout: str | None) -> Callable[[Any, Any], tuple[Ask, Any]]:
    """Our segment, with the layout of that name or the one that fits."""

    def build(hashes: Any, asked: Any) -> tuple[Ask, Any]:
        from kinga.hashmatch.layout import LAYOUTS, to_words
        from kinga.hashmatch.pdqsegment import Segment

        segment = Segment.build(to_words(hashes), layout=LAYOUTS[layout] if layout else None, threads=2)
        words = to_words(asked)
        return lambda n: set(segment.search(words[n : n + 1], RADIUS).entries.tolist()), segment

    return build


def faiss_flat(hashes: Any, asked: Any) -> tuple[Ask, Any]:
    """IndexBinaryFlat: a full scan."""
    faiss = importlib.import_module("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(256)
    index.add(hashes)
    return lambda n: set(index.range_search(asked[n : n + 1], RADIUS + 1)[2].tolist()), None


def faiss_multi(hashes: Any, asked: Any) -> tuple[Ask, Any]:
    """IndexBinaryMultiHash with the settings that PDQIndex uses: 16 tables of 16 bits, one flip."""
    faiss = importlib.import_module("faiss")
    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = 1
    index.add(hashes)
    return lambda n: set(index.range_search(asked[n : n + 1], RADIUS + 1)[2].tolist()), None


def pdq_index(hashes: Any, asked: Any) -> tuple[Ask, Any]:
    """The index of python-threatexchange and HMA."""
    importlib.import_module("faiss").omp_set_num_threads(1)
    module = importlib.import_module("threatexchange.signal_type.pdq.pdq_index")
    index = module.PDQIndex([(row.tobytes().hex(), n) for n, row in enumerate(hashes)])
    texts = [row.tobytes().hex() for row in asked]
    return lambda n: {match.metadata for match in index.query(texts[n])}, None


def plain_numpy(hashes: Any, asked: Any) -> tuple[Ask, Any]:
    """A full scan in numpy."""
    words, queries = hashes.view(np.uint64), asked.view(np.uint64)
    return (
        lambda n: set(
            np.flatnonzero(
                np.bitwise_count(words ^ queries[n]).sum(axis=1, dtype=np.int64) <= RADIUS
            ).tolist()
        ),
        None,
    )


INDEXES: dict[str, Callable[[Any, Any], tuple[Ask, Any]]] = {
    "kinga": ours(None),
    "kinga swift": ours("swift"),
    "kinga compact": ours("compact"),
    "faiss flat": faiss_flat,
    "faiss multi-hash": faiss_multi,
    "threatexchange PDQIndex": pdq_index,
    "numpy": plain_numpy,
}


def batch_rate(segment: Any, size: int = 10_000) -> float:
    """Queries a second of the join with two threads, best of three batches."""
    from kinga.hashmatch.layout import to_words

    rates = []
    for seed in range(3):
        batch = np.random.default_rng(seed).integers(0, 256, (size, 32), dtype=np.uint8)
        started = time.perf_counter()
        segment.join(to_words(batch), RADIUS, threads=2)
        rates.append(size / (time.perf_counter() - started))
    return max(rates)


def main() -> None:
    """`matching_worker.py NAME ENTRIES QUERIES`."""
    name, entries, queries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if name.startswith("kinga"):
        importlib.import_module("kinga.hashmatch.kernels")  # compiling is told apart from building
    hashes, asked = data(entries, queries)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    ask, segment = INDEXES[name](hashes, asked)
    built = time.perf_counter() - started
    times, answers = [], []
    for number in range(queries):
        started = time.perf_counter()
        found = ask(number)
        times.append(time.perf_counter() - started)
        answers.append(sorted(found))
    told: dict[str, Any] = {
        "name": name,
        "build_s": built,
        "p50_us": float(np.median(times)) * 1e6,
        "growth_bytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024,
        "load": os.getloadavg()[0],
        "answers": answers,
    }
    if segment is not None:
        told |= {"bytes_a_hash": segment.bytes_held / entries, "batch_per_s": batch_rate(segment)}
        told["layout"] = segment.layout_name
    print(json.dumps(told))


if __name__ == "__main__":
    main()
