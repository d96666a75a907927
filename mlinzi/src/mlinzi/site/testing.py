"""The pytest plugin of the project (`-p mlinzi.site.testing`): a database and a state folder for every run.

Where DATABASE_URL names a running PostgreSQL, that is used. Otherwise a throw-away one is started, once for
a session (xdist's workers share it), and stopped at its end; the kernel stops it when the session is killed.
The state folder is always a new temporary one, so that no test ever touches an installation.

Tests marked `browser` are skipped, with the reason, where no Chromium is found or MLINZI_BROWSER_SKIP_REASON
is set.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from mlinzi.site.pg_binaries import OLDEST
from mlinzi.site.postgres import Cluster

_PREFIX = "mlinzi-test-"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_CLUSTER = pytest.StashKey[Cluster]()


def browser() -> Path | None:
    """Return the path of this machine's Chromium, if it has one."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    return Path(found) if found else None


def browser_skip_reason() -> str | None:
    """Return why tests in a browser cannot run here, or None when they can."""
    if given := os.environ.get("MLINZI_BROWSER_SKIP_REASON"):
        return given
    return None if browser() else "no Chromium on this machine (Debian: apt install chromium)"


def _in_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _wants_database(config: pytest.Config) -> bool:
    asks_only = config.known_args_namespace.help or config.known_args_namespace.version
    return not asks_only and not config.pluginmanager.is_blocked("django")


def _locked(folder: Path) -> int | None:
    """Lock a session's folder; None when its session lives. The kernel opens the lock of a killed session."""
    fd = os.open(folder / "session.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _left_behind() -> Iterator[Path]:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            ours = folder.lstat().st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink()
        except FileNotFoundError:
            continue
        if ours:
            yield folder


def sweep() -> None:
    """Remove the folders of sessions that were killed."""
    for folder in _left_behind():
        try:
            fd = _locked(folder)
        except FileNotFoundError:
            continue
        if fd is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(fd)


def _session_folder(config: pytest.Config) -> Path:
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)  # the database's own account passes through here when root runs the tests
    fd = _locked(folder)

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if fd is not None:
            os.close(fd)

    config.add_cleanup(remove)
    return folder


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Set DATABASE_URL and MLINZI_STATE before pytest-django, inside this wrapper, reads settings."""
    if _in_worker():
        state = Path(os.environ["MLINZI_STATE"]) / os.environ["PYTEST_XDIST_WORKER"]
        state.mkdir(exist_ok=True)
        os.environ["MLINZI_STATE"] = str(state)
    elif _wants_database(early_config):
        folder = _session_folder(early_config)
        (folder / "state").mkdir(mode=0o711)
        os.environ["MLINZI_STATE"] = str(folder / "state")
        if not os.environ.get("DATABASE_URL"):
            cluster = Cluster(folder / "postgres", durable=False)
            cluster.start()
            early_config.add_cleanup(lambda: _end(cluster))
            early_config.stash[_CLUSTER] = cluster
            os.environ["DATABASE_URL"] = cluster.owner_url
    return (yield)


def _end(cluster: Cluster) -> None:
    cluster.stop()
    os.environ.pop("DATABASE_URL", None)  # pytest may be called again in this process


def _server_release() -> str:
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=10) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError:
        raise pytest.UsageError(
            "The PostgreSQL of DATABASE_URL does not answer. Start it, or unset DATABASE_URL to get one."
        ) from None  # the original names host and user
    if number < OLDEST * 10_000:
        raise pytest.UsageError(f"The PostgreSQL of DATABASE_URL is older than {OLDEST}.")
    return f"{number // 10_000}.{number % 10_000}"


@pytest.fixture
def passable_folder() -> Iterator[Path]:
    """A temporary folder that other accounts may pass, unlike tmp_path: root's servers run under another."""
    with tempfile.TemporaryDirectory(prefix="mlinzi-passable-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def pytest_report_header(config: pytest.Config) -> Sequence[str]:
    """Say which PostgreSQL the tests use and whether browser tests run."""
    reason = browser_skip_reason()
    browser_line = f"browser: tests will be skipped: {reason}" if reason else f"browser: {browser()}"
    if not _wants_database(config):
        return [browser_line]
    cluster = config.stash.get(_CLUSTER, None)
    origin = f"{cluster.binaries.origin}, thrown away afterwards" if cluster else "given by DATABASE_URL"
    return [f"database: PostgreSQL {_server_release()} ({origin})", browser_line]


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Skip browser tests where there is no browser, with the reason in the report."""
    reason = browser_skip_reason()
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"browser test: {reason}"))
