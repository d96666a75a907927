"""Work of the worker."""

from mlinzi.industry.acts.orders import lapse_orders
from mlinzi.industry.acts.telling import tell_of_orders
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring

WORKER = Actor.process("worker")


def tell() -> int:
    """Write to those whom orders concern."""
    return tell_of_orders(by=WORKER, now=now(), keys=keyring())


def lapse() -> int:
    """End orders whose last day is over."""
    return lapse_orders(by=WORKER, now=now())
