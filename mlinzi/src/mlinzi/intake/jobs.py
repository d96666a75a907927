"""Work of the worker."""

from django.conf import settings

from mlinzi.directory import reads as directory
from mlinzi.intake import acts
from mlinzi.intake.acts.sweeping import sweep_door as sweep_files_at_the_door
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

WORKER = Actor.process("worker")


def open_submissions() -> int:
    """Open what came through the door into reports. Returns how many were taken from the queue."""
    prefix = directory.country().phone_prefix
    return acts.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix=prefix)


def take_provider_reports() -> int:
    """Make reports of what providers finished. Returns how many were taken from the queue."""
    prefix = directory.country().phone_prefix
    return acts.take_provider_reports(by=WORKER, now=now(), keys=keyring(), country_prefix=prefix)


def expire_provider_reports() -> int:
    """Throw away what providers left unfinished. Returns how many."""
    return acts.expire_provider_reports(by=WORKER, now=now(), door=settings.DOOR)


def adopt_files() -> int:
    """Move files from the door into the vault. Returns how many were taken from the queue."""
    return acts.adopt_files(by=WORKER, now=now(), keys=keyring(), door=settings.DOOR, folder=settings.VAULT)


def take_words() -> int:
    """Take over what reporters wrote later. Returns how many were taken from the queue."""
    prefix = directory.country().phone_prefix
    return acts.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix=prefix)


def sweep_drafts() -> int:
    """Delete drafts and visits that ran out. Returns how many."""
    return acts.sweep(now=now())


def sweep_door() -> int:
    """Take away files at the door that were never sent. Returns how many."""
    return sweep_files_at_the_door(door=settings.DOOR, by=WORKER, now=now())
