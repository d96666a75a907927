"""A small installation with a story in it, told and looked at by a program of its own.

    … tell        make the installation of MLINZI_STATE and lead two reports through it
    … look N N    what is there, with two receipts in hand
    … take-in     take in what waits at the door, and show it
    … number      number what waits in the audit log and sign its head
    … sql TEXT    run a statement past all triggers, as a hurried hand would; its rows

where … is ``python -m mlinzi.site.tests.story``. Each prints one JSON object. It runs apart from the tests,
as another machine would.
"""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from mlinzi.site.environment import state_folder
from mlinzi.site.installing import existing, install, owner_connection

PACK = Path(__file__).parents[5] / "packs" / "xx"
NARRATIVES = ("Canary Wagtail wrote to my sister.", "Canary Bunting asks for pictures in a game.")
ANSWER, FILE, FILE_NAME = "Canary Siskin will call you.", b"canary goldcrest " * 5000, "canary-dunnock.txt"
WAITS, WAITS_NAME = b"canary nightjar " * 5000, "canary-whimbrel.txt"
CANARIES = ("Wagtail", "Bunting", "Siskin", "goldcrest", "dunnock", "nightjar", "whimbrel")


def tell() -> dict[str, Any]:
    """Make the installation; return the receipts and the id of the stored file."""
    state = state_folder()
    with owner_connection(state) as owner_url:
        install(state, owner_url, PACK, reports=None, say=lambda line: None)
        from django.conf import settings
        from django.db import transaction

        from mlinzi.casework.acts import triage_waiting
        from mlinzi.intake import acts as intake
        from mlinzi.intake.models import Report
        from mlinzi.intake.rules import Danger, Door, Submitted
        from mlinzi.kernel.actors import Actor
        from mlinzi.kernel.clock import now
        from mlinzi.kernel.keyring import keyring
        from mlinzi.vault import acts as vault

        keys, worker, reporter = keyring(), Actor.process("worker"), Actor.reporter()
        receipts = [
            intake.receive(
                Submitted(text, "", "", "", Danger.NO, "en"),
                token=bytes([number]) * 16, door=Door.WEB, by=reporter, now=now(), keys=keys,
            )
            for number, text in enumerate(NARRATIVES)
        ]  # fmt: skip
        intake.open_submissions(by=worker, now=now(), keys=keys, country_prefix="")
        triage_waiting(by=worker, now=now())
        report = Report.objects.order_by("received_at").first()
        assert report is not None
        intake.tell(report.id, ANSWER, by=worker, now=now(), keys=keys)
        file = vault.seal_file(
            [FILE], FILE_NAME, "intake.report", report.id,
            folder=settings.VAULT, by=worker, now=now(), keys=keys,
        )  # fmt: skip
        with transaction.atomic():
            vault.store_file(file, by=worker, now=now())
        leave_at_the_door(report.submission_id)
        return {"receipts": [receipt.digits for receipt in receipts], "file": str(file.id)}


def leave_at_the_door(submission_id: UUID) -> None:
    """A file that came with a report and that the worker has not taken in yet."""
    from django.conf import settings

    from mlinzi.intake.models import Attachment
    from mlinzi.kernel.clock import now
    from mlinzi.kernel.keyring import keyring
    from mlinzi.vault import acts as vault
    from mlinzi.vault.uploads import SealedAtTheDoor

    door = SealedAtTheDoor(folder=settings.DOOR, keys=keyring())
    door.new_file("file", WAITS_NAME, "text/plain", None)
    door.receive_data_chunk(WAITS, 0)
    door.file_complete(len(WAITS))
    door.upload_complete()
    file = door.taken
    assert file is not None
    Attachment.objects.create(
        id=file.id, submission_id=submission_id, header=file.header, size=file.size,
        meta=vault.meta_of(file, keys=keyring()), cipher_sha256=file.cipher_sha256, sent_at=now(),
    )  # fmt: skip


def take_in() -> dict[str, Any]:
    """Do the worker's part for the files that wait at the door; what they are, in clear."""
    with existing(state_folder()):
        from django.conf import settings
        from django.db import transaction

        from mlinzi.access.rules import Officer, Relation, Right, Scope
        from mlinzi.intake.models import Attachment
        from mlinzi.kernel.actors import Actor, ActorKind
        from mlinzi.kernel.clock import now
        from mlinzi.kernel.keyring import keyring
        from mlinzi.vault import acts as vault
        from mlinzi.vault.models import StoredFile

        keys, worker = keyring(), Actor.process("worker")
        anybody = Officer(ActorKind.PERSON, "test", rights=frozenset({Right("test.open", Scope.NATIONAL)}))
        files = []
        for waiting in Attachment.objects.filter(adopted_at=None):
            with transaction.atomic():
                vault.adopt(
                    file_id=waiting.id, header=bytes(waiting.header), meta=bytes(waiting.meta),
                    size=waiting.size, cipher_sha256=bytes(waiting.cipher_sha256),
                    subject_type="intake.report", subject_id="taken in", door=settings.DOOR,
                    vault=settings.VAULT, by=worker, now=now(), keys=keys,
                )  # fmt: skip
                Attachment.objects.filter(id=waiting.id).update(adopted_at=now())
            opened = vault.open_file(
                StoredFile.objects.get(id=waiting.id), action="test.open", relation=Relation(),
                purpose="test", folder=settings.VAULT, by=anybody, now=now(), keys=keys,
            )  # fmt: skip
            files.append([opened.name, opened.data.decode()])
        return {"files": files}


def look(receipts: list[str]) -> dict[str, Any]:
    """What is there: rows of each table, both mailboxes, the narratives and the file in clear."""
    with existing(state_folder()):
        from django.conf import settings
        from django.db import connection, transaction

        from mlinzi.access.rules import Officer, Relation, Right, Scope
        from mlinzi.intake import acts, reads
        from mlinzi.intake.models import Report
        from mlinzi.intake.rules import DraftKind, read_receipt
        from mlinzi.kernel.actors import Actor, ActorKind
        from mlinzi.kernel.clock import now
        from mlinzi.kernel.keyring import keyring
        from mlinzi.vault import acts as vault
        from mlinzi.vault.models import StoredFile

        keys, worker = keyring(), Actor.process("worker")
        with connection.cursor() as cursor:
            rows = {}
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - the database's own names
                rows[table] = cursor.fetchone()[0]
        boxes = []
        for digits in receipts:
            receipt = read_receipt(digits)
            assert receipt is not None
            with transaction.atomic():  # coming back writes that somebody was there; a look leaves nothing
                secret = acts.come_back(receipt, "en", now=now(), keys=keys)
                visit = reads.draft_of(secret, DraftKind.VISIT, now=now())
                assert visit is not None
                boxes.append([told.text for told in reads.box_view(visit, now=now()).answers])
                transaction.set_rollback(True)
        narratives = sorted(
            vault.open_for_work(reads.sealed_texts(report)[0], by=worker, now=now(), keys=keys)
            for report in Report.objects.all()
        )
        anybody = Officer(ActorKind.PERSON, "test", rights=frozenset({Right("test.open", Scope.NATIONAL)}))
        opened = vault.open_file(
            StoredFile.objects.exclude(subject_id="taken in").get(), action="test.open",
            relation=Relation(), purpose="test",
            folder=settings.VAULT, by=anybody, now=now(), keys=keys,
        )  # fmt: skip
        file = [opened.name, opened.data.decode()]
        return {"rows": rows, "boxes": boxes, "narratives": narratives, "file": file}


def number() -> dict[str, Any]:
    """Do the sequencer's work once."""
    with existing(state_folder()):
        from django.conf import settings

        from kinga import auditlog
        from mlinzi.audit.sequencer import Sequencer
        from mlinzi.kernel.clock import now

        signer = auditlog.Ed25519Signer.from_file(settings.KEYS / "sequencer" / "log.key")
        sequencer = Sequencer(signer, signer.verifier)
        assert sequencer.take_office()
        numbered = sequencer.number()
        sequencer.sign_head(now=now(), force=True)
        return {"numbered": numbered}


def run(statement: str) -> dict[str, Any]:
    """Run a statement as the owner, with triggers off."""
    with existing(state_folder()):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement)
            return {"rows": [list(row) for row in cursor.fetchall()] if cursor.description else []}


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    match what:
        case "tell":
            told = tell()
        case "look":
            told = look(given)
        case "number":
            told = number()
        case "take-in":
            told = take_in()
        case _:
            told = run(*given)
    print(json.dumps(told))  # noqa: T201
