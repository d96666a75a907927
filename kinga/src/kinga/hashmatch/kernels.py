"""The loops of the index, compiled. What they promise is tested against a full scan by plain numpy.

``hashes`` is n x 4 uint64. For each band, one band after the other in one array: ``starts`` uint32, where
each bucket begins (2**key_bits + 1 numbers); ``beside`` uint16, the 16 bits that follow the key, in the order
of the buckets; ``low`` uint16 and ``high`` uint8, the number of the entry. A band has ``stride`` places in
the last three: a multiple of 32, at least 32 more than there are entries, so that 32 can be read together.

``plan`` is int64, a row for each band: start, key bits, first place in ``starts``, inner bits, share, share
of the next band. ``masks`` uint32 holds what may differ in a key, fewest bits first; row b of ``ends`` int64
says at k how many of the masks have fewer than k bits.

What is found goes into ``out`` (uint64) as query << 32 | entry, perhaps more than once; the answer is how
many there were, which may be more than fit: then ask again with more room.
"""

# Types here are numba's, inferred from the signatures when compiling; an error of type stops the compiling.
# mypy: ignore-errors

import numpy as np

from kinga.hashmatch.compiled import compiled, inlined, lowest_bit, popcount, prefetch, survivors

HASHES = "Array(uint64, 2, 'C', readonly=True)"
U64 = "Array(uint64, 1, 'C', readonly=True)"
U32 = "Array(uint32, 1, 'C', readonly=True)"
U16 = "Array(uint16, 1, 'C', readonly=True)"
U8 = "Array(uint8, 1, 'C', readonly=True)"
PLAN = "Array(int64, 2, 'C', readonly=True)"
I64 = "Array(int64, 1, 'C', readonly=True)"
OUT = "uint64[::1]"
WAITING = 256  # survivors that wait until their hashes are fetched together
AHEAD = 64  # buckets asked of the memory before they are read


@inlined
def bits_of(hashes, row, at, width):
    """``width`` (at most 32) bits of a hash from place ``at`` on, round the end."""
    place = at & 255
    word = place >> 6
    shift = np.uint64(place & 63)
    value = hashes[row, word] >> shift
    if (place & 63) + width > 64:
        value |= hashes[row, (word + 1) & 3] << (np.uint64(64) - shift)
    return value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1))


@inlined
def _distance(left, row, right, other):
    return (
        popcount(left[row, 0] ^ right[other, 0])
        + popcount(left[row, 1] ^ right[other, 1])
        + popcount(left[row, 2] ^ right[other, 2])
        + popcount(left[row, 3] ^ right[other, 3])
    )


@compiled(f"int64({HASHES}, {HASHES}, int64, int64, int64, {OUT})")
def scan(queries, hashes, first, last, radius, out):
    """Compare queries ``first`` .. ``last`` with every hash."""
    found = 0
    limit = np.uint64(radius)
    for query in range(first, last):
        q0, q1, q2, q3 = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
        for start in range(0, hashes.shape[0], 64):
            end = min(start + 64, hashes.shape[0])
            near = 0
            for row in range(start, end):
                away = popcount(hashes[row, 0] ^ q0) + popcount(hashes[row, 1] ^ q1)
                away += popcount(hashes[row, 2] ^ q2) + popcount(hashes[row, 3] ^ q3)
                near += away <= limit
            if near == 0:
                continue
            for row in range(start, end):
                if _distance(queries, query, hashes, row) <= limit:
                    if found < out.size:
                        out[found] = (np.uint64(query) << np.uint64(32)) | np.uint64(row)
                    found += 1
    return found


@compiled(
    f"int64({HASHES}, {HASHES}, {U16}, {U8}, int64, uint64[::1], int64, int64, {OUT}, int64)",
)
def settle(queries, hashes, low, high, base, waiting, count, radius, out, found):
    """Fetch the hashes of the survivors that wait (query << 32 | place in the band) and keep the matches."""
    below = np.uint64(0xFFFFFFFF)
    for number in range(count):
        place = base + np.int64(waiting[number] & below)
        entry = np.uint64(low[place]) | (np.uint64(high[place]) << np.uint64(16))
        waiting[number] = (waiting[number] & ~below) | entry
        prefetch(hashes, np.int64(entry) * 4)
    for number in range(count):
        query = np.int64(waiting[number] >> np.uint64(32))
        entry = np.int64(waiting[number] & below)
        if _distance(queries, query, hashes, entry) <= np.uint64(radius):
            if found < out.size:
                out[found] = waiting[number]
            found += 1
    return found


@compiled(
    f"int64({HASHES}, int64, {HASHES}, {U32}, {U16}, {U16}, {U8}, {PLAN}, {U32}, {PLAN}, int64, {OUT})",
)
def search(queries, query, hashes, starts, beside, low, high, plan, masks, ends, radius, out):
    """Find the matches of one query, opening the buckets of each band."""
    found = 0
    stride = beside.size // plan.shape[0]
    waiting = np.empty(WAITING, np.uint64)
    places = np.empty(AHEAD, np.int64)
    for band in range(plan.shape[0]):
        start, key_bits, table = plan[band, 0], plan[band, 1], plan[band, 2]
        key = np.int64(bits_of(queries, query, start, key_bits))
        asked = np.uint16(bits_of(queries, query, start + key_bits, 16))
        base = band * stride
        count = 0
        near, chain = plan[band, 4] - 1, plan[band, 4] + plan[band, 5] - 1
        last = ends[band, plan[band, 4]]
        for number in range(last):
            prefetch(starts, table + (key ^ np.int64(masks[number])))
        for group in range(0, last, AHEAD):
            end = min(group + AHEAD, last)
            for number in range(group, end):
                bucket = table + (key ^ np.int64(masks[number]))
                places[number - group] = bucket
                prefetch(beside, base + np.int64(starts[bucket]))
                prefetch(beside, base + np.int64(starts[bucket]) + 32)
            for number in range(group, end):
                bucket = places[number - group]
                at, stop = np.int64(starts[bucket]), np.int64(starts[bucket + 1])
                ones = np.int64(popcount(masks[number]))
                while at < stop:
                    kept = survivors(
                        beside,
                        base + at,
                        asked,
                        np.uint16(plan[band, 3]),
                        np.uint16(near - ones),
                        np.uint16(chain - ones),
                    )
                    if stop - at < 32:
                        kept &= np.uint32((1 << (stop - at)) - 1)
                    while kept:
                        if count == WAITING:
                            found = settle(
                                queries, hashes, low, high, base, waiting, count, radius, out, found
                            )
                            count = 0
                        place = at + np.int64(lowest_bit(kept))
                        waiting[count] = (np.uint64(query) << np.uint64(32)) | np.uint64(place)
                        prefetch(low, base + place)
                        prefetch(high, base + place)
                        count += 1
                        kept &= kept - np.uint32(1)
                    at += 32
        found = settle(queries, hashes, low, high, base, waiting, count, radius, out, found)
    return found


@compiled(
    f"int64({HASHES}, {HASHES}, {U32}, {U16}, {U16}, {U8}, {PLAN}, {U32}, {PLAN}, "
    f"{I64}, int64, int64, {OUT})",
)
def join(queries, hashes, starts, beside, low, high, plan, masks, ends, order, band, radius, out):
    """Find the matches that one band shows, of all queries; ``order`` sorts them by their keys.

    Buckets are opened mask by mask, in the order of the keys: neighbours in that order open the same or
    neighbouring buckets, which are then still in the cache.
    """
    found = 0
    base = band * (beside.size // plan.shape[0])
    start, key_bits, table = plan[band, 0], plan[band, 1], plan[band, 2]
    inner = np.uint16(plan[band, 3])
    waiting = np.empty(WAITING, np.uint64)
    keys = np.empty(order.size, np.int64)
    words = np.empty(order.size, np.uint16)
    count = 0
    for number in range(order.size):
        keys[number] = table + np.int64(bits_of(queries, order[number], start, key_bits))
        words[number] = np.uint16(bits_of(queries, order[number], start + key_bits, 16))
    for chosen in range(ends[band, plan[band, 4]]):
        mask = np.int64(masks[chosen])
        ones = np.int64(popcount(masks[chosen]))
        near = np.uint16(plan[band, 4] - 1 - ones)
        chain = np.uint16(plan[band, 4] + plan[band, 5] - 1 - ones)
        for number in range(order.size):
            if number + 16 < order.size:
                later = table + ((keys[number + 16] - table) ^ mask)
                prefetch(beside, base + np.int64(starts[later]))
            bucket = table + ((keys[number] - table) ^ mask)
            at, stop = np.int64(starts[bucket]), np.int64(starts[bucket + 1])
            while at < stop:
                kept = survivors(beside, base + at, words[number], inner, near, chain)
                if stop - at < 32:
                    kept &= np.uint32((1 << (stop - at)) - 1)
                while kept:
                    if count == WAITING:
                        found = settle(queries, hashes, low, high, base, waiting, count, radius, out, found)
                        count = 0
                    place = at + np.int64(lowest_bit(kept))
                    waiting[count] = (np.uint64(order[number]) << np.uint64(32)) | np.uint64(place)
                    prefetch(low, base + place)
                    prefetch(high, base + place)
                    count += 1
                    kept &= kept - np.uint32(1)
                at += 32
    return settle(queries, hashes, low, high, base, waiting, count, radius, out, found)


@compiled(f"void({HASHES}, int64, int64, uint32[::1], uint16[::1], uint16[::1], uint8[::1])")
def fill_band(hashes, start, key_bits, starts, beside, low, high):
    """Sort the entries of one band into its buckets: count, add up, place."""
    for row in range(hashes.shape[0]):
        starts[np.int64(bits_of(hashes, row, start, key_bits)) + 1] += np.uint32(1)
    for bucket in range(starts.size - 1):
        starts[bucket + 1] += starts[bucket]
    following = starts.copy()
    for row in range(hashes.shape[0]):
        key = np.int64(bits_of(hashes, row, start, key_bits))
        place = following[key]
        following[key] = place + np.uint32(1)
        beside[place] = np.uint16(bits_of(hashes, row, start + key_bits, 16))
        low[place] = np.uint16(row & 0xFFFF)
        high[place] = np.uint8(row >> 16)


@compiled(f"void({HASHES}, {HASHES}, {U32}, int64[::1], int64[::1])")
def find_exact(queries, rows, starts, first, count):
    """Write for each query where its equals begin in the sorted ``rows``, and how many there are."""
    shift = np.uint64(64)
    size = starts.size - 1
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    for group in range(0, queries.shape[0], AHEAD):
        end = min(group + AHEAD, queries.shape[0])
        for number in range(group, end):
            prefetch(starts, np.int64(queries[number, 0] >> shift))
        for number in range(group, end):
            first[number] = starts[np.int64(queries[number, 0] >> shift)]
            prefetch(rows, first[number] * rows.shape[1])
        for number in range(group, end):
            at, stop = first[number], np.int64(starts[np.int64(queries[number, 0] >> shift) + 1])
            count[number] = 0
            while at < stop and rows[at, 0] <= queries[number, 0]:
                same = True
                for word in range(rows.shape[1]):
                    same &= rows[at, word] == queries[number, word]
                if same and count[number] == 0:
                    first[number] = at
                count[number] += same
                at += 1
