"""One child: its lines come whole, its end is seen once, and nothing of it is left."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from mlinzi.site.children import SETTLED_AFTER, SHORTEST_WAIT, Child
from mlinzi.site.spawn import clean_environment


def child_of(code: str, port: int | None = None) -> Child:
    return Child("worker", (sys.executable, "-c", code), clean_environment({}), None, port)


@pytest.fixture
def started() -> Iterator[list[Child]]:
    children: list[Child] = []
    yield children
    for child in children:
        child.end_group()
        if child.process is not None:
            child.process.communicate()


def wait_for_end(child: Child) -> int:
    deadline = time.monotonic() + 20
    while (code := child.ended()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return code


def wait_for_line(child: Child) -> list[str]:
    deadline = time.monotonic() + 20
    while not (lines := child.lines()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return lines


def test_lines_come_whole_and_a_last_half_one_at_the_end(started: list[Child]) -> None:
    child = child_of("print('first\\nsecond\\nhalf', end='', flush=True); import time; time.sleep(1)")
    started.append(child)
    assert child.ended() is None  # never ran
    child.start(0.0)
    assert wait_for_line(child) == ["first", "second"]
    assert child.lines() == []
    assert wait_for_end(child) == 0
    assert child.lines(to_the_end=True) == ["half"]
    assert child.silent
    assert list(child.last_lines) == ["first", "second", "half"]


def test_a_line_without_end_does_not_fill_the_memory(started: list[Child]) -> None:
    child = child_of("import time; print('x' * 9000, end='', flush=True); time.sleep(60)")
    started.append(child)
    child.start(0.0)
    assert len("".join(wait_for_line(child))) > 4000


def test_an_end_is_seen_without_burying_and_buried_once(started: list[Child]) -> None:
    child = child_of("raise SystemExit(7)")
    started.append(child)
    pid = child.start(100.0)
    assert child.start_at is None
    assert wait_for_end(child) == 7
    assert child.ended() == 7  # again: it was not reaped, so its number is still its own
    assert os.kill(pid, 0) is None  # type: ignore[func-returns-value]
    verdict = child.bury(101.0)
    assert child.process is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert verdict.wait is not None
    assert child.start_at == 101.0 + verdict.wait
    assert child.early_deaths == 1
    with pytest.raises(ValueError, match="has not ended"):
        child.bury(102.0)
    with pytest.raises(ValueError, match="is not running"):
        _ = child.output


def test_a_signal_is_told_from_a_code(started: list[Child]) -> None:
    child = child_of("import time; time.sleep(60)")
    started.append(child)
    child.start(0.0)
    assert child.ended() is None
    child.ask_to_end()
    assert wait_for_end(child) == -signal.SIGTERM
    child.ask_to_end()  # nothing happens to the dead
    assert child.bury(1.0).early_deaths == 1
    child.start(2.0)
    child.end_group()
    assert wait_for_end(child) == -signal.SIGKILL
    assert child.bury(3.0) == (1, SHORTEST_WAIT)  # being killed does not count


def test_what_counts_as_working(started: list[Child]) -> None:
    worker, site = child_of("import time; time.sleep(60)"), child_of("", port=1)
    started.append(worker)
    worker.start(1000.0)
    assert not worker.is_settled(1000.0 + SETTLED_AFTER - 0.1)
    assert worker.is_settled(1000.0 + SETTLED_AFTER)
    site.started = 1000.0
    assert not site.is_settled(5000.0)  # time alone does not make a site work
    site.settled = True
    assert site.is_settled(1000.0)
