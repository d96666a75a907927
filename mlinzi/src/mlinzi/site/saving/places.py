"""The folder that a backup is restored into: empty before, whole after, or as it was."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from mlinzi.kernel.errors import Refused
from mlinzi.site.installing import UNFINISHED


@contextlib.contextmanager
def fresh_state(state: Path) -> Iterator[None]:
    """An empty state folder for a restore.

    While it lasts, a mark lies in the folder: after a kill, no other command takes a half installation for a
    whole one. Whatever goes wrong otherwise takes away what was made. Raises `Refused` for a folder in use.
    """
    existed = state.exists()
    if existed and (not state.is_dir() or any(state.iterdir())):
        raise Refused([f"{state} is not empty. Restore into another folder (MLINZI_STATE), or move it away."])
    state.mkdir(parents=True, exist_ok=True, mode=0o711)
    (state / UNFINISHED).touch()
    try:
        yield
    except BaseException:
        _empty(state)
        if not existed:
            state.rmdir()
        raise
    (state / UNFINISHED).unlink()


def _empty(state: Path) -> None:
    data = state / "postgres" / "data"
    if data.is_symlink():  # root shelters the database elsewhere where its account could not enter
        shutil.rmtree(data.resolve(), ignore_errors=True)
    for path in state.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
