"""On what machine, of which commit and when a figure was measured: it is worth nothing without."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Machine:
    """What a report names beside its figures. `load` is the one-minute average before the measurement began:
    other programs at work make every figure worse."""

    processor: str
    cores: int
    memory_gib: int
    system: str
    python: str
    postgresql: str
    commit: str
    date: str
    load: float

    def as_lines(self) -> list[str]:
        """Lines of a Markdown list."""
        return [
            f"- machine: {self.processor}, {self.cores} cores, {self.memory_gib} GiB, {self.system}",
            f"- programs: Python {self.python}, PostgreSQL {self.postgresql}",
            f"- commit {self.commit}, {self.date}; load average before it began: {self.load:.1f}",
        ]

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def this_machine() -> Machine:
    """What can be found out here and now."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        postgresql=_postgresql(),
        commit=_commit(),
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _postgresql() -> str:
    from mlinzi.site.pg_binaries import find_binaries

    return find_binaries().release


def _commit() -> str:
    """The commit, with a plus sign where the checkout holds changes to the programs that are not in it."""
    commit = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "kinga/src", "mlinzi/src", "bench")
    return f"{commit}+" if changed else commit


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()
