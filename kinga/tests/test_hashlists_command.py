"""`kinga lists`: what is in a list, and the same list in another format, whole or not at all."""

from pathlib import Path

import pytest

from kinga.cli import main

ONE, TWO = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text(f"# invented\nmd5 {ONE}\nmd5 {TWO}\n")
    return path


def test_a_list_is_looked_at(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists", "check", str(text)]) == 0
    said = capsys.readouterr().out
    assert "2 entries" in said
    assert "digests md5: 2" in said
    assert ONE not in said


def test_it_goes_through_every_format_and_back(text: Path, tmp_path: Path) -> None:
    before = text
    for name in ("a.csv", "b.json", "c.json", "d.txt"):
        target = tmp_path / name
        more = ["--to", "vics-2.0", "--profile", "US"] if name == "c.json" else []
        assert main(["lists", "convert", str(before), str(target), *more]) in {0, 1}
        before = target
    assert before.read_text() == f"md5 {ONE}\nmd5 {TWO}\n"


def test_what_is_lost_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "a.csv"
    table.write_text(f"collab,signal_type,signal_str,category,tags\nDesk,pdq,{ONE * 2},POSITIVE_CLASS,\n")
    assert main(["lists", "convert", str(table), str(tmp_path / "b.txt")]) == 1
    said = capsys.readouterr().err
    assert "plain has no place for: source" in said
    assert "plain has no place for: classification" in said


def test_a_broken_list_changes_nothing(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text.write_text(text.read_text() + "md5 zz\n")
    assert main(["lists", "convert", str(text), str(tmp_path / "b.csv")]) == 2
    assert "line 4" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.txt"]


def test_nothing_is_written_over(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.csv").write_text("mine")
    assert main(["lists", "convert", str(text), str(tmp_path / "b.csv")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "b.csv").read_text() == "mine"


def test_a_wrong_call_says_what_to_do(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists", "check", str(tmp_path / "nowhere.txt")]) == 2
    assert main(["lists", "check", str(text.rename(tmp_path / "list.bin"))]) == 2
    said = capsys.readouterr().err
    assert "Name a file that can be used" in said
    assert "name the format" in said
