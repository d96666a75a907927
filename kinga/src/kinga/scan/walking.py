"""The files below a folder: plain files alone, no link followed, in an order that does not change."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from kinga.scan.child import Unread
from kinga.scan.journal import Known


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that is not looked at."""

    path: str
    why: Unread


def walk(root: str) -> Iterator[Known | Passed]:
    """Everything below a folder, or the one file that `root` is; paths as given below `root`."""
    if not os.path.isdir(root) or os.path.islink(root):
        yield _of(root, os.lstat(root))
        return
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                held = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            yield Passed(folder, Unread.FORBIDDEN)
            continue
        for entry in held:
            if entry.is_dir(follow_symlinks=False):
                continue
            try:
                yield _of(entry.path, entry.stat(follow_symlinks=False))
            except OSError:
                yield Passed(entry.path, Unread.GONE)
        pending += [entry.path for entry in reversed(held) if entry.is_dir(follow_symlinks=False)]


def _of(path: str, about: os.stat_result) -> Known | Passed:
    if not stat.S_ISREG(about.st_mode):
        return Passed(path, Unread.NOT_A_FILE)
    return Known(path, about.st_size, about.st_mtime_ns)
