"""How commands show that they are at work."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Watch(Protocol):
    """Is told how far a step is. `total` is None where nobody knows it beforehand."""

    def __call__(self, step: str, done: int, total: int | None = None) -> None: ...


def unwatched(step: str, done: int, total: int | None = None) -> None:
    """A watch for callers that show nothing."""


@contextmanager
def progress(console: Console) -> Iterator[Watch]:
    """A bar for each step, in the order in which they begin; nothing where nobody looks (no terminal)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(step: str, done: int, total: int | None = None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield watch


def counted(things: Iterable[T], step: str, total: int, watch: Watch, *, every: int = 500) -> Iterator[T]:
    """The same things, telling the watch how many have passed."""
    for passed, thing in enumerate(things, start=1):
        yield thing
        if passed % every == 0 or passed == total:
            watch(step, passed, total)
