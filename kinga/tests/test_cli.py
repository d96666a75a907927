"""The command finds its words, and speaks plainly when something is missing or wrong."""

import argparse
from types import SimpleNamespace

import pytest

import kinga.cli
from kinga.cli import Fault, main


def _one_command(monkeypatch: pytest.MonkeyPatch, raised: Exception) -> None:
    def run(_: argparse.Namespace) -> int:
        raise raised

    fake = SimpleNamespace(HELP="Try something.", configure=lambda parser: None, run=run)
    monkeypatch.setattr(kinga.cli, "commands", lambda: ("try",))
    monkeypatch.setattr(kinga.cli, "_command", lambda name: fake)


def test_a_fault_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _one_command(monkeypatch, Fault("list.csv, line 7: not a hash. Correct the line and run it again."))
    assert main(["try"]) == 2
    assert (
        capsys.readouterr().err == "kinga: list.csv, line 7: not a hash. Correct the line and run it again.\n"
    )


def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _one_command(monkeypatch, ModuleNotFoundError("no", name="numba.core"))
    assert main(["try"]) == 3
    assert "numba.core is not installed" in capsys.readouterr().err


def test_a_fault_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    _one_command(monkeypatch, ModuleNotFoundError("no", name="kinga.gone"))
    with pytest.raises(ModuleNotFoundError):
        main(["try"])


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["no-such-command"])
    assert left.value.code == 2
    assert "no-such-command" in capsys.readouterr().err


def test_the_overview_names_a_command_whose_packages_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("no", name="numba")

    monkeypatch.setattr(kinga.cli, "commands", lambda: ("scan", "try"))
    monkeypatch.setattr(kinga.cli, "_command", missing)
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "needs numba" in capsys.readouterr().out
