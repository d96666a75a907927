"""A reporter's file goes from the public site to an officer, each process with its own rights and keys."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, close_old_connections, transaction
from django.urls import reverse

from kinga import envelope
from mlinzi.access.rules import Officer, Relation, Right, Scope
from mlinzi.intake.models import Attachment, Submission
from mlinzi.kernel.actors import Actor, ActorKind
from mlinzi.kernel.clock import now
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.vault import acts as vault
from mlinzi.vault import reads
from mlinzi.vault.rules import FILE, DoorFile, context_of
from mlinzi.vault.uploads import SealedAtTheDoor

pytestmark = pytest.mark.django_db
PICTURE = b"canary nightjar " * 90_000
WORKER = Actor.process("worker")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    ensure_roles(tmp_path / "keys", owner_url())
    return tmp_path


def left_by_the_public_site(house: Path) -> Attachment:
    """A file and its row, as the door writes them."""
    with SealedAtTheDoor(folder=house / "door", keys=keyring()) as door:
        door.new_file("file", "whimbrel.png", "image/png", None)
        door.receive_data_chunk(PICTURE, 0)
        door.file_complete(len(PICTURE))
        door.upload_complete()
    file = door.taken
    assert file is not None
    submission = Submission(id=new_id(), key_digest=os.urandom(32), door="web", received_at=now())
    submission.sealed = b"sealed"
    submission.save(force_insert=True)
    return row_of(file, submission)


def row_of(file: DoorFile, submission: Submission) -> Attachment:
    row = Attachment(id=file.id, submission=submission, size=file.size, sent_at=now())
    row.header, row.cipher_sha256 = file.header, file.cipher_sha256
    row.meta = vault.meta_of(file, keys=keyring())
    row.save(force_insert=True)
    return row


def taken_in(row: Attachment, house: Path) -> None:
    with transaction.atomic():
        vault.adopt(
            file_id=row.id, header=bytes(row.header), meta=bytes(row.meta), size=row.size,
            cipher_sha256=bytes(row.cipher_sha256), subject_type="intake.report", subject_id="1",
            door=house / "door", vault=house / "vault", by=WORKER, now=now(), keys=keyring(),
        )  # fmt: skip


def read_by_an_officer(row: Attachment, house: Path) -> vault.OpenedFile:
    right = frozenset({Right("test.file", Scope.NATIONAL)})
    return vault.open_file(
        reads.file_of("intake.report", "1", row.id), action="test.file", relation=Relation(),
        purpose="reading", folder=house / "vault", by=Officer(ActorKind.PERSON, "ada", rights=right),
        now=now(), keys=keyring(),
    )  # fmt: skip


def cannot_open(row: Attachment) -> None:
    context = context_of(FILE, row.id, "body")
    with pytest.raises(envelope.NotForUs):
        envelope.rewrap(bytes(row.header), keys=keyring().holder, to=[], context=context)


def test_each_process_does_its_part_and_no_other(house: Path) -> None:
    with acting_as(Process.PUBLIC):
        row = left_by_the_public_site(house)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Attachment.objects.get(id=row.id)  # it cannot even look at what it wrote
        cannot_open(row)
        with pytest.raises(DatabaseError, match="permission denied"):
            taken_in(row, house)
    with acting_as(Process.STAFF):
        cannot_open(row)  # the door's key is the worker's alone, and so is its name in the log
        with pytest.raises(DatabaseError, match="cannot speak for this actor"):
            taken_in(row, house)
    with acting_as(Process.WORKER):
        taken_in(row, house)
    with acting_as(Process.STAFF):
        opened = read_by_an_officer(row, house)
    assert (opened.name, opened.data) == ("whimbrel.png", PICTURE)
    for body in (path for path in house.rglob("*") if path.is_file()):
        assert b"nightjar" not in body.read_bytes()


def test_no_process_spools_an_upload_to_a_file() -> None:
    """What a page does not foresee is thrown away at the public site, and stays in memory at the other."""
    asked = "from django.conf import settings; print(*settings.FILE_UPLOAD_HANDLERS)"
    said = {}
    for process in ("public", "staff"):
        environment = {
            **os.environ,
            "MLINZI_PROCESS": process,
            "DJANGO_SETTINGS_MODULE": "mlinzi.site.settings",
        }
        done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True)
        said[process] = done.stdout.split()
    assert said == {
        "public": ["mlinzi.vault.uploads.NoFiles"],
        "staff": ["mlinzi.vault.uploads.InMemoryOnly"],
    }


@pytest.fixture
def connection_stays() -> Iterator[None]:
    """A request would close the connection that holds this test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("connection_stays")
def test_what_the_server_calls_refuses_a_body_that_was_cut() -> None:
    from mlinzi.site.wsgi import application  # loads the whole site

    answers: list[str] = []

    def answered(status: str, headers: Any, error: Any = None) -> None:
        answers.append(status)

    whole = b"login=ada%40example.org&password=x"
    for body in (whole, whole[:10]):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": reverse("account_login"),
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(whole)),
            "HTTP_COOKIE": "mlinzi_form=" + "a" * 32,
            "wsgi.input": io.BytesIO(body),
        }
        list(application(environ, answered))
    assert answers == ["403 Forbidden", "400 Bad Request"]
