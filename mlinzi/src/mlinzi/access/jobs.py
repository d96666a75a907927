"""Work of the worker in this room."""

from mlinzi.access import acts
from mlinzi.kernel.clock import now


def sweep() -> int:
    """Delete typed text that nobody came back for and sessions that have run out. Returns how many."""
    return acts.sweep_typed(now=now()) + acts.sweep_sessions(now=now())
