"""multipart/form-data in pieces: bytes in, parts out, in flat memory, with or without a Content-Length.

Needs `kinga[receive]`. The parsing is done by the `multipart` package; this module bounds it, gives its
events types, and its refusals words.

    >>> form = FormParser('multipart/form-data; boundary=b')
    >>> events = form.feed(b'--b\\r\\nContent-Disposition: form-data; name="id"\\r\\n\\r\\n4711\\r\\n--b--')
    >>> [type(event).__name__ for event in events]
    ['Part', 'Data', 'End']
    >>> form.close()
"""

from collections.abc import Iterator
from dataclasses import dataclass

import multipart

from kinga.cybertip.errors import Malformed, Unsafe


@dataclass(frozen=True, slots=True)
class Part:
    """A part begins. `filename` is the sender's word: never a path to write to."""

    name: str
    filename: str | None
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Data:
    """Some bytes of the part that has begun, never none."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The part has ended."""


Event = Part | Data | End


class FormParser:
    """Reads one form. `parts`, `header_bytes` (of a line) and `headers` (of a part) bound what it may cost.

    Raises Malformed when `content_type` is not multipart/form-data with a boundary.
    """

    def __init__(
        self, content_type: str, *, parts: int = 16, header_bytes: int = 4096, headers: int = 8
    ) -> None:
        kind, options = multipart.parse_options_header(content_type)
        boundary = options.get("boundary", "")
        if kind.strip().lower() != "multipart/form-data" or not 0 < len(boundary) <= 70:
            raise Malformed("Send multipart/form-data with a boundary of 1 to 70 characters.")
        self._parser = multipart.PushMultipartParser(
            boundary, max_header_size=header_bytes, max_header_count=headers, max_segment_count=parts
        )

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Give the events of one piece; take them all before the next piece.

        Raises Unsafe when a bound is passed, Malformed when it is no form.
        """
        if not piece or self._parser.closed:
            return
        try:
            for event in self._parser.parse(piece):
                if event is None:
                    yield End()
                elif isinstance(event, multipart.MultipartSegment):
                    yield Part(event.name or "", event.filename, event.content_type)
                else:
                    yield Data(bytes(event))
        except multipart.ParserLimitReached:
            raise Unsafe("The form has more or larger headers or more parts than are taken.") from None
        except (multipart.MultipartError, UnicodeError):
            raise Malformed("The form's parts cannot be told apart.") from None

    def close(self) -> None:
        """End the form. Raises Malformed when it was cut before its last boundary."""
        try:
            self._parser.close()
        except multipart.MultipartError:
            raise Malformed("The form was cut before its end. Send it again.") from None
