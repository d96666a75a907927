"""An installation of its own, started by the command that everybody types, ended and removed at the end."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY_WITHIN = 120.0


@dataclass(frozen=True)
class Installation:
    """A running Mlinzi. `log` is everything that its processes wrote."""

    state: Path
    log: Path
    public: str
    staff: str

    def mlinzi(self, *arguments: str) -> str:
        """Run a `mlinzi` command against it and return what it says. Raises on failure."""
        done = subprocess.run(
            [sys.executable, "-m", "mlinzi.site.cli", *arguments],
            capture_output=True, text=True, check=False, env=_environment(self.state),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


def _environment(state: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MLINZI_PROCESS")
    }
    # Few numbers ahead: the tests need a handful, and the machine for themselves.
    return {**kept, "MLINZI_STATE": str(state), "MLINZI_NUMBERS_AHEAD": "20"}


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@contextmanager
def running(pack: str) -> Iterator[Installation]:
    """A demonstration with its invented people and no reports, up and answering."""
    public, staff = _free_ports()
    with tempfile.TemporaryDirectory(prefix="mlinzi-journey-") as place:
        # Started by root, each process has an account of its own and must be able to reach the folder.
        Path(place).chmod(0o755)
        log = Path(place) / "said.log"
        command = ["run", "--pack", str(ROOT / "packs" / pack), "--reports", "0"]
        ports = ["--public-port", str(public), "--staff-port", str(staff)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "mlinzi.site.cli", *command, *ports],
                stdout=out, stderr=subprocess.STDOUT, env=_environment(Path(place) / "state"),
            )  # fmt: skip
        here = Installation(
            Path(place) / "state", log, f"http://127.0.0.1:{public}", f"http://localhost:{staff}"
        )
        try:
            _wait(here, process)
            yield here
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(here: Installation, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        assert process.poll() is None, here.log.read_text()
        try:
            for site in (here.public, here.staff):
                urllib.request.urlopen(f"{site}/health", timeout=5).read()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(here.log.read_text())
