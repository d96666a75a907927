"""The small world of these tests: Kenya's pack with its invented organisations and people."""

from dataclasses import dataclass

import pytest

from mlinzi.access.rules import Officer
from mlinzi.casework import acts
from mlinzi.casework.models import Case
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import Receipt
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.people import AMINA
from tests.world import WORKER, World, make_world, submit

NAIROBI = "nairobi"


@dataclass(frozen=True)
class Desk:
    """The world with shortcuts for what happens before a test's own story begins."""

    world: World

    def officer(self, who: str) -> Officer:
        return self.world.officer(who)

    def report(
        self, narrative: str = "Somebody in a game keeps asking for pictures.", **more: object
    ) -> Receipt:
        """A report through the door, opened by the worker."""
        receipt = submit(narrative, **{"area": NAIROBI, **more})  # type: ignore[arg-type]
        intake.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
        return receipt

    def case(self, narrative: str = "Somebody in a game keeps asking for pictures.", **more: object) -> Case:
        """A report that has become a case which waits in the queue."""
        self.report(narrative, **more)
        assert acts.triage_waiting(by=WORKER, now=more.get("at") or now()) == 1  # type: ignore[arg-type]
        return Case.objects.latest("opened_at")

    def taken(self, who: str = AMINA, **more: object) -> Case:
        """A case that somebody has taken."""
        case = self.case(**more)  # type: ignore[arg-type]
        return acts.take(case.number, by=self.officer(who), now=now())


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk(make_world("ke"))
