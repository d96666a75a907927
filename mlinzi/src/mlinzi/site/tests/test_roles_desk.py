"""The staff process writes down what a caller tells, and counts, with its own rights and keys only."""

import re
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from pytest_django import Settings

from kinga import envelope
from mlinzi.casework.models import Case
from mlinzi.directory import reads as directory
from mlinzi.intake import reads
from mlinzi.intake.models import Submission
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.site.worker import BEATS
from mlinzi.vault.rules import context_of
from tests.world import World, make_world, sign_in

NEW, CONTACTS = "/reports/new/", "/contacts/"
TOLD = {"source": "phone", "spoken": "sw", "consent": "given", "story": "A caller tells of a man in a game."}


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Settings) -> World:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.VAULT = tmp_path / "vault"
    made = make_world("ke")
    ensure_roles(tmp_path / "keys", owner_url())
    return made


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_report_goes_in_and_the_staff_process_cannot_read_it_back(world: World) -> None:
    neema = Client()
    sign_in(neema, world.people["neema"])
    with acting_as(Process.STAFF):
        form = {**TOLD, "token": hidden(neema.get(NEW).content.decode(), "token")}
        answers = [neema.post(NEW, form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        submission = Submission.objects.get()
        sealed = bytes(submission.sealed)
        context = context_of("intake.submission", submission.id, "all")
        with pytest.raises(envelope.NotForUs):
            envelope.open_sealed(sealed, keys=keyring().holder, context=context)
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE intake_submission SET sealed = ''")
    with acting_as(Process.WORKER):
        assert TOLD["story"].encode() in envelope.open_sealed(sealed, keys=keyring().holder, context=context)
        for beat in BEATS:
            beat.work()
    assert Case.objects.count() == 1


def test_contacts_are_counted_and_taken_back(world: World) -> None:
    neema = Client()
    sign_in(neema, world.people["neema"])
    with acting_as(Process.STAFF):
        for button, left in (("count", 1), ("count", 2), ("back", 1)):
            once = hidden(neema.get(CONTACTS).content.decode(), "once")
            assert neema.post(CONTACTS, {"once": once, button: "silent"}).status_code == 303
            house, day = world.officer("neema").organisation, directory.local_day(now())
            today = reads.contacts_by_day(house, until=day)[0]
            assert today.total == left
