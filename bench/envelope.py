"""How fast kinga.envelope seals and opens, and in how much memory, beside its peers.

    python bench/envelope.py [--mebibytes 256] [--rounds 3] [--json]

Each figure is the best of the rounds. The peers: `cryptography`'s AES-256-GCM alone, over the same segments
(what the format costs on top of the cipher), and PyNaCl's secretstream where it is installed.
"""

import argparse
import importlib
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rich.console import Console
from rich.table import Table

from kinga.envelope import (
    MemoryKeys,
    PrivateKey,
    Recipient,
    SymmetricKey,
    open_sealed,
    open_stream,
    seal,
    seal_stream,
)

MEBIBYTE = 1 << 20
CONTEXT = b"bench"
WANTED_MB_PER_SECOND = 500
ALLOWED_GROWTH_MEBIBYTES = 8


@dataclass(frozen=True)
class Rate:
    """One measured line."""

    name: str
    seal_mb_per_second: float
    open_mb_per_second: float


@dataclass(frozen=True)
class Small:
    """What one small object costs: microseconds, and the bytes that sealing adds."""

    name: str
    seal_us: float
    open_us: float
    bytes_added: int


@dataclass(frozen=True)
class Result:
    """Everything measured; the first of ``rates`` is ours."""

    mebibytes: int
    peak_growth_mebibytes: float
    rates: list[Rate]
    small_objects: list[Small]

    @property
    def as_wanted(self) -> bool:
        """Whether ours is fast enough both ways, in memory that does not grow with the stream."""
        ours = self.rates[0]
        slower = min(ours.seal_mb_per_second, ours.open_mb_per_second)
        return slower >= WANTED_MB_PER_SECOND and self.peak_growth_mebibytes < ALLOWED_GROWTH_MEBIBYTES


class Counter:
    """A sink that counts and forgets."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, data: memoryview) -> int:
        """Take everything."""
        self.count += len(data)
        return len(data)


def best(rounds: int, work: Callable[[], None]) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def pieces(count: int) -> Iterator[bytes]:
    """``count`` MiB of plaintext."""
    piece = os.urandom(MEBIBYTE)
    return (piece for _ in range(count))


def kinga(folder: Path, mebibytes: int, rounds: int) -> Rate:
    """Seal from memory to nowhere; open from a file that is in the page cache."""
    key = SymmetricKey.generate("bench:1")

    def sealing() -> None:
        sink = Counter()
        seal_stream(pieces(mebibytes), cast(BinaryIO, sink), to=[key], context=CONTEXT)
        assert sink.count == mebibytes * (MEBIBYTE + 16)

    with (folder / "body").open("wb") as sink:
        header = seal_stream(pieces(mebibytes), sink, to=[key], context=CONTEXT)

    def opening() -> None:
        with (folder / "body").open("rb", buffering=0) as source:
            opened = open_stream(header, cast(BinaryIO, source), keys=MemoryKeys(key), context=CONTEXT)
            assert sum(map(len, opened)) == mebibytes * MEBIBYTE

    return rate("kinga.envelope", mebibytes, best(rounds, sealing), best(rounds, opening))


def bare_cipher(folder: Path, mebibytes: int, rounds: int) -> Rate:
    """The same segments through AES-256-GCM with a counted nonce: no header, no ends, no names."""
    cipher = AESGCM(AESGCM.generate_key(256))
    out = bytearray(MEBIBYTE + 16)

    def sealing() -> None:
        for number, piece in enumerate(pieces(mebibytes)):
            cipher.encrypt_into(number.to_bytes(12, "big"), piece, CONTEXT, out)

    with (folder / "bare").open("wb") as sink:
        for number, piece in enumerate(pieces(mebibytes)):
            sink.write(cipher.encrypt(number.to_bytes(12, "big"), piece, CONTEXT))

    def opening() -> None:
        buffer = memoryview(bytearray(MEBIBYTE + 16))
        with (folder / "bare").open("rb", buffering=0) as source:
            for number in range(mebibytes):
                assert source.readinto(buffer) == len(buffer)
                cipher.decrypt(number.to_bytes(12, "big"), buffer, CONTEXT)

    return rate("cryptography AES-256-GCM alone", mebibytes, best(rounds, sealing), best(rounds, opening))


def secretstream(mebibytes: int, rounds: int) -> Rate | None:
    """PyNaCl's secretstream (XChaCha20-Poly1305), or None where it is not installed."""
    try:
        nacl = importlib.import_module("nacl.bindings")
    except ImportError:
        return None
    key = nacl.crypto_secretstream_xchacha20poly1305_keygen()
    sealed: list[bytes] = []

    def sealing() -> None:
        sealed.clear()
        state = nacl.crypto_secretstream_xchacha20poly1305_state()
        sealed.append(nacl.crypto_secretstream_xchacha20poly1305_init_push(state, key))
        for piece in pieces(mebibytes):
            sealed.append(nacl.crypto_secretstream_xchacha20poly1305_push(state, piece, CONTEXT))

    def opening() -> None:
        state = nacl.crypto_secretstream_xchacha20poly1305_state()
        nacl.crypto_secretstream_xchacha20poly1305_init_pull(state, sealed[0], key)
        for piece in sealed[1:]:
            nacl.crypto_secretstream_xchacha20poly1305_pull(state, piece, CONTEXT)

    return rate("PyNaCl secretstream", mebibytes, best(rounds, sealing), best(rounds, opening))


def rate(name: str, mebibytes: int, sealing: float, opening: float) -> Rate:
    """Megabytes (10**6 bytes) a second."""
    size = mebibytes * MEBIBYTE / 1e6
    return Rate(name, round(size / sealing, 1), round(size / opening, 1))


def peak_growth(folder: Path, mebibytes: int) -> float:
    """MiB by which the process's peak grows from sealing and opening 16 MiB to doing so with many."""
    kinga(folder, 16, 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kinga(folder, mebibytes, 1)
    return round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1)


def small_object(name: str, to: Recipient, keys: MemoryKeys, rounds: int, count: int = 1000) -> Small:
    """Seal and open one name of 20 bytes, many times."""
    sealed = seal(bytes(20), to=[to], context=CONTEXT)

    def sealing() -> None:
        for _ in range(count):
            seal(bytes(20), to=[to], context=CONTEXT)

    def opening() -> None:
        for _ in range(count):
            open_sealed(sealed, keys=keys, context=CONTEXT)

    def microseconds(work: Callable[[], None]) -> float:
        return round(best(rounds, work) / count * 1e6, 1)

    return Small(name, microseconds(sealing), microseconds(opening), len(sealed) - 20)


def measure(mebibytes: int, rounds: int) -> Result:
    """Measure everything; memory first, while the process has not yet held anything large."""
    private, numbered = PrivateKey.generate("intake:1"), SymmetricKey.generate("records:3")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        growth = peak_growth(folder, mebibytes)
        rates = [kinga(folder, mebibytes, rounds), bare_cipher(folder, mebibytes, rounds)]
    other = secretstream(mebibytes, rounds)
    smalls = [
        small_object("for a public key", private.public, MemoryKeys(private), rounds),
        small_object("for a numbered key", numbered, MemoryKeys(numbered), rounds),
    ]
    return Result(mebibytes, growth, [*rates, *([other] if other else [])], smalls)


def show(result: Result, console: Console) -> None:
    """Print tables for people."""
    ours = result.rates[0]
    table = Table("stream", "seal MB/s", "open MB/s", "seal, to ours", "open, to ours")
    for one in result.rates:
        ratios = (
            one.seal_mb_per_second / ours.seal_mb_per_second,
            one.open_mb_per_second / ours.open_mb_per_second,
        )
        table.add_row(
            one.name,
            f"{one.seal_mb_per_second:,.0f}",
            f"{one.open_mb_per_second:,.0f}",
            *(f"{ratio:.2f}" for ratio in ratios),
        )
    console.print(
        f"Streams of {result.mebibytes} MiB on {platform.machine()}, Python {platform.python_version()}"
    )
    console.print(table)
    if len(result.rates) == 2:
        console.print("PyNaCl is not installed: its secretstream was not measured.")
    table = Table("20 bytes", "seal µs", "open µs", "bytes added")
    for small in result.small_objects:
        table.add_row(small.name, str(small.seal_us), str(small.open_us), str(small.bytes_added))
    console.print(table)
    console.print(f"Peak memory from 16 to {result.mebibytes} MiB: {result.peak_growth_mebibytes:+} MiB")
    console.print("[green]as wanted" if result.as_wanted else "[red]not as wanted")


def main() -> int:
    """Return 0 when it is as fast as wanted in flat memory, else 1."""
    parser = argparse.ArgumentParser(description="How fast kinga.envelope seals and opens.")
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args()
    result = measure(options.mebibytes, options.rounds)
    if options.json:
        print(json.dumps(asdict(result) | {"as_wanted": result.as_wanted}, indent=1))
    else:
        show(result, Console())
    return 0 if result.as_wanted else 1


if __name__ == "__main__":
    sys.exit(main())
