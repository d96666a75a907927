"""Six months of an invented nation: about 400 reports, each led through the same acts that real ones go
through.

Nothing is written past the acts: the demonstration's audit log reads like a real one, and a demonstration
that
cannot be loaded is a fault that tests would see.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from rich.progress import track

from mlinzi.access import reads as access
from mlinzi.casework import acts as casework
from mlinzi.casework.models import Case
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import Danger, Door, Submitted
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now as clock_now
from mlinzi.kernel.keyring import KeyRing, keyring
from mlinzi.site.demo.cast import load_cast
from mlinzi.site.demo.lives import Life, lead
from mlinzi.site.demo.plans import put_on_duty
from mlinzi.site.packs.schema import Pack

DAYS, SEED = 180, 2026
WORKER, REPORTER = Actor.process("worker"), Actor.reporter()


@dataclass(frozen=True)
class Told:
    """One invented report: when it comes, what it says, and what becomes of it."""

    at: datetime
    submitted: Submitted
    life: Life


def load_nation(pack: Pack, *, say: Callable[[str], None], reports: int) -> None:
    """Load the pack's invented organisations and people, and lead `reports` invented reports through the
    house.

    1. the cast, 2. reports in the order of time: received, opened by the worker, triaged, 3. what became of
    each.
    The same pack gives the same nation, apart from keys, receipts and today's date.
    """
    now = clock_now()
    begin = now - timedelta(days=DAYS + 7)
    cast = load_cast(pack, now=begin)
    people = [access.officer(person, now=begin) for person in cast.values()]
    say(f"Inventing a nation: {len(people)} people, {reports} reports over six months")
    keys = keyring()
    with _hurried():
        for told in track(list(invented(pack, reports, now)), description="  reports", transient=True):
            number = _arrive(told, keys)
            lead(number, told.life, people=people, since=told.at, until=now, keys=keys)
        put_on_duty(people, now=now)


@contextmanager
def _hurried() -> Iterator[None]:
    """Do not wait for the disk at each commit while inventing: what a power cut loses here is invented
    again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def invented(pack: Pack, count: int, now: datetime) -> Iterator[Told]:
    """Invented reports in the order of time, made from the pack's narratives with a fixed seed."""
    chance = random.Random(SEED)  # noqa: S311 - invents stories, guards nothing
    ages = [DAYS * chance.random() ** 1.15 for _ in range(count - count // 25)]
    ages += [chance.random() for _ in range(count // 25)]  # something for today's queue
    moments = sorted(now - timedelta(days=age, minutes=5) for age in ages)
    told_of = {narrative.category for narrative in pack.demo.narratives}
    categories = [c for c in pack.categories if c.id in told_of]
    weights = [1 if c.base_urgency == "high" else 4 for c in categories]
    areas = [place.id for place in pack.areas]
    for at in moments:
        category = chance.choices(categories, weights)[0].id
        language = chance.choice(pack.languages)
        texts = [n.text for n in pack.demo.narratives if n.category == category]
        account, app, link = _names(chance, pack)
        narrative = chance.choice(texts)[language].replace("{account}", account).replace("{app}", app)
        where = chance.choice(["", app, f"{app}, @{account}", link])
        danger = chance.choices([Danger.NO, Danger.UNKNOWN, Danger.YES], [70, 20, 10])[0]
        area = chance.choice([*areas, *_busy(pack), ""])
        submitted = Submitted(narrative, where, category, area, danger, language)
        yield Told(at, submitted, _life(chance, now - at))


def _names(chance: random.Random, pack: Pack) -> tuple[str, str, str]:
    """An account, an app and a link. One report in twelve names what others name too; the rest have their
    own."""
    account, app, link = (chance.choice(c) for c in (pack.demo.accounts, pack.demo.apps, pack.demo.links))
    if chance.random() > 1 / 12:
        number = chance.randrange(10**6)
        account, link = f"{account}_{number}", f"{link}/{number}"
    return account, app, link


def _busy(pack: Pack) -> list[str]:
    """Areas of the invented offices come more often, so that their officers have something to do."""
    return [area for organisation in pack.demo.organisations for area in organisation.areas] * 3


def _life(chance: random.Random, age: timedelta) -> Life:
    if age < timedelta(hours=30):
        return chance.choice([Life.NEW, Life.NEW, Life.TAKEN])
    if age < timedelta(days=12):
        return chance.choice(
            [Life.NEW, Life.TAKEN, Life.REFERRED, Life.REFERRED, Life.ACCEPTED, Life.ANSWERED]
        )
    lives = [
        Life.TAKEN,
        Life.REFERRED,
        Life.ACCEPTED,
        Life.DECLINED,
        Life.ANSWERED,
        Life.NOT_OURS,
        Life.HELPED,
    ]
    return chance.choices(lives, [2, 2, 6, 4, 10, 10, 66])[0]


def _arrive(told: Told, keys: KeyRing) -> str:
    """Receive a report, let the worker open and triage it, and return its case's number."""
    intake.receive(told.submitted, token=os.urandom(16), door=Door.WEB, by=REPORTER, now=told.at, keys=keys)
    intake.open_submissions(by=WORKER, now=told.at + timedelta(seconds=2), keys=keys, country_prefix="")
    casework.triage_waiting(by=WORKER, now=told.at + timedelta(seconds=4))
    return Case.objects.order_by("-opened_at").values_list("number", flat=True)[0]
