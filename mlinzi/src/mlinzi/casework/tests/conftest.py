"""The small world of these tests: Kenya's pack with its invented organisations and people, and shortcuts into
a story.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from mlinzi.access.rules import Officer
from mlinzi.casework import acts
from mlinzi.casework.acts import Wish
from mlinzi.casework.models import Case, Referral
from mlinzi.casework.rules import Basis, SecondKind, Shared
from mlinzi.intake import acts as intake
from mlinzi.intake.rules import Receipt, Status
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from tests.browsing import started_browser
from tests.people import ACHIENG, AMINA, WANJIKU
from tests.world import WORKER, World, make_world, open_box, pack_of, submit

TABLE = pack_of("ke").triage.table()
NAIROBI = "nairobi"
STORY = "Somebody in a game keeps asking for pictures and says he will tell my school."
OFFICE = "nairobi_childrens_office"
LAW = "children2022_s_8"


@dataclass(frozen=True)
class Desk:
    """The world with shortcuts for what happens before a test's own story begins."""

    world: World

    def officer(self, who: str) -> Officer:
        return self.world.officer(who)

    def house(self, name: str) -> str:
        return str(self.world.organisations[name].uuid)

    def report(self, narrative: str = STORY, **more: Any) -> Receipt:
        """A report through the door, opened by the worker."""
        receipt = submit(narrative, **{"area": NAIROBI, **more})
        intake.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
        return receipt

    def case(self, narrative: str = STORY, *, triaged_at: datetime | None = None, **more: Any) -> Case:
        """A report that has become a case which waits in the queue."""
        self.report(narrative, **more)
        assert acts.triage_waiting(by=WORKER, now=triaged_at or now()) == 1
        return Case.objects.latest("opened_at")

    def taken(self, who: str = AMINA, **more: Any) -> Case:
        """A case that somebody has taken."""
        return acts.take(self.case(**more).number, by=self.officer(who), now=now())

    def wish(self, to: str = OFFICE, service: str = "case_management", **more: Any) -> Wish:
        """A wish that stands on a provision of law; a test about grounds names another one."""
        chosen = {"shared": frozenset({Shared.WHAT_HAPPENED}), "basis": Basis.LAW, "provision": LAW, **more}
        return Wish(to=self.house(to), service=service, **chosen)

    def refer(self, case: Case, who: str = AMINA, *, at: datetime | None = None, **more: Any) -> Referral:
        """A referral of a case, with a form key of its own."""
        wish, key = self.wish(**more), secrets.token_bytes(16)
        return acts.refer(
            case.number, wish, form_key=key, by=self.officer(who), now=at or now(), keys=keyring()
        )

    def may_close(self, case: Case, who: str = AMINA, second: str = WANJIKU) -> None:
        """A second person agrees that a case of high risk ends."""
        look = acts.ask_second(
            case.number,
            SecondKind.CLOSE,
            "The child is safe.",
            form_key=secrets.token_bytes(16),
            by=self.officer(who),
            now=now(),
            keys=keyring(),
        )
        acts.decide_second(look.id, agree=True, words="", by=self.officer(second), now=now(), keys=keyring())

    def accepted(self, case: Case, who: str = ACHIENG) -> Referral:
        return acts.accept(self.refer(case).number, by=self.officer(who), now=now(), keys=keyring())


def status_of(receipt: Receipt) -> Status:
    """What the reporter reads when coming back with the number."""
    return open_box(receipt).status


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk(make_world("ke"))


@pytest.fixture
def live_desk(transactional_db: None) -> Desk:
    """The same with real commits, for stories in which two act at once."""
    return Desk(make_world("ke"))


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages go: a folder of the run, or the one that is asked for."""
    return Path(os.environ.get("MLINZI_PICTURES", tmp_path))
