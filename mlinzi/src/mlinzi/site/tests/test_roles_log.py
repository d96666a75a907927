"""No process speaks in the log for somebody whom it cannot speak for: the server is asked."""

from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from mlinzi.audit import acts as audit
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.clock import now
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from tests.tables import Entry

PERSON = Actor(ActorKind.PERSON, "0190f5c4-0000-7000-8000-000000000001", "an organisation")
ACTORS = {
    "reporter": Actor.reporter(),
    "reporter of a house": Actor(ActorKind.REPORTER, "-", "an organisation"),
    "named reporter": Actor(ActorKind.REPORTER, "somebody"),
    "person": PERSON,
    "guest": Actor.guest("referral:0190f5c4-0000-7000-8000-000000000001", "an organisation"),
    "guest of nobody": Actor.guest("referral:0190f5c4-0000-7000-8000-000000000001", ""),
    "named guest": Actor.guest("somebody", "an organisation"),
    **{name: Actor.process(name) for name in ("owner", "staff", "worker", "sequencer")},
}
SPEAKS_FOR = {
    Process.PUBLIC: {"reporter"},
    Process.STAFF: {"person", "staff", "guest"},
    Process.WORKER: {"worker"},
    Process.SEQUENCER: set(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("process", SPEAKS_FOR)
def test_a_process_speaks_for_its_own_actors_and_for_nobody_else(process: Process, tmp_path: Path) -> None:
    ensure_roles(tmp_path, owner_url())
    spoke = set()
    for name, actor in ACTORS.items():
        try:
            with transaction.atomic(), acting_as(process):
                audit.record("casework.case.open", "casework.case", 1, by=actor, now=now())
        except DatabaseError:
            continue
        spoke.add(name)
    assert spoke == SPEAKS_FOR[process]
    assert Entry.objects.filter(action="casework.case.open").count() == len(spoke)


@pytest.mark.django_db
def test_the_owner_of_the_machine_may_bring_back_every_entry() -> None:
    for actor in ACTORS.values():
        audit.record("test.thing.do", "test.thing", 1, by=actor, now=now())
    assert Entry.objects.filter(action="test.thing.do").count() == len(ACTORS)
