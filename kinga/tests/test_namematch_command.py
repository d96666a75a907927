"""`kinga names screen`: the lines it reads and writes, and what it says of bad ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from kinga.cli import main

PACK = Path(__file__).parents[2] / "packs" / "ke" / "names"


def _write(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in records), "utf-8")
    return path


def _entry(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"r{number}", "name": "Amani Wekesa", "aliases": [], "sex": "F", "dob": "1984-03-07",
            "nid": f"{20_000_000 + number}", "phone": None, "county": "Bungoma", **fields}  # fmt: skip


def _screen(folder: Path, register: list[Any], queries: list[Any], *more: str) -> int:
    return main([
        "names", "screen", "--register", str(_write(folder / "register.jsonl", register)), "--queries",
        str(_write(folder / "queries.jsonl", queries)), "--out", str(folder / "results.jsonl"),
        "--culture", str(PACK), *more,
    ])  # fmt: skip


def _results(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]


REGISTER = [
    _entry(1),
    _entry(2, name="Baraka Tuva", dob="1979", nid=None, sex=None),
    _entry(3, name="Zawadi Ngugi"),
]
QUERIES = [{"qid": "q1", "name": "Wekesa Amani", "nid": "20000001"}, {"qid": "q2", "name": "Quvenzha Brillo"}]


def test_results_have_the_lines_that_were_agreed(tmp_path: Path) -> None:
    assert _screen(tmp_path, REGISTER, QUERIES) == 0
    first, second = _results(tmp_path)
    assert set(first) == {"qid", "ms", "hits"}
    assert first["hits"][0][0] == "r1"
    assert 0.9 < first["hits"][0][1] <= 1
    assert (second["qid"], second["hits"]) == ("q2", [])


def test_explained_hits_add_up(tmp_path: Path) -> None:
    assert _screen(tmp_path, REGISTER, QUERIES, "--explain", "--purpose", "vetting") == 0
    fall = _results(tmp_path)[0]["waterfalls"][0]
    assert sum(line["bits"] for line in fall["lines"]) == pytest.approx(fall["log_odds"])


def test_an_index_is_kept_and_made_anew_when_the_register_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ("--index", str(tmp_path / "index"))
    assert _screen(tmp_path, REGISTER, QUERIES, *index) == 0
    made = (tmp_path / "index").stat().st_mtime_ns
    assert _screen(tmp_path, REGISTER, QUERIES, *index) == 0
    assert (tmp_path / "index").stat().st_mtime_ns == made
    assert _screen(tmp_path, REGISTER[1:], QUERIES, *index) == 0
    assert "another register" in capsys.readouterr().err
    assert all(hit[0] != "r1" for hit in _results(tmp_path)[0]["hits"])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"id": "r9", "name"', "this is not a record in JSON"),
        (_entry(9, name="A" * 10_000_000), "it has 10,000,128 bytes; 9,600 are allowed"),
        (_entry(9, dob="1800-01-01"), "dob: the year"),
        (_entry(9, dob="2100-01-01"), "dob: the year"),
        (_entry(1), "id: it stands in an earlier line"),
        ([], "this is not a record in JSON"),
    ],
    ids=["broken", "10 MB", "1800", "2100", "twice", "list"],
)
def test_a_bad_line_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: Any, said: str
) -> None:
    (tmp_path / "results.jsonl").write_text("of before")
    assert _screen(tmp_path, [*REGISTER, bad], QUERIES, "--index", str(tmp_path / "index")) == 2
    told = capsys.readouterr().err
    assert f"register.jsonl, line 4: {said}" in told
    assert len(told) < 1000
    assert (tmp_path / "results.jsonl").read_text() == "of before"
    assert {file.name for file in tmp_path.iterdir()} == {"register.jsonl", "queries.jsonl", "results.jsonl"}


def test_one_broken_line_of_a_hundred_thousand_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[Any] = [json.dumps(_entry(number)) for number in range(100_000)]
    lines[57_311] = lines[57_311][:40]
    assert _screen(tmp_path, lines, QUERIES) == 2
    assert "1 bad lines in register.jsonl; nothing was done" in (told := capsys.readouterr().err)
    assert "line 57,312" in told
    assert not (tmp_path / "results.jsonl").exists()


def test_what_is_strange_is_told_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The first letter of the name is Cyrillic.
    queries = [{"qid": "q1", "name": "Аmani Wekesa", "nid": "2OOOOOO1"}]
    assert _screen(tmp_path, REGISTER, queries) == 0
    told = capsys.readouterr().err
    assert "queries.jsonl, line 1: nid: the ID number has not" in told
    assert "queries.jsonl, line 1: name: a word mixes scripts" in told
    assert "2OOOOOO1" not in told
    assert _results(tmp_path)[0]["hits"][0][0] == "r1"


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["names", "screen", "--register", "nowhere", "--queries", "nowhere", "--out", str(tmp_path / "r")]
    assert main(words) == 2
    assert "nowhere: No such file" in capsys.readouterr().err
