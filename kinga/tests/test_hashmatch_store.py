"""Entries come and go at once, for every process, and a kill leaves the old state or the new."""

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the extra kinga[hash] is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st

from kinga.hashmatch import (
    Algorithm,
    BadEntry,
    Digest,
    Entry,
    ListInfo,
    MatchIndex,
    NotADigest,
    Purpose,
    UnknownList,
)
from kinga.hashmatch.store import LOOSE_PARTS


def _digest(number: int, algorithm: Algorithm = Algorithm.PDQ) -> Digest:
    return Digest(algorithm, hashlib.sha256(str(number).encode()).digest()[: algorithm.size])


def _changed(digest: Digest, bits: int) -> Digest:
    number = int.from_bytes(digest.value, "big") ^ ((1 << bits) - 1)
    return Digest(digest.algorithm, number.to_bytes(digest.algorithm.size, "big"))


def _index(folder: Path, *lists: ListInfo) -> MatchIndex:
    index = MatchIndex(folder)
    for one in lists or (ListInfo("known", "records"),):
        index.declare(one)
    return index


Step = tuple[str, list[tuple[str, int, int, Algorithm]], list[int]]
step: st.SearchStrategy[Step] = st.one_of(
    st.tuples(
        st.just("add"),
        st.lists(
            st.tuples(
                st.sampled_from(["known", "other"]),
                st.integers(0, 9),
                st.integers(0, 20),
                st.sampled_from(Algorithm),
            ),
            max_size=6,
        ),
        st.just([]),
    ),
    st.tuples(st.just("remove"), st.just([]), st.lists(st.integers(0, 9), max_size=4)),
    st.tuples(st.just("merge"), st.just([]), st.just([])),
)


@given(steps=st.lists(step, max_size=12))
@settings(max_examples=30)
def test_it_holds_what_a_plain_dictionary_holds(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as name:
        index = _index(Path(name), ListInfo("known", "records"), ListInfo("other", "desk"))
        held: dict[tuple[str, str, Algorithm], Digest] = {}
        for what, added, removed in steps:
            if what == "merge":
                index.merge()
            elif what == "remove":
                ids = [str(one) for one in removed]
                gone = [key for key in held if key[0] == "known" and key[1] in ids]
                assert index.remove("known", ids) == len(gone)
                for key in gone:
                    del held[key]
            else:
                entries = [
                    Entry(of, str(id_), _digest(number, kind), f"from {number}")
                    for of, id_, number, kind in added
                ]
                index.add(entries)
                held |= {(one.list, one.id, one.digest.algorithm): one.digest for one in entries}
        for reader in (index, MatchIndex(Path(name))):
            assert len(reader) == len(held)
            for number in range(21):
                for kind in Algorithm:
                    digest = _digest(number, kind)
                    found = {(hit.list, hit.entry) for hit in reader.look_up([digest])}
                    assert found == {key[:2] for key, value in held.items() if value == digest}
                    assert {hit.provenance for hit in reader.look_up([digest])} <= {f"from {number}"}


def test_each_list_has_its_radius_and_the_least_distance_is_told(tmp_path: Path) -> None:
    index = _index(tmp_path, ListInfo("wide", "a", radius=40), ListInfo("narrow", "b", radius=10))
    index.add([Entry("wide", "1", _digest(1)), Entry("narrow", "1", _digest(1))])
    assert [(h.list, h.distance) for h in index.look_up([_changed(_digest(1), 35)])] == [("wide", 35)]
    hits = index.look_up([_changed(_digest(1), 9), _changed(_digest(1), 3)])
    assert [(h.list, h.distance, h.rotation) for h in hits] == [("narrow", 3, 1), ("wide", 3, 1)]
    assert "after turning or mirroring differs in 3 of 256 bits" in hits[0].reason


def test_a_benign_list_takes_no_hit_away_but_says_so(tmp_path: Path) -> None:
    index = _index(
        tmp_path, ListInfo("known", "a"), ListInfo("harmless", "b", purpose=Purpose.BENIGN, radius=31)
    )
    index.add([Entry("known", "1", _digest(1)), Entry("harmless", "9", _changed(_digest(1), 4))])
    near_benign = {hit.list: hit for hit in index.look_up([_changed(_digest(1), 4)])}
    assert near_benign["known"].benign_too
    assert "harmless" in near_benign["known"].reason
    assert not {h.list: h for h in index.look_up([_digest(1)])}["known"].benign_too


def test_another_reader_sees_an_entry_come_and_go_within_a_second(tmp_path: Path) -> None:
    writer = _index(tmp_path)
    writer.add([Entry("known", str(n), _digest(n)) for n in range(20_000)])
    reader = MatchIndex(tmp_path)
    started = time.monotonic()
    writer.add([Entry("known", "new", _digest(-1))])
    assert reader.look_up([_digest(-1)])
    writer.remove("known", ["new", "7"])
    assert not reader.look_up([_digest(-1)])
    assert not reader.look_up([_digest(7)])
    assert reader.look_up([_digest(8)])
    assert time.monotonic() - started < 1


def test_what_is_removed_while_parts_are_merged_stays_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, other = _index(tmp_path), MatchIndex(tmp_path)
    for number in range(3):
        index.add([Entry("known", str(number), _digest(number))])
    write = MatchIndex._write

    def removing(self: MatchIndex, part: object) -> object:
        other.remove("known", ["1"])
        other_write.append(1)
        return write(self, part)  # type: ignore[arg-type]

    other_write: list[int] = []
    monkeypatch.setattr(MatchIndex, "_write", removing)
    index.merge()
    assert other_write
    assert [bool(index.look_up([_digest(n)])) for n in range(3)] == [True, False, True]
    assert len(index) == 2


def test_many_small_parts_are_merged_and_left_overs_swept(tmp_path: Path) -> None:
    index = _index(tmp_path)
    (tmp_path / "part-of-a-killed-writer").write_bytes(b"half")
    for number in range(LOOSE_PARTS + 1):
        index.add([Entry("known", str(number), _digest(number))])
    assert [path.name[:5] for path in sorted(tmp_path.glob("*-*"))] == ["part-"]
    assert all(index.look_up([_digest(n)]) for n in range(LOOSE_PARTS + 1))


WRITER = """
import sys
from pathlib import Path
from kinga.hashmatch import Algorithm, Digest, Entry, MatchIndex
import hashlib
index = MatchIndex(Path(sys.argv[1]))
print("ready", flush=True)
for round_ in range(1, 10_000):
    digests = [hashlib.sha256(f"{round_} {n}".encode()).digest() for n in range(50)]
    made = [Entry("known", str(n), Digest(Algorithm.SHA256, one)) for n, one in enumerate(digests)]
    index.add(made)
    print(round_, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_leaves_the_old_state_or_the_new(seed: int, tmp_path: Path) -> None:
    """Fifty entries are replaced together again and again; after the kill all fifty are of one round: the
    last one told or the one after it."""
    _index(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0.2, 0.9))  # noqa: S311 - a moment, not a secret
        writer.kill()
        told = max([int(line) for line in writer.stdout.read().splitlines() if line.strip()], default=0)

    def _of(round_: int, number: int) -> Digest:
        return Digest(Algorithm.SHA256, hashlib.sha256(f"{round_} {number}".encode()).digest())

    index = MatchIndex(tmp_path)
    whole = [r for r in range(told, told + 2) if r and all(index.look_up([_of(r, n)]) for n in range(50))]
    assert told > 0
    assert len(whole) == 1
    assert len(index) == 50
    index.merge()
    assert len(index) == 50


def test_what_cannot_be_kept_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    index = _index(tmp_path)
    with pytest.raises(UnknownList, match="nobody"):
        index.add([Entry("known", "1", _digest(1)), Entry("nobody", "1", _digest(1))])
    with pytest.raises(BadEntry, match="64 bytes"):
        index.add([Entry("known", "2", _digest(2)), Entry("known", "x" * 65, _digest(1))])
    assert len(index) == 0
    with pytest.raises(NotADigest) as refused:
        Digest.from_hex(Algorithm.MD5, "d41d8cd98f00b204e9800998ecf8427")
    assert "d41d8" not in str(refused.value)
    assert _digest(1).hex() not in repr(_digest(1))
