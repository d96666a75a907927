"""Floods and lies: what waits while the door is flooded, and what queues lower. Pure.

Text is always taken in and nobody is ever blocked, by address or otherwise. Nothing here acts against
anybody: a rule orders a queue, with its sentence, and a person decides.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

WORK_BITS = 14
"""How many zero bits the sender's machine looks for: some 16,000 tries, a second on a cheap phone."""


@dataclass(frozen=True)
class Flood:
    """From how many reports on the door counts as flooded, as the pack says it."""

    per_minute: int
    per_ten_minutes: int

    def is_on(self, last_minute: int, last_ten_minutes: int) -> bool:
        return last_minute >= self.per_minute or last_ten_minutes >= self.per_ten_minutes


def is_work_done(puzzle: str, answer: str) -> bool:
    """Whether `answer` solves the puzzle: SHA-256 of both together begins with `WORK_BITS` zero bits."""
    if not answer or len(answer) > 20:
        return False
    digest = hashlib.sha256(f"{puzzle}|{answer}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0


def may_bring_files(*, flooded: bool, worked: bool) -> bool:
    """Whether files are taken now. In a flood they wait, except from whoever's machine has worked."""
    return worked or not flooded


# How long the answer to a number takes at least, by how many wrong ones were tried in the last ten minutes
# at this door. It grows for everybody alike, since nobody is told apart, and it locks nobody out.
_SLOWER = ((0, 0.3), (60, 0.6), (300, 1.0), (1_500, 1.5))


def look_up_lasts(wrong_lately: int) -> timedelta:
    """The least time that a look-up takes, right or wrong."""
    return timedelta(seconds=max(seconds for least, seconds in _SLOWER if wrong_lately >= least))
