"""`kinga scan`: known files are found, hostile ones cost themselves alone, a scan goes on."""

import hashlib
import json
import os
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter

from kinga.cli import main
from kinga.hashmatch import Algorithm
from kinga.hashmatch.pictures import fingerprint
from kinga.scan import AnotherScan, Journal, Known, Limits, Passed, Unread, look_at, tally_of, walk
from kinga.scan.looking import Looker


def drawn(path: Path, seed: int, size: int = 256) -> Path:
    """A picture of shapes, another one for each seed."""
    picture = Image.new("RGB", (size, size), (250, 246, 238))
    pen = ImageDraw.Draw(picture)
    for number in range(40):
        at = [(seed * 37 + number * 61 + side * 97) % size for side in range(4)]
        box = [min(at[0], at[2]), min(at[1], at[3]), max(at[0], at[2]) + 9, max(at[1], at[3]) + 9]
        colour = ((seed * 91 + number * 53) % 256, (number * 131) % 256, (seed * 17) % 256)
        (pen.ellipse if number % 2 else pen.rectangle)(box, fill=colour)
    picture.filter(ImageFilter.GaussianBlur(5)).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs of a sort, and a few things that are none."""
    made = tmp_path / "files"
    (made / "below").mkdir(parents=True)
    for seed in range(4):
        drawn(made / f"picture{seed}.png", seed)
    drawn(made / "below" / "known.png", 7)
    (made / "words.txt").write_text("no picture")
    return made


@pytest.fixture
def known(folder: Path, tmp_path: Path) -> Path:
    """A list with the PDQ digest of one picture and the SHA-256 of the text."""
    found = fingerprint((folder / "below" / "known.png").read_bytes())
    pdq = next(one for one in found.digests if one.algorithm is Algorithm.PDQ)
    text = hashlib.sha256((folder / "words.txt").read_bytes()).hexdigest()
    path = tmp_path / "known.txt"
    path.write_text(f"pdq {pdq.hex()}\nsha256 {text}\n")
    return path


def scan(folder: Path, known: Path, out: Path, *more: str) -> tuple[int, dict[str, dict[str, object]]]:
    code = main(["scan", str(folder), "--list", str(known), "--out", str(out), "--workers", "1", *more])
    lines = (out / "results.jsonl").read_text().splitlines()[1:]
    return code, {Path(line["path"]).name: line for line in map(json.loads, lines)}


def test_a_known_picture_and_a_known_text_are_found(folder: Path, known: Path, tmp_path: Path) -> None:
    turned = Image.open(folder / "below" / "known.png").transpose(Image.Transpose.TRANSPOSE)
    turned.save(folder / "turned.jpg", quality=95)
    code, lines = scan(folder, known, tmp_path / "out")
    assert code == 1
    hits = {name: line["hits"] for name, line in lines.items() if line["hits"]}
    assert set(hits) == {"known.png", "turned.jpg", "words.txt"}
    assert hits["turned.jpg"][0]["rotation"] > 0  # type: ignore[index]
    assert hits["known.png"][0]["list"] == "known.txt"  # type: ignore[index]
    assert lines["words.txt"]["refusal"] == "not a picture of a format that is read here"
    page = (tmp_path / "out" / "summary.html").read_text()
    assert "3 of them in a list" in page
    assert "<img" not in page


def test_nothing_found_is_another_exit_code(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("md5 " + "0" * 31 + "1\n")
    code, lines = scan(folder, other, tmp_path / "out")
    assert (code, len(lines)) == (0, 6)
    assert "No file is in one of the lists" in (tmp_path / "out" / "summary.html").read_text()


def test_a_scan_goes_on_where_it_was(folder: Path, known: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan(folder, known, out)
    journal = out / "results.jsonl"
    whole = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(whole[:4]) + whole[4][:20])  # as a kill leaves it
    before = journal.read_bytes().splitlines()[:4]
    _, lines = scan(folder, known, out)
    assert len(lines) == 6
    assert journal.read_bytes().splitlines()[:4] == before, "what was done is not done again"
    (folder / "words.txt").write_text("changed")
    code, _ = scan(folder, known, out)
    assert code == 1
    assert len(journal.read_bytes().splitlines()) == 8, "what changed is looked at again"


def test_another_scan_is_not_mixed_with_it(
    folder: Path, known: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan(folder, known, tmp_path / "out")
    known.write_text(known.read_text() + "md5 " + "0" * 32 + "\n")
    assert main(["scan", str(folder), "--list", str(known), "--out", str(tmp_path / "out")]) == 2
    assert "another scan" in capsys.readouterr().err


def png_of(width: int, height: int) -> bytes:
    """The head of a picture of this size, with too little behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_hostile_files_cost_themselves_alone(folder: Path, known: Path, tmp_path: Path) -> None:
    (folder / "bomb.png").write_bytes(png_of(50_000, 50_000))
    (folder / "cut.png").write_bytes((folder / "picture0.png").read_bytes()[:900])
    (folder / "empty.jpg").write_bytes(b"")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder)
    (folder / "link.png").symlink_to(folder / "below" / "known.png")
    code, lines = scan(folder, known, tmp_path / "out")
    assert code == 1
    assert "more pixels" in str(lines["bomb.png"]["refusal"])
    assert "damaged" in str(lines["cut.png"]["refusal"])
    assert lines["empty.jpg"]["hits"] == []
    assert {lines[name]["unread"] for name in ("pipe", "loop", "link.png")} == {Unread.NOT_A_FILE}
    assert lines["known.png"]["hits"], "the others are looked at all the same"


def test_what_could_not_be_looked_at_is_an_exit_code_of_its_own(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe")
    other = tmp_path / "other.txt"
    other.write_text("md5 " + "0" * 32 + "\n")
    assert scan(folder, other, tmp_path / "out")[0] == 2


def test_a_file_that_takes_too_long_is_left_and_the_next_one_is_read(tmp_path: Path) -> None:
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    with slow.open("wb") as file:
        file.truncate(200 << 30)
    quick.write_bytes(b"quick")
    found = dict(look_at([str(slow), str(quick)], workers=1, limits=Limits(seconds=1), mode="screening"))
    assert found[str(slow)] == {"unread": Unread.TOO_SLOW}
    assert found[str(quick)]["digests"][0] == ("md5", hashlib.md5(b"quick").hexdigest())  # noqa: S324


def test_a_process_that_is_killed_costs_one_file(tmp_path: Path) -> None:
    looker = Looker(Limits(seconds=30), "screening")
    try:
        looker._process.kill()
        looker._process.join()
        (tmp_path / "file").write_bytes(b"x")
        assert looker.look(str(tmp_path / "file")) == {"unread": Unread.ENDED}
        assert "digests" in looker.look(str(tmp_path / "file"))
    finally:
        looker.close()


def test_a_file_that_swells_is_told_and_the_next_one_is_read(tmp_path: Path) -> None:
    large, small = tmp_path / "large.png", drawn(tmp_path / "small.png", 3)
    Image.new("L", (13_000, 13_000)).save(large)
    limits = Limits(memory=800 << 20)
    found = dict(look_at([str(large), str(small)], workers=1, limits=limits, mode="evidence"))
    assert found[str(large)].get("unread") in {Unread.TOO_MUCH, Unread.ENDED}
    assert len(found[str(small)]["digests"]) == 11


def test_the_walk_is_in_order_and_follows_nothing(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    found = list(walk(str(folder)))
    names = [Path(one.path).name for one in found]
    assert names == [*sorted(names[:-1]), "known.png"]
    assert [one for one in found if isinstance(one, Passed)] == [
        Passed(str(folder / "loop"), Unread.NOT_A_FILE)
    ]


def test_names_that_are_no_text_come_through(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", {"a": 1})
    name = os.fsdecode(b"\xff\xfe.png")
    journal.add(Known(name, 1, 2), {"unread": "x"})
    journal.close()
    again = Journal(tmp_path / "j", {"a": 1})
    assert again.done == {Known(name, 1, 2)}
    again.close()
    with pytest.raises(AnotherScan):
        Journal(tmp_path / "j", {"a": 2})
    assert tally_of([]).files == 0


def test_a_wrong_call_says_what_to_do(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n")
    for words in (
        [str(folder / "nowhere"), "--list", str(empty)],
        [str(folder), "--list", str(empty)],
        [str(folder), "--list", str(tmp_path / "no.txt")],
        [str(folder), "--list", str(empty), "--radius", "64"],
    ):
        assert main(["scan", *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    for part in ("is not there", "hold no digest", "No such file", "0 to 63"):
        assert part in said
