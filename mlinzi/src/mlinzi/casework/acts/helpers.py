"""Keep the directory true: tell, verify, ask."""

from datetime import datetime

from django.db import transaction

from mlinzi.access.rules import Officer
from mlinzi.casework import reads
from mlinzi.casework.acts.common import write_to
from mlinzi.directory import acts as directory
from mlinzi.directory.rules import Told
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.keyring import KeyRing


def tell_of_help(uuid: str, told: Told, *, by: Officer, now: datetime) -> None:
    """Write the entry of an organisation that the officer keeps. Raises `NotFound`, or `Refused`."""
    directory.tell(reads.helper_to_edit(uuid, by=by), told, by=by, now=now)


def verify_help(uuid: str, *, by: Officer, now: datetime) -> None:
    """Say that the entry of an organisation is still right. Raises `NotFound`, or `Refused`."""
    directory.verify(reads.helper_to_edit(uuid, by=by), by=by, now=now)


@transaction.atomic
def ask_about_entries(*, by: Actor, now: datetime, keys: KeyRing) -> int:
    """Ask about entries that nobody has called right for long: 1. find them, 2. note it, so that they are
    asked about again only after a month, 3. write one letter to each who keeps some of them. Returns how many
    entries were asked about.
    """
    houses = reads.entries_to_ask(now=now)
    people: set[tuple[str, str]] = set()
    for house in houses:
        people |= set(reads.keepers(house, now=now))
        directory.note_asked(house, by=by, now=now)
    if people:
        effect, page = f"entries:{now.isoformat()}", "/help/?stale=on"
        write_to(sorted(people), "entry.ask", effect, page, by=by, now=now, keys=keys)
    return len(houses)
