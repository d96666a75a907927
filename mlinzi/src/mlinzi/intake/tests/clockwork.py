"""The door's clock, to be moved, and people who press the same button at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections

from mlinzi.kernel.clock import now

T = TypeVar("T")
READERS = ("common", "start", "form", "files", "box")


class Clock:
    """What every page of the door takes for the present moment."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta(0)
        for module in READERS:
            patch.setattr(f"mlinzi.intake.web.{module}.now", self)

    def __call__(self) -> datetime:
        return now() + self._ahead

    def move(self, by: timedelta) -> None:
        """Jump forward, or backward with a negative time."""
        self._ahead += by


def at_once(acts: list[Callable[[], T]]) -> list[T]:
    """Do all of it in as many threads, begun at the same moment. Each gives its connection back."""
    together = Barrier(len(acts))

    def one(act: Callable[[], T]) -> T:
        try:
            together.wait(20)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))
