"""Log lines that can be kept: a time, a level, a place in our code; never a request, never values."""

import logging
import sys
import traceback
from types import TracebackType

log = logging.getLogger(__name__)


class WithoutRequest(logging.Filter):
    """Takes the request, its path and the arguments of the message away before anything is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django."):
            status = getattr(record, "status_code", "")
            record.msg, record.args = f"request failed with status {status}".strip(), ()
        for name in ("request", "server_time"):
            record.__dict__.pop(name, None)
        return True


class Line(logging.Formatter):
    """One line: time, level, logger, message; for exceptions the type and where it was raised, not its
    message.

    An exception's message may quote what was being worked on (psycopg quotes whole rows), so it is left out.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatException(self, ei: object) -> str:
        kind, trace = sys.exc_info()[0], None
        if isinstance(ei, tuple):
            kind, trace = ei[0], ei[2]
        frames = traceback.extract_tb(trace)[-6:]
        places = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in reversed(frames))
        return f"{getattr(kind, '__name__', kind)} at {places}"


def fall_quietly() -> None:
    """Let an error that nobody caught end this process with a line of ours in place of Python's own report,
    which prints the error's message."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("This process has fallen over.", exc_info=(kind, error, trace))

    sys.excepthook = tell
