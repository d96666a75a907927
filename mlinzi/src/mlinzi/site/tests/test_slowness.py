"""Who sends slower than any phone is hung up on; who is slow as a phone, or waits for us, is not."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from mlinzi.site import slowness
from mlinzi.site.slowness import IDLE, LEAST_RATE, PATIENCE, Slowness

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what went over a connection")
Line = tuple[socket.socket, socket.socket]


class Lines:
    """Connections at a port of ours: the far end and ours of each."""

    def __init__(self, held: ExitStack) -> None:
        self._held = held
        self._listening = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port: int = self._listening.getsockname()[1]

    def one(self) -> Line:
        far = self._held.enter_context(socket.create_connection(("127.0.0.1", self.port)))
        near = self._held.enter_context(self._listening.accept()[0])
        return far, near


@pytest.fixture
def lines() -> Iterator[Lines]:
    with ExitStack() as held:
        yield Lines(held)


def send(far: socket.socket, near: socket.socket, count: int) -> None:
    far.sendall(b"x" * count)
    left = count
    while left:
        left -= len(near.recv(left))


def is_open(line: Line) -> bool:
    _far, near = line
    near.setblocking(False)
    try:
        return near.recv(1) != b""
    except BlockingIOError:
        return True
    finally:
        near.setblocking(True)


def test_a_trickle_is_ended_and_a_slow_phone_is_not(lines: Lines) -> None:
    watch, trickle, silent, phone = Slowness(lines.port), lines.one(), lines.one(), lines.one()
    for line in (trickle, silent, phone):
        send(*line, 300)  # the head of a request
    assert watch.look(0.0) == 0
    for second in range(1, 120):
        if is_open(trickle):
            send(*trickle, 1)
        send(*phone, 2_000)
        ended = watch.look(float(second))
        assert ended == (2 if second == PATIENCE + 1 else 0), second
    assert not is_open(trickle)
    assert not is_open(silent)
    assert is_open(phone)


def test_a_phone_that_stands_still_for_a_while_goes_on_and_one_that_stays_away_does_not(lines: Lines) -> None:
    watch, phone = Slowness(lines.port), lines.one()
    watch.look(0.0)
    send(*phone, 60_000)
    still = 60_000 / LEAST_RATE
    assert watch.look(1.0) == 0
    assert watch.look(still) == 0
    assert watch.look(still + 2) == 1


def test_our_answer_begins_the_time_anew_and_a_resting_connection_is_kept_for_a_while(lines: Lines) -> None:
    watch, line = Slowness(lines.port), lines.one()
    far, near = line
    for request in range(10):
        at = request * (PATIENCE - 1)
        send(*line, 300)
        assert watch.look(at) == 0
        near.sendall(b"an answer")
        assert far.recv(100) == b"an answer"
        time.sleep(0.05)  # until its arrival was acknowledged
        assert watch.look(at + 1) == 0
    assert watch.look(at + IDLE) == 0
    assert watch.look(at + IDLE + 2) == 1


def test_whoever_has_read_for_a_minute_is_not_slow_when_they_go_on(lines: Lines) -> None:
    watch, line = Slowness(lines.port), lines.one()
    far, near = line
    send(far, near, 300)
    near.sendall(b"a page")
    assert far.recv(10) == b"a page"
    for second in range(60):
        assert watch.look(float(second)) == 0
    send(far, near, 300)  # the next request begins, and our answer takes a while
    for second in range(60, 79):
        assert watch.look(float(second)) == 0, second
    assert is_open(line)
    assert watch.look(60.0 + PATIENCE + 1) == 1


def test_only_connections_at_this_port_are_looked_at(lines: Lines) -> None:
    with ExitStack() as held:
        others = Lines(held)
        line = others.one()
        send(*line, 10)
        watch = Slowness(lines.port)
        assert [watch.look(at) for at in (0.0, 1_000.0)] == [0, 0]
        assert is_open(line)
        assert watch.look(2_000.0) == 0


def test_each_port_is_watched_once(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    monkeypatch.setattr(slowness, "_LOOK_EVERY", 0.01)
    monkeypatch.setattr(slowness, "PATIENCE", 0.1)
    line = lines.one()
    send(*line, 10)
    slowness.watch_slowness.cache_clear()
    for _ in range(2):
        slowness.watch_slowness(lines.port)
    line[1].settimeout(10)
    assert line[1].recv(1) == b""
