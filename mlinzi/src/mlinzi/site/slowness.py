"""Hang up on connections that keep a request waiting by sending slower than any phone.

The HTTP server has no limit on how slowly a body may come, and whoever reads one waits without end. Linux
counts what went over each connection; on other systems a proxy in front has to hang up.
"""

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

PATIENCE, LEAST_RATE = 20.0, 200
"""After so many seconds, so many bytes a second on average. A phone on 2G sends ten times more."""
IDLE = 90.0
"""Seconds for a connection that asks for nothing: longer than proxies keep one for their next request."""
_LOOK_EVERY = 1.0
_OPEN_FILES = Path("/proc/self/fd")
# Where Linux's struct tcp_info has: the state, what we sent and was not acknowledged, and in 8 bytes each
# what was acknowledged and what came.
_STATE, _ON_ITS_WAY, _SENT, _CAME, _LENGTH = 0, 24, 120, 128, 136
_ESTABLISHED = 1


@dataclass(frozen=True)
class _Seen:
    """A connection when our last answer had gone out: the moment, and what had been sent and had come.

    `began`: when something of the next request had come; None while somebody reads what we sent. A request
    that begins after a minute of reading is not a slow one.
    """

    since: float
    sent: int
    came: int
    began: float | None = None


class Slowness:
    """What is known of the connections that came in at a port, from one look to the next."""

    def __init__(self, port: int) -> None:
        self._port, self._seen = port, dict[int, _Seen]()

    def look(self, now: float) -> int:
        """Hang up on who sends too slowly, or has asked for nothing for long. Returns how many there were."""
        before, self._seen, ended = self._seen, {}, 0
        for number, connection in _connections(self._port):
            try:
                told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LENGTH)
            except OSError:
                continue  # it has just ended
            if len(told) < _LENGTH or told[_STATE] != _ESTABLISHED:
                continue
            sent, came = struct.unpack_from("=QQ", told, _SENT)
            (on_its_way,) = struct.unpack_from("=I", told, _ON_ITS_WAY)
            seen = before.get(number)
            if seen is None or seen.sent != sent or on_its_way:
                # A first look counts what came before it, but for a connection that had its answers.
                seen = _Seen(now, sent, 0 if seen is None and not sent else came)
            if seen.began is None and came > seen.came:
                seen = replace(seen, began=now)
            if _is_too_slow(seen, now, came - seen.came):
                # Not closed: its number may be somebody else's by the time the server notices.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                ended += 1
                continue
            self._seen[number] = seen
        return ended


def _is_too_slow(seen: _Seen, now: float, came: int) -> bool:
    if seen.began is None:
        return now - seen.since > IDLE
    seconds = now - seen.began
    return seconds > PATIENCE and came < LEAST_RATE * seconds


def _connections(port: int) -> Iterator[tuple[int, socket.socket]]:
    """The open connections of this process at one of its own ports, each by the number of its inode."""
    for name in os.listdir(_OPEN_FILES):
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            if not os.readlink(_OPEN_FILES / name).startswith("socket:"):
                continue
            handle = os.dup(int(name))
            held.callback(os.close, handle)
            found = socket.socket(fileno=handle)
            held.callback(found.detach)
            if found.family in (socket.AF_INET, socket.AF_INET6) and found.getsockname()[1] == port:
                yield os.fstat(handle).st_ino, found


@cache
def watch_slowness(port: int) -> None:
    """Watch over the connections at a port from now on; a second call does nothing."""
    if port and hasattr(socket, "TCP_INFO") and _OPEN_FILES.is_dir():
        threading.Thread(target=_watch, args=(port,), name="slowness", daemon=True).start()


def _watch(port: int) -> None:
    slowness = Slowness(port)
    while True:
        time.sleep(_LOOK_EVERY)
        slowness.look(time.monotonic())
