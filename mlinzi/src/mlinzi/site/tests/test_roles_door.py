"""The whole way at the door with the rights and keys of the public site alone, and what it cannot do."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from kinga import envelope
from mlinzi.intake import acts
from mlinzi.intake.models import Attachment, Draft, Submission, Word
from mlinzi.intake.tests.test_acts import open_all
from mlinzi.intake.tests.visitor import CHILD, Visitor
from mlinzi.intake.web import common
from mlinzi.kernel.clock import now
from mlinzi.kernel.keyring import keyring
from mlinzi.site.environment import Process
from mlinzi.site.roles import ensure_roles
from mlinzi.site.tests.acting import acting_as, owner_url
from mlinzi.vault import acts as vault
from mlinzi.vault.rules import SealedText
from tests.world import WORKER, make_country

pytestmark = pytest.mark.django_db
REFUSED = [
    "SELECT sealed FROM intake_submission", "SELECT * FROM intake_report", "SELECT * FROM intake_attachment",
    "UPDATE intake_submission SET sealed = ''", "DELETE FROM intake_submission", "DELETE FROM intake_word",
    "UPDATE intake_word SET sealed = ''", "UPDATE intake_mailbox SET status = 'closed'",
    "DELETE FROM intake_mailbox", "INSERT INTO intake_message SELECT * FROM intake_message",
    "UPDATE intake_formpage SET ask = '{}'", "SELECT * FROM casework_case", "SELECT * FROM vault_storedfile",
    "SELECT * FROM access_person",
]  # fmt: skip


@pytest.fixture
def door_folder(tmp_path: Path, settings: Settings) -> Path:
    """Where the door lays files."""
    settings.DOOR = tmp_path / "door"
    return tmp_path / "door"


@pytest.fixture
def roles(db: None, tmp_path: Path, settings: Settings) -> None:
    """The public site of Kenya as MLINZI_PROCESS=public sets it up, and every process's role."""
    settings.ROOT_URLCONF = "mlinzi.site.urls_public"
    settings.MIDDLEWARE = settings.PUBLIC_MIDDLEWARE
    for memory in (common.LAST, common.FLOOD, common.GUESSES):
        memory.forget()
    make_country("ke", demonstration=False)
    ensure_roles(tmp_path / "keys", owner_url())


def bring(visitor: Visitor, rest: str, cookie: str) -> int:
    secret = visitor.secret(cookie)
    assert secret is not None
    file = SimpleUploadedFile("chat.png", b"x" * 5_000, "image/png")
    return visitor.client.post(visitor.at(rest), {"mark": secret.mark, "file": file}).status_code


def test_everything_at_the_door_works_with_the_rights_of_the_public_site(
    roles: None, door_folder: Path, tmp_path: Path
) -> None:
    with acting_as(Process.PUBLIC):
        visitor = Visitor(Client())
        visitor.walk({**CHILD, "channel": "sms", "address": "0700 000 001"})
        assert bring(visitor, "r/files/", "k") == 303
        receipt = visitor.send()
        assert visitor.confirm(receipt).status_code == 303
        visitor.begin()
        assert visitor.post("leave/", {}).status_code == 303
        assert visitor.client.post("/en/back/", {"number": "0" * 16}).status_code == 404
        visitor.come_back(receipt)
        assert receipt.shown in visitor.box()
        assert visitor.say("One thing more.").status_code == 303
        assert visitor.post("box/contact/", {"channel": "never", "once": "1"}, cookie="b").status_code == 303
        assert visitor.post("box/stop/", {}, cookie="b").status_code == 303
        assert bring(visitor, "box/files/", "b") == 303
        assert visitor.post("leave/", {"to": "start"}).status_code == 303
    assert not Draft.objects.exists()
    with acting_as(Process.WORKER):
        assert open_all() == 1
        assert acts.take_words(by=WORKER, now=now(), keys=keyring(), country_prefix="254") == 4
        assert acts.adopt_files(by=WORKER, now=now(), keys=keyring(), door=door_folder, folder=tmp_path) == 2
        assert acts.sweep(now=now()) == 0
    assert not Word.objects.exclude(failed_at=None).exists()
    assert not Attachment.objects.filter(adopted_at=None).exists()


def test_the_public_site_can_neither_read_nor_change_what_it_took_in(roles: None) -> None:
    with acting_as(Process.PUBLIC):
        Visitor(Client()).tell()
        for statement in REFUSED:
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
    assert Submission.objects.count() == 1


def test_the_public_site_cannot_open_a_word_that_it_sealed(roles: None) -> None:
    with acting_as(Process.PUBLIC):
        visitor = Visitor(Client())
        visitor.come_back(visitor.tell())
        visitor.say("One thing more.")
        visitor.post("leave/", {})
        word, its_keys = Word.objects.get(), keyring()
        thing = SealedText("intake.word", str(word.id), "text", bytes(word.sealed))
    with pytest.raises(envelope.NotForUs):
        vault.open_for_work(thing, by=WORKER, now=now(), keys=its_keys)
    assert vault.open_for_work(thing, by=WORKER, now=now(), keys=keyring()) == "One thing more."
