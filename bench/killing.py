"""One kill: who is killed, how, and how long it takes until the house works again."""

import math
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.installation import Installation, Trouble

VICTIMS = ("public", "staff", "worker", "sequencer", "postgresql")
WANTED_SECONDS = 10.0
NOT_READY_AFTER = 90.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Kill:
    """What happened. `seconds` until it was ready again; None: not within the limit."""

    victim: str
    how: str
    at: str
    seconds: float | None


def plan_kills(kills: int, chance: random.Random) -> list[str]:
    """Every victim so many times, in an order of chance."""
    order = [victim for victim in VICTIMS for _ in range(kills)]
    chance.shuffle(order)
    return order


def kill(house: Installation, victim: str, chance: random.Random) -> Kill:
    """Kill and wait until ready again, that is until after the kill

    - another process of the site answers its health page, which asks the database;
    - the worker has opened a report;
    - the sequencer has numbered an entry that is younger than the kill;
    - for PostgreSQL: all four of these, on a server that was started since.
    """
    highest = house.one("SELECT coalesce(max(index), -1) FROM audit_numbered")
    dying = {site: house.answering(site) for site in ("public", "staff") if site == victim}
    how = _strike(house, victim, chance)
    began, moment = time.monotonic(), datetime.now(UTC)
    signs: dict[str, Callable[[], bool]] = {
        "public": lambda: answers_anew(house, "public", dying.get("public")),
        "staff": lambda: answers_anew(house, "staff", dying.get("staff")),
        "worker": lambda: _yes(house, _OPENED, moment),
        "sequencer": lambda: _yes(house, _NUMBERED, highest, moment),
    }
    missing = set(signs) if victim == "postgresql" else {victim}
    while missing and time.monotonic() - began < NOT_READY_AFTER and house.running():
        missing -= {name for name in missing if signs[name]()}
        time.sleep(_LOOK_EVERY)
    took = None if missing else time.monotonic() - began
    return Kill(victim, how, moment.isoformat(), None if took is None else rounded_up(took))


def answers_anew(house: Installation, site: str, dying: int | None) -> bool:
    """Whether a site answers through another process than the one that is dying: killed by way of its parent,
    that one may get out a last answer, which is no recovery."""
    answering = house.answering(site)
    return answering not in (None, dying) and house.answers(site)


def rounded_up(seconds: float) -> float:
    """Hundredths of a second, never in our favour: 10.001 is more than ten."""
    return math.ceil(seconds * 100) / 100


# A backend whose main process was killed can still commit for a moment; that is no recovery either.
_OPENED = """SELECT EXISTS (SELECT 1 FROM intake_report
                            WHERE opened_at > greatest(%s, pg_postmaster_start_time()))"""
# The log's own order is by arrival, so the newest numbers hold the newest entries.
_NUMBERED = """SELECT EXISTS (SELECT 1 FROM audit_numbered n JOIN audit_entry e ON e.id = n.entry_id
               WHERE n.index > %s AND e.at > greatest(%s, pg_postmaster_start_time()))"""


def _yes(house: Installation, query: str, *values: object) -> bool:
    return house.one(query, *values) is True


def _strike(house: Installation, victim: str, chance: random.Random) -> str:
    """Send SIGKILL, in one of the ways that such a death can come; say which."""
    if victim == "postgresql":
        everybody = house.postgres()
        if not everybody:
            raise Trouble(f"{victim} was dead before it was killed.\n{house.last_words(60)}")
        alone = chance.random() < 0.5
        _end(everybody[:1] if alone else everybody)
        return "main process" if alone else "all processes"
    main, answering = house.process(victim), None
    if main is None:
        raise Trouble(f"{victim} was dead before it was killed.\n{house.last_words(60)}")
    if victim in ("public", "staff") and chance.random() < 0.5:
        answering = house.answering(victim)
    _end([answering or main])
    return "answering process" if answering else "main process"


def _end(pids: list[int]) -> None:
    """Kill the processes; the first one, which could start others, before the rest."""
    for at, pid in enumerate(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            if at == 0:
                raise
