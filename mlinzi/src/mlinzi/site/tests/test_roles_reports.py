"""The staff process takes a report out of a case with its own rights and keys; the public one cannot."""

from pathlib import Path

import pytest
from django.db import ProgrammingError, transaction

from mlinzi.casework import acts
from mlinzi.casework.models import Case, CaseReport
from mlinzi.intake import acts as intake
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from tests.people import AMINA
from tests.world import WORKER, make_world, submit

SAME = "Somebody who says that he is a coach writes to the girls of our team every night."


@pytest.mark.django_db
def test_a_report_is_taken_out_by_the_staff_process_alone(tmp_path: Path) -> None:
    world = make_world("ke")
    ensure_roles(tmp_path / "keys", owner_url())
    for _ in range(5):
        submit(SAME, area="nairobi")
    intake.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="254")
    with acting_as(Process.WORKER):
        acts.triage_waiting(by=WORKER, now=now())
    case = max(Case.objects.all(), key=lambda case: case.reports.count())
    assert case.reports.count() == 3
    link, amina = case.reports.latest("report__received_at"), world.officer(AMINA)
    with acting_as(Process.STAFF):
        own = acts.take_apart(case.number, link.report_id, by=amina, now=now())
    assert CaseReport.objects.get(pk=link.pk).case == own
    for process in (Process.PUBLIC, Process.WORKER):
        with acting_as(process), pytest.raises(ProgrammingError), transaction.atomic():
            CaseReport.objects.filter(pk=link.pk).update(case=case)
