"""The body of a sealed object: segments of AES-256-GCM in the STREAM construction.

Every segment but the last holds exactly ``2**segment_log2`` bytes of plaintext and a tag of 16. Its nonce
is prefix (7) | number of the segment from 0 (4, big-endian) | 1 if it is the last, else 0 (1).
Associated data of each segment: the label and the context. An empty object has one empty segment;
no other last segment is empty, so that every content has exactly one shape.

STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (CRYPTO 2015).
"""

from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kinga.envelope.errors import Damage, Tampered
from kinga.envelope.header import subkeys
from kinga.envelope.sources import Source

SEGMENT_TAG_BYTES = 16
_LABEL = b"kinga.envelope v1 body"
_MOST_SEGMENTS = 2**32


class SegmentCipher:
    """Encrypts and decrypts single segments of one object."""

    def __init__(self, data_key: bytes, context: bytes, segment_log2: int) -> None:
        derived = subkeys(data_key)
        self._aead = AESGCM(derived.body)
        self._prefix = derived.prefix
        self._bound = _LABEL + context
        self.plain_size = 1 << segment_log2
        self.sealed_size = self.plain_size + SEGMENT_TAG_BYTES

    def encrypt(self, plain: memoryview, number: int, *, last: bool) -> bytes:
        """Return the sealed segment.

        Raises ValueError past the 4,294,967,296th segment, where a nonce would come twice.
        """
        return self._aead.encrypt(self._nonce(number, last), plain, self._bound)

    def encrypt_into(self, plain: memoryview, number: int, *, last: bool, out: memoryview) -> int:
        """Write the sealed segment to ``out`` and return its length. Raises ValueError as ``encrypt``."""
        size = len(plain) + SEGMENT_TAG_BYTES
        return self._aead.encrypt_into(self._nonce(number, last), plain, self._bound, out[:size])

    def decrypt(self, sealed: memoryview, number: int, *, last: bool) -> bytes:
        """Return the segment's plaintext. Raises Tampered and says what happened, as far as can be seen."""
        if not last or number == 0 or len(sealed) > SEGMENT_TAG_BYTES:
            try:
                return self._aead.decrypt(self._nonce(number, last), sealed, self._bound)
            except InvalidTag:
                pass
        raise Tampered(self._diagnosis(sealed, number, last), segment=number)

    def _diagnosis(self, sealed: memoryview, number: int, last: bool) -> Damage:
        # An intact segment with the other flag tells that the cut was clean. Nothing of it is released.
        try:
            self._aead.decrypt(self._nonce(number, not last), sealed, self._bound)
        except InvalidTag:
            return Damage.SEGMENT
        return Damage.TRUNCATED if last else Damage.APPENDED

    def _nonce(self, number: int, last: bool) -> bytes:
        if number >= _MOST_SEGMENTS:
            raise ValueError("This is too long for one sealed object. Split it.")
        return self._prefix + number.to_bytes(4, "big") + bytes([last])


def encrypt_whole(plain: bytes, cipher: SegmentCipher) -> Iterator[bytes]:
    """Yield the sealed segments of ``plain``."""
    for number, piece, last in _pieces(memoryview(plain), cipher.plain_size):
        yield cipher.encrypt(piece, number, last=last)


def decrypt_whole(body: memoryview, cipher: SegmentCipher) -> Iterator[bytes]:
    """Yield the plaintext of each segment of ``body`` once it is verified. Raises Tampered."""
    for number, piece, last in _pieces(body, cipher.sealed_size):
        yield cipher.decrypt(piece, number, last=last)


def _pieces(data: memoryview, size: int) -> Iterator[tuple[int, memoryview, bool]]:
    count = max(1, -(-len(data) // size))  # nothing is one empty piece
    for number in range(count):
        yield number, data[number * size : (number + 1) * size], number == count - 1


def encrypt_all(source: Source, sink: BinaryIO, cipher: SegmentCipher) -> None:
    """Seal everything in ``source`` into ``sink``, with two segments in memory.

    Raises BlockingIOError when the sink takes nothing; ValueError as ``SegmentCipher.encrypt``.
    """
    # One byte more than a segment: only its presence tells that the segment is not the last one.
    plain, out = memoryview(bytearray(cipher.plain_size + 1)), memoryview(bytearray(cipher.sealed_size))
    number, held = 0, 0
    while True:
        held += source.fill(plain[held:])
        last = held <= cipher.plain_size
        taken = min(held, cipher.plain_size)
        size = cipher.encrypt_into(plain[:taken], number, last=last, out=out)
        _write_all(sink, out[:size])
        if last:
            return
        plain[0] = plain[taken]
        number, held = number + 1, 1


class SegmentWriter:
    """Seals what is pushed, in pieces of any length, into ``sink``, with two segments in memory."""

    def __init__(self, sink: BinaryIO, cipher: SegmentCipher) -> None:
        self._sink, self._cipher = sink, cipher
        self._plain, self._out = bytearray(cipher.plain_size), memoryview(bytearray(cipher.sealed_size))
        self._number, self._held, self._open = 0, 0, True

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of ``data`` and return its length.

        Raises ValueError after the end or after a sink that failed, and as ``encrypt_all``.
        """
        rest = memoryview(data).cast("B")
        size = len(rest)
        self._check()
        while rest:
            # A full segment waits until one more byte tells that it is not the last one.
            if self._held == len(self._plain):
                self._seal(last=False)
            count = min(len(rest), len(self._plain) - self._held)
            self._plain[self._held : self._held + count] = rest[:count]
            self._held += count
            rest = rest[count:]
        return size

    def finish(self) -> None:
        """Seal what is left as the last segment. Raises as ``write``."""
        self._check()
        self._seal(last=True)

    def _check(self) -> None:
        if not self._open:
            raise ValueError("This object is finished, or its sink failed. Seal anew.")

    def _seal(self, *, last: bool) -> None:
        # Shut before the nonce is used: after a sink that failed, other content under the same nonce would
        # give both away.
        self._open = False
        plain = memoryview(self._plain)[: self._held]
        size = self._cipher.encrypt_into(plain, self._number, last=last, out=self._out)
        _write_all(self._sink, self._out[:size])
        self._number, self._held, self._open = self._number + 1, 0, not last


def decrypt_all(source: Source, cipher: SegmentCipher) -> Iterator[bytes]:
    """Yield the plaintext of each segment once it is verified. Raises Tampered."""
    sealed = memoryview(bytearray(cipher.sealed_size + 1))
    number, held = 0, 0
    while True:
        held += source.fill(sealed[held:])
        last = held <= cipher.sealed_size
        taken = min(held, cipher.sealed_size)
        yield cipher.decrypt(sealed[:taken], number, last=last)
        if last:
            return
        sealed[0] = sealed[taken]
        number, held = number + 1, 1


def _write_all(sink: BinaryIO, data: memoryview) -> None:
    while data:
        written: int | None = sink.write(data)
        if not written:
            # An unbuffered sink may take a part; one that takes nothing would silently lose the object.
            raise BlockingIOError("The sink took nothing. Give a blocking one whose write() returns a count.")
        data = data[written:]
