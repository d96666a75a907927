"""The process in which files of strangers are opened: one at a time, with limits, nothing of ours in it."""

import hashlib
import os
import resource
import stat
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any

from kinga.hashmatch.pictures import Mode, fingerprint

_PIECE = 1 << 20
DECODED = 256 << 20
"""Bytes of the largest file that is decoded as a picture; of a larger one the exact digests are taken."""


class Unread(StrEnum):
    """Why a file was not looked at, or not to its end."""

    NOT_A_FILE = "no plain file: a link, a pipe, a device"
    FORBIDDEN = "it may not be read"
    GONE = "it is not there any more"
    BROKEN = "the disk did not give it"
    TOO_SLOW = "it took longer than a file may take"
    TOO_MUCH = "it took more memory than a file may take"
    ENDED = "the process that looked at it ended"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. `memory`: of the process, in bytes; `seconds`: the clock's, for one file."""

    memory: int = 4 << 30
    seconds: float = 60.0
    pixels: int = 200_000_000


def serve(connection: Connection, limits: Limits, mode: str) -> None:
    """Answer paths with findings until the other side hangs up. Says "ready" first, once all is loaded."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _warm_up(Mode(mode))
    connection.send("ready")
    while True:
        try:
            path = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(look(path, Mode(mode), limits.pixels))


def _warm_up(mode: Mode) -> None:
    """Load and compile before the first file is timed."""
    import io

    from PIL import Image

    held = io.BytesIO()
    Image.linear_gradient("L").save(held, "PNG")
    fingerprint(held.getvalue(), mode=mode)


def look(path: str, mode: Mode, pixels: int) -> dict[str, Any]:
    """What a file is: its digests, or why there are none. Never raises for what it finds."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return {"unread": Unread.GONE}
    except PermissionError:
        return {"unread": Unread.FORBIDDEN}
    except OSError:
        return {"unread": Unread.NOT_A_FILE}
    try:
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return {"unread": Unread.NOT_A_FILE}
            if about.st_size > DECODED:
                return _exact(file)
            data = file.read(about.st_size)
        found = fingerprint(data, mode=mode, most_pixels=pixels)
    except OSError:
        return {"unread": Unread.BROKEN}
    except MemoryError:
        return {"unread": Unread.TOO_MUCH}
    return {
        "digests": [(one.algorithm.value, one.hex()) for one in found.digests],
        "quality": found.quality,
        "refusal": found.refusal.value if found.refusal else None,
    }


def _exact(file: Any) -> dict[str, Any]:
    made = {"md5": hashlib.md5(usedforsecurity=False), "sha1": hashlib.sha1(usedforsecurity=False)}
    made["sha256"] = hashlib.sha256()
    while piece := file.read(_PIECE):
        for digest in made.values():
            digest.update(piece)
    digests = [(name, digest.hexdigest()) for name, digest in made.items()]
    return {"digests": digests, "quality": None, "refusal": "the file is larger than is decoded here"}
