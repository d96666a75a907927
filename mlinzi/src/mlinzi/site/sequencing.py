"""The sequencer's loop: number what waits, sign the head, rest a moment."""

import logging
import signal
import threading
from types import FrameType

from django.conf import settings

from kinga import auditlog
from mlinzi.audit.sequencer import Sequencer
from mlinzi.kernel.clock import now

log = logging.getLogger(__name__)
REST = 0.2
OTHER_AT_WORK = 1.0


def run() -> None:
    """Number entries until a signal comes. Waits while another sequencer holds the office."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    signer = auditlog.Ed25519Signer.from_file(settings.KEYS / "sequencer" / "log.key")
    sequencer = Sequencer(signer, signer.verifier)
    while not stop.is_set() and not sequencer.take_office():
        stop.wait(OTHER_AT_WORK)
    log.info("The sequencer numbers the log as %s.", signer.name)
    while not stop.is_set():
        numbered = sequencer.number()
        sequencer.sign_head(now=now())
        if not numbered:
            stop.wait(REST)
    sequencer.sign_head(now=now(), force=True)
