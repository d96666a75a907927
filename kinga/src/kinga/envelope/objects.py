"""Sealing and opening, whole or as a stream."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from kinga.envelope import header as headers
from kinga.envelope.body import (
    SEGMENT_TAG_BYTES,
    SegmentCipher,
    SegmentWriter,
    decrypt_all,
    decrypt_whole,
    encrypt_all,
    encrypt_whole,
)
from kinga.envelope.errors import Malformed
from kinga.envelope.holders import KeyHolder
from kinga.envelope.keys import KEY_BYTES, Recipient
from kinga.envelope.sources import source_of


def seal(plain: bytes, *, to: Sequence[Recipient], context: bytes) -> bytes:
    """Return ``plain`` sealed for each of ``to``: the header, then the body.

    ``context`` says what this is and where it belongs; it is not stored, and opening needs the same bytes.
    Costs about 130 bytes and 32 to 80 more for each further recipient.
    Raises ValueError when nobody or somebody twice is named, Malformed for an unusable public key.
    """
    return _seal(plain, to, context, headers.SEGMENT_LOG2)


def _seal(plain: bytes, to: Sequence[Recipient], context: bytes, segment_log2: int) -> bytes:
    data_key = secrets.token_bytes(KEY_BYTES)
    header = headers.build(data_key, to, context, segment_log2)
    return b"".join([header, *encrypt_whole(plain, SegmentCipher(data_key, context, segment_log2))])


def open_sealed(sealed: bytes, *, keys: KeyHolder, context: bytes) -> bytes:
    """Return the plaintext, once all of it is verified.

    Raises NotForUs, Tampered (also for a wrong context) or Malformed.
    """
    parsed = headers.parse(sealed)
    data_key = headers.unlock(parsed, keys, context)
    cipher = SegmentCipher(data_key, context, parsed.segment_log2)
    return b"".join(decrypt_whole(memoryview(sealed)[parsed.size :], cipher))


def seal_stream(
    source: BinaryIO | Iterable[bytes], sink: BinaryIO, *, to: Sequence[Recipient], context: bytes
) -> bytes:
    """Write the sealed body of everything in ``source`` to ``sink`` and return the header.

    The header is what changes when keys rotate: keep it where it can be replaced (a row), the body where it
    never changes (a file). Memory: two segments of 1 MiB. The sink is given views of one buffer, which it
    must not keep. Raises as ``seal``; BlockingIOError for a source or sink that does not block.
    """
    return _seal_stream(source, sink, to, context, headers.SEGMENT_LOG2)


def _seal_stream(
    source: BinaryIO | Iterable[bytes],
    sink: BinaryIO,
    to: Sequence[Recipient],
    context: bytes,
    segment_log2: int,
) -> bytes:
    data_key = secrets.token_bytes(KEY_BYTES)
    header = headers.build(
        data_key, to, context, segment_log2
    )  # first: it refuses before the sink has a byte
    encrypt_all(source_of(source), sink, SegmentCipher(data_key, context, segment_log2))
    return header


class Sealer:
    """Seals what is pushed to it: for content that arrives in pieces, such as an upload.

    The format is that of ``seal_stream``. Memory: two segments of 1 MiB. The sink is given views of one
    buffer, which it must not keep. Without ``finish`` the body has no end and does not open.
    Raises as ``seal``, before the sink has a byte.
    """

    _segment_log2 = headers.SEGMENT_LOG2

    def __init__(self, sink: BinaryIO, *, to: Sequence[Recipient], context: bytes) -> None:
        data_key = secrets.token_bytes(KEY_BYTES)
        self._header = headers.build(data_key, to, context, self._segment_log2)
        self._body = SegmentWriter(sink, SegmentCipher(data_key, context, self._segment_log2))

    @property
    def header(self) -> bytes:
        """The header, from the beginning on."""
        return self._header

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of ``data`` and return its length.

        Raises BlockingIOError for a sink that does not block, ValueError after ``finish`` or after the sink
        has failed.
        """
        return self._body.write(data)

    def finish(self) -> bytes:
        """Seal what is left, as the last segment, and return the header. Once; raises as ``write``."""
        self._body.finish()
        return self._header


def plain_size(header: bytes, body_size: int) -> int:
    """Return how long the content of a sealed body of ``body_size`` bytes is. Needs no key.

    Not verified, as the header is not: what opens in the end has this length. Raises Malformed for a length
    that no body has.
    """
    segment = 1 << headers.parse(header).segment_log2
    segments = max(1, -(-body_size // (segment + SEGMENT_TAG_BYTES)))
    size = body_size - segments * SEGMENT_TAG_BYTES
    if size < 0 or (segments > 1 and size <= (segments - 1) * segment):
        raise Malformed("No sealed body has this length.")
    return size


def open_stream(header: bytes, source: BinaryIO, *, keys: KeyHolder, context: bytes) -> Iterator[bytes]:
    """Yield the plaintext in pieces of up to one segment, each verified before it is released.

    The header is checked at once, before the first piece is asked for. Until the iterator has ended, the
    pieces are true but perhaps not all: whoever stops early, or catches Tampered, has only a beginning.
    Raises NotForUs, Tampered or Malformed.
    """
    parsed = headers.parse(header)
    if parsed.size != len(header):
        raise Malformed("Something follows its header.")
    data_key = headers.unlock(parsed, keys, context)
    return decrypt_all(source_of(source), SegmentCipher(data_key, context, parsed.segment_log2))


def rewrap(header_or_sealed: bytes, *, keys: KeyHolder, to: Sequence[Recipient], context: bytes) -> bytes:
    """Return the same object for other recipients: a new header, and the body, if given, as it was.

    The data key stays. Somebody who once unwrapped it can still open the body: to shut such a person out,
    seal anew. Raises as ``open_sealed`` and ``seal``.
    """
    parsed = headers.parse(header_or_sealed)
    data_key = headers.unlock(parsed, keys, context)
    fresh = headers.build(data_key, to, context, parsed.segment_log2)
    return fresh + memoryview(header_or_sealed)[parsed.size :]


def recipients_of(header_or_sealed: bytes) -> tuple[str, ...]:
    """Return the key ids that the header names, in its order. Not verified: a hint for who may open it.

    Raises Malformed.
    """
    return tuple(stanza.key_id for stanza in headers.parse(header_or_sealed).stanzas)
