"""The sequencer's loop: number what waits, sign the head, rest a moment."""

import logging
import signal
import threading
from types import FrameType

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from kinga import auditlog
from mlinzi.audit.sequencer import Sequencer
from mlinzi.kernel.clock import now

log = logging.getLogger(__name__)
REST = 0.2
OTHER_AT_WORK = 1.0
DATABASE_AWAY = 0.5


def run() -> None:
    """Number entries until a signal comes. Waits while another sequencer holds the office."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    signer = auditlog.Ed25519Signer.from_file(settings.KEYS / "sequencer" / "log.key")
    work(signer, stop)


def work(signer: auditlog.Ed25519Signer, stop: threading.Event) -> None:
    """Number until `stop` is set, also across a database that goes away and comes back.

    The office goes with the connection, and a commit whose answer was lost may have numbered entries after
    all; so afterwards another sequencer begins anew, from what the database says.
    """
    while not stop.is_set():
        try:
            _in_office(Sequencer(signer, signer.verifier), signer.name, stop)
        except (OperationalError, InterfaceError) as error:
            log.error("The database does not answer; trying again.", exc_info=error)
            connection.close()
            stop.wait(DATABASE_AWAY)


def _in_office(sequencer: Sequencer, name: str, stop: threading.Event) -> None:
    while not sequencer.take_office():
        if stop.wait(OTHER_AT_WORK):
            return
    log.info("The sequencer numbers the log as %s.", name)
    while not stop.is_set():
        numbered = sequencer.number()
        sequencer.sign_head(now=now())
        if not numbered:
            stop.wait(REST)
    sequencer.sign_head(now=now(), force=True)
