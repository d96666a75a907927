"""Work of the worker."""

from mlinzi.directory import reads as directory
from mlinzi.intake import acts
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

WORKER = Actor.process("worker")


def open_submissions() -> int:
    """Open what came through the door into reports. Returns how many were taken from the queue."""
    prefix = directory.country().phone_prefix
    return acts.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix=prefix)
