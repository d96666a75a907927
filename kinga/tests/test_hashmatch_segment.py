"""No match is missed: every answer is compared with a full scan by plain numpy."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("numba", reason="the extra kinga[hash] is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st

from kinga.hashmatch import kernels
from kinga.hashmatch.errors import BadRadius, MalformedIndex
from kinga.hashmatch.layout import COMPACT, DIAGONAL, SWIFT, Layout, Words, to_digests, to_words
from kinga.hashmatch.pdqsegment import Found, Segment
from kinga.hashmatch.sections import open_sections, write_sections

LAYOUTS = [None, SWIFT, COMPACT]


def _full_scan(hashes: Words, queries: Words, radius: int) -> set[tuple[int, int, int]]:
    found = set()
    for number, query in enumerate(queries):
        apart = np.bitwise_count(hashes ^ query).sum(axis=1, dtype=np.int64)
        found |= {(number, int(row), int(apart[row])) for row in np.flatnonzero(apart <= radius)}
    return found


def _as_set(found: Found) -> set[tuple[int, int, int]]:
    made = list(zip(found.queries.tolist(), found.entries.tolist(), found.distances.tolist(), strict=True))
    assert len(made) == len(set(made)), "a pair was told twice"
    return set(made)


def _near(rng: np.random.Generator, hashes: Words, count: int, most: int) -> Words:
    """Copies of some hashes with 0 to ``most`` bits changed."""
    made = hashes[rng.integers(0, len(hashes), count)].copy()
    for row in made:
        for bit in rng.choice(256, rng.integers(0, most + 1), replace=False):
            row[bit >> 6] ^= np.uint64(1) << np.uint64(bit & 63)
    return made


def _random(rng: np.random.Generator, count: int, ones: float = 0.5) -> Words:
    """Hashes whose bits are set with the chance ``ones``: far from half, many share a bucket."""
    return to_words(np.packbits(rng.random((count, 256)) < ones, axis=1))


@pytest.mark.parametrize("layout", LAYOUTS)
@given(
    seed=st.integers(0, 2**32 - 1),
    radius=st.integers(0, 63),
    ones=st.sampled_from([0.5, 0.2, 0.05, 0.95]),
    count=st.sampled_from([1, 31, 32, 33, 400]),
)
@settings(max_examples=25)
def test_every_radius_finds_what_a_full_scan_finds(
    layout: Layout | None, seed: int, radius: int, ones: float, count: int
) -> None:
    rng = np.random.default_rng(seed)
    hashes = _random(rng, count, ones)
    queries = np.concatenate([_random(rng, 3, ones), _near(rng, hashes, 8, radius + 2)])
    segment = Segment.build(hashes, layout=layout)
    wanted = _full_scan(hashes, queries, radius)
    assert _as_set(segment.join(queries, radius, threads=2)) == wanted
    alone = [segment.search(queries[row : row + 1], radius) for row in range(len(queries))]
    assert {(row, e, d) for row, found in enumerate(alone) for _, e, d in _as_set(found)} == wanted


@pytest.mark.parametrize("layout", [SWIFT, COMPACT])
@pytest.mark.parametrize("ones", [0.5, 0.3])
def test_the_buckets_themselves_miss_nothing(
    layout: Layout, ones: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With buckets opened even where a scan would be quicker, at 40,000 entries and every kind of radius."""
    monkeypatch.setattr(Layout, "worthwhile", lambda *_: True)
    rng = np.random.default_rng(7)
    hashes = _random(rng, 40_000, ones)
    segment = Segment.build(hashes, layout=layout, threads=2)
    queries = np.concatenate([_random(rng, 20, ones), _near(rng, hashes, 100, 40)])
    for radius in (0, 1, 10, 15, 16, 23, 31, 32):
        wanted = _full_scan(hashes, queries, radius)
        assert _as_set(segment.join(queries, radius)) == wanted
        for row in range(0, len(queries), 9):
            alone = _as_set(segment.search(queries[row : row + 1], radius))
            assert {(row, e, d) for _, e, d in alone} == {one for one in wanted if one[0] == row}


def test_more_matches_than_there_is_room_for_are_all_told() -> None:
    hashes = np.repeat(_random(np.random.default_rng(3), 1), 20_000, axis=0)
    segment = Segment.build(hashes)
    assert segment.layout is SWIFT
    assert len(segment.search(hashes[:1]).entries) == 20_000
    assert len(segment.join(hashes[:2]).entries) == 40_000


@pytest.mark.parametrize("layout", [SWIFT, COMPACT])
def test_a_band_left_out_is_noticed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison with a full scan can fail: with one band's share taken away, matches are missed."""
    whole = Layout.shares
    monkeypatch.setattr(Layout, "worthwhile", lambda *_: True)
    monkeypatch.setattr(Layout, "shares", lambda self, radius: whole(self, radius // 2))
    rng = np.random.default_rng(5)
    hashes = _random(rng, 2_000)
    queries = _near(rng, hashes, 200, 31)
    segment = Segment.build(hashes, layout=Layout("half", layout.bands))
    assert _as_set(segment.join(queries, 31)) < _full_scan(hashes, queries, 31)


@pytest.mark.parametrize("radius", [-1, 64])
def test_a_radius_that_cannot_be_searched_is_refused(radius: int) -> None:
    segment = Segment.build(_random(np.random.default_rng(1), 5))
    with pytest.raises(BadRadius, match="0 to 63"):
        segment.search(segment.hashes[:1], radius)


def test_hashes_come_back_as_published() -> None:
    digests: npt.NDArray[np.uint8] = np.random.default_rng(2).integers(0, 256, (50, 32), dtype=np.uint8)
    assert np.array_equal(to_digests(to_words(digests)), digests)
    assert sorted(DIAGONAL.tolist()) == list(range(256))


def test_a_file_is_mapped_and_answers_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    segment = Segment.build(_random(rng, 20_000))
    write_sections(tmp_path / "one", {"layout": segment.layout_name}, segment.arrays())
    meta, arrays = open_sections(tmp_path / "one")
    opened = Segment.from_arrays(meta["layout"], arrays)
    queries = _near(rng, segment.hashes, 50, 31)
    assert _as_set(opened.join(queries)) == _as_set(segment.join(queries))
    assert not arrays["hashes"].flags.writeable
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("cut", [0, 5, 20, 60, 5_000])
def test_a_cut_or_changed_file_is_refused(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_sections(path, {}, {"hashes": _random(np.random.default_rng(4), 1_000)})
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    with pytest.raises(MalformedIndex):
        open_sections(path)
    path.write_bytes(whole[:30] + bytes([whole[30] ^ 1]) + whole[31:])
    with pytest.raises(MalformedIndex, match="header"):
        open_sections(path)


def test_compiled_code_lies_in_no_folder_that_others_can_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kinga.hashmatch.compiled import cache_folder

    monkeypatch.setenv("KINGA_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    (tmp_path / "mine").chmod(0o770)
    assert cache_folder() is None
    assert not list(Path(kernels.__file__).parent.rglob("*.nb[ci]"))
