"""Many files at once, each in a process of its own kind: one that hangs or crashes costs that file only."""

import contextlib
import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from kinga.scan.child import Limits, Unread, serve

LOADING = 180.0
"""Seconds that a fresh process may take until it is ready."""
_AHEAD = 4


class CannotStart(RuntimeError):
    """No process that looks at files could be started. Give it more memory, or install what is missing."""


class Looker:
    """One process that looks at files; a new one takes its place when it hangs or ends."""

    def __init__(self, limits: Limits, mode: str) -> None:
        self._limits, self._mode = limits, mode
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=serve, args=(theirs, self._limits, self._mode), daemon=True
        )
        self._process.start()
        theirs.close()
        ready = False
        with contextlib.suppress(EOFError, OSError):
            ready = self._ours.poll(LOADING) and self._ours.recv() == "ready"
        if not ready:
            self.close()
            raise CannotStart

    def look(self, path: str) -> dict[str, Any]:
        """What one file is. Raises CannotStart."""
        try:
            self._ours.send(path)
            if self._ours.poll(self._limits.seconds):
                found: dict[str, Any] = self._ours.recv()
                return found
            why = Unread.TOO_SLOW
        except (EOFError, OSError):
            why = Unread.ENDED
        self.close()
        self._start()
        return {"unread": why}

    def close(self) -> None:
        """End the process, however busy it is."""
        self._process.kill()
        self._process.join()
        self._ours.close()


def look_at(
    paths: Iterable[str], *, workers: int, limits: Limits, mode: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each path with what its file is, in the order in which they are done. Raises CannotStart."""
    idle: queue.SimpleQueue[Looker] = queue.SimpleQueue()
    all_of_them: list[Looker] = []
    lock = threading.Lock()

    def borrowed() -> Looker:
        with contextlib.suppress(queue.Empty):
            return idle.get_nowait()
        made = Looker(limits, mode)
        with lock:
            all_of_them.append(made)
        return made

    def work(path: str) -> tuple[str, dict[str, Any]]:
        looker = borrowed()
        try:
            return path, looker.look(path)
        finally:
            idle.put(looker)

    try:
        with ThreadPoolExecutor(workers) as pool:
            yield from _as_done(pool.submit, work, paths, workers * _AHEAD)
    finally:
        for looker in all_of_them:
            looker.close()


def _as_done(
    submit: Callable[..., Future[tuple[str, dict[str, Any]]]],
    work: Callable[[str], tuple[str, dict[str, Any]]],
    paths: Iterable[str],
    ahead: int,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give out what is done while no more than `ahead` wait, so that memory stays flat."""
    waiting: set[Future[tuple[str, dict[str, Any]]]] = set()
    for path in paths:
        waiting.add(submit(work, path))
        if len(waiting) >= ahead:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
    for one in waiting:
        yield one.result()
