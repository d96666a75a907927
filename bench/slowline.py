"""A slow line on this machine: what goes through it waits as on 2G, and is counted.

Both directions have so many bits a second for all connections together, as a phone has; every byte arrives
half a round trip after it has passed; a new connection costs one round trip before its first byte. Each
piece of at most 1,460 bytes is charged 40 more, for the headers of TCP and IP. Not here: TLS, lost packets,
the slow start of TCP (no page of ours is larger than its first window), looking up the name.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PIECE, HEADERS = 1_460, 40
_REQUEST = re.compile(rb"(?:GET|POST|HEAD) \S+ HTTP/1\.1\r\n")


@dataclass
class Bucket:
    """One direction of the line: says when what is put on it has passed. The clock comes in from outside."""

    bytes_a_second: float
    free_at: float = 0.0

    def passed_at(self, size: int, now: float) -> float:
        """When `size` bytes that come now have passed; whatever comes later waits behind them."""
        self.free_at = max(self.free_at, now) + size / self.bytes_a_second
        return self.free_at


def on_the_wire(size: int) -> int:
    """Bytes of a piece together with its headers."""
    return size + HEADERS * -(-size // PIECE)


@dataclass
class Counted:
    """What has gone through so far: bytes in pieces with their headers, requests, connections."""

    up: int = 0
    down: int = 0
    requests: int = 0
    connections: int = 0

    def since(self, before: "Counted") -> "Counted":
        """What has gone through since."""
        return Counted(*(now - then for now, then in zip(self.as_row(), before.as_row(), strict=True)))

    def as_row(self) -> tuple[int, int, int, int]:
        """The four counts."""
        return self.up, self.down, self.requests, self.connections


@dataclass
class SlowLine:
    """The line to one site. `round_trip` in seconds, `bits_a_second` each way."""

    site_port: int
    bits_a_second: float
    round_trip: float
    counted: Counted = field(default_factory=Counted)
    port: int = 0

    def __post_init__(self) -> None:
        self._up, self._down = Bucket(self.bits_a_second / 8), Bucket(self.bits_a_second / 8)
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> Counted:
        """The counts of this moment."""
        return Counted(*self.counted.as_row())

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counted.connections += 1
        began = asyncio.get_running_loop().time()
        site_reader, site_writer = await asyncio.open_connection("127.0.0.1", self.site_port)
        ways = [
            self._carry(reader, site_writer, self._up, opens_at=began + self.round_trip, up=True),
            self._carry(site_reader, writer, self._down, opens_at=began, up=False),
        ]
        try:
            await asyncio.gather(*ways)
            await asyncio.sleep(self.round_trip)  # what is still on its way arrives
        except OSError:
            pass
        finally:
            writer.close()
            site_writer.close()

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        bucket: Bucket,
        *,
        opens_at: float,
        up: bool,
    ) -> None:
        """Carry one direction of a connection. The next piece is taken only when the last one has passed, so
        that connections share the line piece by piece; delivered is each half a round trip later."""
        loop = asyncio.get_running_loop()
        while piece := await source.read(PIECE):
            await asyncio.sleep(max(0.0, opens_at - loop.time()))
            size = on_the_wire(len(piece))
            self._count(piece, size, up=up)
            passed = bucket.passed_at(size, loop.time())
            await asyncio.sleep(max(0.0, passed - loop.time()))
            loop.call_at(passed + self.round_trip / 2, _deliver, target, piece)
        loop.call_at(loop.time() + self.round_trip / 2, _end, target)

    def _count(self, piece: bytes, size: int, *, up: bool) -> None:
        if up:
            self.counted.up += size
            self.counted.requests += len(_REQUEST.findall(piece))
        else:
            self.counted.down += size

    async def _serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def open(self) -> Iterator["SlowLine"]:
        """The line, open for as long as the block lasts, in a thread of its own."""
        loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
        thread = threading.Thread(target=loop.run_until_complete, args=(self._serve(ready, stop),))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()


def _deliver(target: asyncio.StreamWriter, piece: bytes) -> None:
    if not target.is_closing():
        target.write(piece)


def _end(target: asyncio.StreamWriter) -> None:
    if not target.is_closing() and target.can_write_eof():
        target.write_eof()
