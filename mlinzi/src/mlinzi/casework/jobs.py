"""Work of the worker."""

from mlinzi.casework import acts
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

WORKER = Actor.process("worker")


def triage() -> int:
    """Open cases for reports that have none."""
    return acts.triage_waiting(by=WORKER, now=now())


def tell_of_words() -> int:
    """Tell officers that reporters of their cases have written."""
    return acts.tell_of_words(by=WORKER, now=now(), keys=keyring())


def write_links() -> int:
    """Write the letters of links for organisations without account."""
    return acts.write_link_letters(by=WORKER, now=now(), keys=keyring())


def tell_escalations() -> int:
    """Write to the people whom a passed deadline concerns."""
    return acts.tell_escalations(by=WORKER, now=now(), keys=keyring())
