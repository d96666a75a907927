"""The worker sweeps the door with the rights that it has."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings

from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.site.worker import BEATS
from mlinzi.vault.files import path_of

pytestmark = pytest.mark.django_db


def test_the_worker_sweeps_the_door_twice_an_hour(settings: Settings, tmp_path: Path) -> None:
    ensure_roles(tmp_path / "keys", owner_url())
    settings.DOOR = tmp_path / "door"
    body = path_of(settings.DOOR, UUID(int=1))
    body.parent.mkdir(parents=True)
    body.write_bytes(b"never sent")
    [beat] = (beat for beat in BEATS if beat.name == "intake.sweep_door")
    assert beat.cron == "*/30 * * * *"
    with acting_as(Process.WORKER):
        assert beat.work() == 0, "its form is perhaps not sent yet"
        os.utime(body, (0, 0))
        assert (beat.work(), beat.work()) == (1, 0)
    assert not body.exists()
