"""Files of drafts that are never sent do not fill the disk; what a row waits for stays."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mlinzi.intake import jobs
from mlinzi.intake.acts import sweeping
from mlinzi.intake.models import Attachment
from mlinzi.intake.tests.visitor import Visitor
from mlinzi.kernel.clock import now
from mlinzi.vault.files import path_of
from tests.logbook import entries
from tests.world import WORKER

pytestmark = pytest.mark.django_db


def bring(visitor: Visitor) -> None:
    secret = visitor.secret()
    assert secret is not None
    file = SimpleUploadedFile(f"{os.urandom(4).hex()}.png", os.urandom(2000), "image/png")
    assert visitor.client.post(visitor.at("r/files/"), {"mark": secret.mark, "file": file}).status_code == 303


def bodies(door: Path) -> set[Path]:
    return {path for path in door.rglob("*") if path.is_file()}


def age(path: Path, hours: float) -> None:
    at = (now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (at, at), follow_symlinks=False)


def test_what_was_never_sent_goes_after_a_day_and_what_waits_stays(
    visitor: Visitor, door_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_AT_ONCE", 2)
    visitor.write()
    bring(visitor)
    visitor.send()
    (waits,) = bodies(door_folder)
    for _ in range(3):
        another = Visitor(type(visitor.client)(raise_request_exception=False))
        another.write()
        bring(another)
    unsent = sorted(bodies(door_folder) - {waits})
    part = unsent[0].with_name(".part-left")
    part.write_bytes(b"half")
    precious = tmp_path / "elsewhere" / unsent[0].parent.name / unsent[0].name
    precious.parent.mkdir(parents=True)
    precious.write_bytes(b"evidence")
    (door_folder / "zz").symlink_to(tmp_path / "elsewhere")
    link = path_of(door_folder, UUID(int=7))
    link.parent.mkdir(parents=True)
    link.symlink_to(precious)
    for path in (waits, *unsent[:2], part, precious, link):
        age(path, 25.1)
    age(unsent[2], 24.9)
    assert jobs.sweep_door() == 3
    assert bodies(door_folder) - {link} == {waits, unsent[2]}
    assert precious.read_bytes() == b"evidence"
    assert link.is_symlink()
    swept = [entry.details["files"] for entry in entries(action="vault.orphan.sweep")]
    assert sum(swept) == 3
    assert jobs.sweep_door() == 0
    Attachment.objects.update(adopted_at=now())  # it lies in the vault, and a kill left this one
    assert jobs.sweep_door() == 1


def test_a_sweep_is_bounded_and_goes_on_where_it_stopped(
    door_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_AT_ONCE", 2)
    for at in range(7):
        body = path_of(door_folder, UUID(int=at))
        body.parent.mkdir(parents=True, exist_ok=True)
        body.write_bytes(b"x")
        age(body, 26)
    rounds = []
    while done := sweeping.sweep_door(door=door_folder, by=WORKER, now=now(), limit=4):
        rounds.append(done)
    assert rounds == [4, 3]
    assert sweeping.sweep_door(door=door_folder / "none", by=WORKER, now=now()) == 0
