"""Work of the worker."""

from mlinzi.deadlines import acts
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now

WORKER = Actor.process("worker")


def climb() -> int:
    """Let deadlines that passed take their next step."""
    return acts.climb(by=WORKER, now=now())
