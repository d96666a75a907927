"""Work of the worker."""

from pathlib import Path

from django.conf import settings

from mlinzi.casework import acts
from mlinzi.casework.channels import cpims
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

WORKER = Actor.process("worker")


def triage() -> int:
    """Open cases for reports that have none."""
    return acts.triage_waiting(by=WORKER, now=now())


def raise_stale() -> int:
    """Judge anew what has waited for very long."""
    return acts.raise_stale(by=WORKER, now=now())


def tell_of_words() -> int:
    """Tell officers that reporters of their cases have written."""
    return acts.tell_of_words(by=WORKER, now=now(), keys=keyring())


def write_links() -> int:
    """Write the letters of links for organisations without account."""
    return acts.write_link_letters(by=WORKER, now=now(), keys=keyring())


def tell_escalations() -> int:
    """Write to the people whom a passed deadline concerns."""
    return acts.tell_escalations(by=WORKER, now=now(), keys=keyring())


def ask_about_entries() -> int:
    """Ask about entries of the directory that nobody has called right for long."""
    return acts.ask_about_entries(by=WORKER, now=now(), keys=keyring())


def deliver() -> int:
    """Hand over what waits for the children's case system; nothing where none is set."""
    channel = _cpims()
    return acts.deliver_waiting(cpims.NAME, channel, by=WORKER, now=now(), keys=keyring()) if channel else 0


def ask_serials() -> int:
    """Ask the children's case system for the serials of what arrived there."""
    channel = _cpims()
    return acts.ask_serials(cpims.NAME, channel, by=WORKER, now=now()) if channel else 0


def _cpims() -> cpims.Cpims | None:
    """The channel, where this installation has one. The token is read anew, so that it can be changed."""
    if not settings.CPIMS_URL or not settings.CPIMS_TOKEN_FILE:
        return None
    return cpims.Cpims(settings.CPIMS_URL, Path(settings.CPIMS_TOKEN_FILE).read_text().strip())
