"""Numbers made ahead, in idle time and in memory only, so that a burst does not wait for slow derivations.

One derivation costs about 45 ms of a core by design. A thread of the public process fills the pool while
nobody is asking for a page; what is in it was never told to anybody and goes with the process.
"""

import contextlib
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from kinga import envelope
from mlinzi.intake.rules import Receipt, mailbox_keys, random_receipt, verify_key

_AT_ONCE = threading.BoundedSemaphore(2)
QUIET = 0.3
"""Seconds without a request after which the door counts as idle."""


@dataclass(frozen=True)
class Minted:
    """A number and what is stored of it: where its mailbox is found, the public half of the key that letters
    are sealed for, and that of the key that words are signed with (32 bytes each).
    """

    receipt: Receipt
    look_up: bytes
    public_key: bytes = field(repr=False)
    verify_key: bytes = field(repr=False)


def mint(receipt: Receipt, secret: bytes) -> Minted:
    """Derive what belongs to a number. Slow by design: see `rules.mailbox_keys`."""
    keys = mailbox_keys(receipt, secret)
    public = envelope.PrivateKey.from_seed("mailbox", keys.seed).public.raw
    return Minted(receipt, keys.look_up, public, verify_key(keys.seed))


class Pool:
    """Numbers that are ready. Without a thread (`fill_in_idle_time`) it makes each when it is asked for."""

    def __init__(self) -> None:
        self._ready: deque[Minted] = deque()
        self._asked_at = 0.0
        self._started = threading.Lock()

    def __len__(self) -> int:
        return len(self._ready)

    def busy(self) -> None:
        """A page was asked for: the thread leaves the machine to it."""
        self._asked_at = time.monotonic()

    def take(self, secret: bytes) -> Minted:
        """One number that nobody else gets: a ready one, or one made now."""
        with contextlib.suppress(IndexError):  # two requests may be after the last one
            return self._ready.popleft()
        with _AT_ONCE:
            return mint(random_receipt(), secret)

    def fill_in_idle_time(self, secret: bytes, size: int) -> None:
        """Start the thread that keeps `size` numbers ready; a second call does nothing."""
        if self._started.acquire(blocking=False):
            threading.Thread(target=self._fill, args=(secret, size), daemon=True, name="minting").start()

    def _fill(self, secret: bytes, size: int) -> None:
        with contextlib.suppress(OSError, AttributeError):  # a courtesy that not every system knows
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while True:
            idle = time.monotonic() - self._asked_at > QUIET
            if idle and len(self._ready) < size:
                self._ready.append(mint(random_receipt(), secret))
            else:
                time.sleep(0.1)


POOL = Pool()
