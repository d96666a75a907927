"""`mlinzi fsck` finds what does not fit, names it, and takes away only what nothing names."""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from mlinzi.access.models import Credential, Person
from mlinzi.access.reads import Program
from mlinzi.audit import acts as audit
from mlinzi.audit.models import Entry
from mlinzi.casework import acts
from mlinzi.casework.acts import Wish
from mlinzi.casework.models import Case
from mlinzi.casework.rules import Basis, Shared
from mlinzi.deadlines import acts as deadlines
from mlinzi.directory.models import Organisation
from mlinzi.industry.models import Order
from mlinzi.intake import acts as intake
from mlinzi.intake.models import Attachment, Submission
from mlinzi.kernel.clock import now
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.keyring import keyring
from mlinzi.site.fsck import (
    SHOWN,
    Trouble,
    door_troubles,
    foreign_troubles,
    link_troubles,
    orphan_troubles,
    orphans,
    record_troubles,
    sweep,
    troubles,
    vault_troubles,
)
from mlinzi.site.fsck_questions import QUESTIONS
from mlinzi.site.showing import unwatched
from mlinzi.vault import acts as vault
from mlinzi.vault.files import ForeignBody, path_of
from mlinzi.vault.models import StoredFile
from mlinzi.vault.rules import DoorFile
from mlinzi.vault.tests.test_door import within
from mlinzi.vault.uploads import SealedAtTheDoor
from tests.world import OWNER, WORKER, World, make_world, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> None:
    """One report that has become a case, with a referral that waits for its answer."""
    world = make_world("xx")
    submit("Canary Wagtail wrote to my sister.")
    intake.open_submissions(by=WORKER, now=now(), keys=keyring(), country_prefix="")
    acts.triage_waiting(by=WORKER, now=now())
    mirren, number = world.officer("mirren"), Case.objects.get().number
    acts.take(number, by=mirren, now=now())
    wardens = str(world.organisations["east_wardens"].uuid)
    wish = Wish(wardens, "protection", frozenset({Shared.RECEIVED}), Basis.LAW, provision="harbour_code_4")
    acts.refer(number, wish, form_key=b"x", by=mirren, now=now(), keys=keyring())
    ordered(world)


def ordered(world: World) -> None:
    """An order about the case that waits for an answer."""
    order = Order(
        kind="preserve", state="sent", case=Case.objects.get(), basis="harbour_code_4", reference="7",
        organisation=world.organisations["east_wardens"], provider=world.organisations["tide_lines"],
        until=now().date(), drafted_by=world.people["mirren"], drafted_at=now(), sent_at=now(), scope=b"x",
        form_key=b"x",
    )  # fmt: skip
    order.save(force_insert=True)
    audit.record("industry.order.draft", "industry.order", order.id, by=OWNER, now=now())
    subject = deadlines.Subject("industry.order", str(order.id))
    deadlines.start(subject, "order", risk="low", service="", by=OWNER, now=now())


def run(*statements: str) -> None:
    """SQL past all triggers and links, as a damaged disk or a hurried hand would do it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked, before it is broken
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def kinds(found: Iterable[Trouble]) -> set[str]:
    return {trouble.kind for trouble in found}


def records() -> set[str]:
    return kinds(record_troubles(now=now(), watch=unwatched))


def test_a_whole_installation_has_no_trouble(house: None, tmp_path: Path) -> None:
    vault, door = tmp_path / "vault", tmp_path / "door"
    at_the_door(door)
    assert list(troubles(vault, door, now=now(), watch=unwatched)) == []
    assert orphans(vault, door, now=now()) == []


DAMAGE = {
    "submission-unrecorded": "DELETE FROM audit_entry WHERE action = 'intake.submission.receive'",
    "report-unrecorded": "DELETE FROM audit_entry WHERE action = 'intake.report.make'",
    "case-unrecorded": "DELETE FROM audit_entry WHERE action = 'casework.case.make'",
    "referral-unrecorded": "DELETE FROM audit_entry WHERE action = 'casework.referral.make'",
    "attachment-lost": """INSERT INTO intake_attachment
        (id, submission_id, header, meta, size, cipher_sha256, sent_at, adopted_at, failure)
        SELECT gen_random_uuid(), id, '', '', 1, '', now(), now(), '' FROM intake_submission""",
    "report-lost": "DELETE FROM intake_report",
    "mailbox-state": "UPDATE intake_mailbox SET status = 'forgotten'",
    "case-lost": "DELETE FROM casework_casereport",
    "case-empty": "DELETE FROM casework_casereport",
    "case-twice": "UPDATE intake_report SET has_case = false",
    "case-state": "UPDATE casework_case SET state = 'lost'",
    "case-end": "UPDATE casework_case SET closed_at = now()",
    "case-referred": "UPDATE casework_case SET state = 'open'",
    "case-unwatched": "UPDATE casework_case SET state = 'new'",
    "referral-state": "UPDATE casework_referral SET state = 'lost'",
    "referral-end": "UPDATE casework_referral SET ended_at = now()",
    "referral-unwatched": "UPDATE deadlines_deadline SET closed_at = now() WHERE kind = 'referral'",
    "order-unrecorded": "DELETE FROM audit_entry WHERE action = 'industry.order.draft'",
    "order-unwatched": "UPDATE deadlines_deadline SET closed_at = now() WHERE kind = 'order'",
    "entry-unnumbered": "DELETE FROM audit_waiting",
    "entry-lost": "INSERT INTO audit_waiting VALUES (gen_random_uuid(), 9999)",
    "entry-old": "UPDATE audit_entry SET at = at - interval '2 hours'",
}


def test_a_companys_report_is_no_trouble(house: None) -> None:
    company, keys = Organisation.objects.get(pack_id="tide_lines"), keyring()
    row = Credential.objects.create(
        login="live-x", secret_digest=b"x", organisation=company, live=True, given_at=now(),
        given_by=Person.objects.get(name__startswith="Mirren"),
    )  # fmt: skip
    program = Program(row.id, row.login, str(company.uuid), company.name, live=True)
    intake.submit_many([{"additionalInfo": "Seen."}], by=program, now=now(), keys=keys)
    assert intake.take_provider_reports(by=WORKER, now=now(), keys=keys, country_prefix="") == 1
    acts.triage_waiting(by=WORKER, now=now())
    assert Case.objects.count() == 2
    assert records() == set()


def test_every_question_is_asked_in_these_tests() -> None:
    assert {question.kind for question in QUESTIONS} == set(DAMAGE)


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_damage_to_records_is_found(house: None, kind: str) -> None:
    assert records() == set()
    run(DAMAGE[kind])
    assert kind in records()


def test_many_troubles_of_a_kind_are_counted_and_say_nothing_about_anybody(house: None) -> None:
    for _ in range(SHOWN + 4):
        submit("Canary Wagtail wrote to my sister.")
    run("DELETE FROM audit_entry WHERE action = 'intake.submission.receive'")
    found = [t for t in record_troubles(now=now(), watch=unwatched) if t.kind == "submission-unrecorded"]
    assert len(found) == SHOWN + 1
    assert found[-1].sentence == "More of this kind (submission-unrecorded): 5."
    assert not any("Wagtail" in trouble.sentence for trouble in found)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "DELETE FROM intake_submission",
            "Rows of intake_report that name a row of intake_submission which is gone: 1.",
        ),
        (
            "DELETE FROM intake_submission",
            "Rows of intake_mailbox that name a row of intake_submission which is gone: 1.",
        ),
        (
            "DELETE FROM casework_case",
            "Rows of casework_referral that name a row of casework_case which is gone: 1.",
        ),
    ],
)
def test_rows_that_name_a_row_that_is_gone_are_found(house: None, damage: str, sentence: str) -> None:
    assert list(link_troubles(watch=unwatched)) == []
    run(damage)
    assert sentence in [trouble.sentence for trouble in link_troubles(watch=unwatched)]


# -- the vault ---------------------------------------------------------------------------------------------


def stored(folder: Path, *, named: bool = True) -> StoredFile:
    """A sealed file in the vault; without a name, as a kill before the transaction leaves it."""
    file = vault.seal_file([b"content"], "a.txt", "x", 1, folder=folder, by=WORKER, now=now(), keys=keyring())
    if named:
        vault.store_file(file, by=WORKER, now=now())
    return file


def age(path: Path, hours: float) -> None:
    at = (now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (at, at))


def test_sealed_files_are_compared_with_what_was_stored(tmp_path: Path) -> None:
    whole, changed, gone = (stored(tmp_path) for _ in range(3))
    assert list(vault_troubles(tmp_path, watch=unwatched)) == []
    body = path_of(tmp_path, changed.id)
    data = bytearray(body.read_bytes())
    data[3] ^= 1
    body.write_bytes(data)
    path_of(tmp_path, gone.id).unlink()
    found = {trouble.kind: trouble.sentence for trouble in vault_troubles(tmp_path, watch=unwatched)}
    assert set(found) == {"file-damaged", "file-lost"}
    assert str(changed.id) in found["file-damaged"]
    assert str(gone.id) in found["file-lost"]
    assert not any(str(whole.id) in sentence for sentence in found.values())


# -- the door ----------------------------------------------------------------------------------------------


def at_the_door(door: Path, *, named: bool = True) -> DoorFile:
    """A file that the public site has sealed; without a name, as a form that was never sent leaves it."""
    handler = SealedAtTheDoor(folder=door, keys=keyring())
    handler.new_file("file", "a.txt", "text/plain", None)
    handler.receive_data_chunk(b"content", 0)
    handler.file_complete(7)
    handler.upload_complete()
    file = handler.taken
    assert file is not None
    if named:
        submission = Submission.objects.first() or Submission.objects.get(id=submitted())
        meta = vault.meta_of(file, keys=keyring())
        Attachment.objects.create(
            id=file.id, submission=submission, header=file.header, meta=meta, size=file.size,
            cipher_sha256=file.cipher_sha256, sent_at=now(),
        )  # fmt: skip
    return file


def submitted() -> UUID:
    submission = Submission(id=new_id(), key_digest=os.urandom(32), door="web", received_at=now())
    submission.sealed = b"sealed"
    submission.save()
    return submission.id


def taken_in(file: DoorFile, folder: Path, door: Path) -> None:
    row = Attachment.objects.get(id=file.id)
    vault.adopt(
        file_id=file.id, header=bytes(row.header), meta=bytes(row.meta), size=row.size,
        cipher_sha256=bytes(row.cipher_sha256), subject_type="x", subject_id=1,
        door=door, vault=folder, by=WORKER, now=now(), keys=keyring(),
    )  # fmt: skip


def test_files_that_wait_at_the_door_are_compared_with_what_was_noted(tmp_path: Path) -> None:
    door, folder = tmp_path / "door", tmp_path / "vault"
    whole, changed, gone, carried = (at_the_door(door) for _ in range(4))
    taken_in(carried, folder, door)  # and killed before it could say so: only the body is there
    StoredFile.objects.all().delete()
    vault.discard(door, carried.id)
    assert list(door_troubles(door, folder, watch=unwatched)) == []
    body = path_of(door, changed.id)
    body.write_bytes(body.read_bytes()[::-1])
    vault.discard(door, gone.id)
    found = {trouble.kind: trouble.sentence for trouble in door_troubles(door, folder, watch=unwatched)}
    assert set(found) == {"door-damaged", "door-lost"}
    assert str(changed.id) in found["door-damaged"]
    assert str(gone.id) in found["door-lost"]
    Attachment.objects.update(adopted_at=now())
    assert list(door_troubles(door, folder, watch=unwatched)) == [], "what was taken in is the vault's"
    assert "attachment-lost" in records()
    taken_in(whole, folder, door)
    Attachment.objects.exclude(id=whole.id).delete()
    assert "attachment-lost" not in records()


def test_what_nobody_sent_for_a_day_is_swept_from_the_door(tmp_path: Path) -> None:
    door, folder = tmp_path / "door", tmp_path / "vault"
    named, unsent, fresh = at_the_door(door), at_the_door(door, named=False), at_the_door(door, named=False)
    taken, carried = at_the_door(door), at_the_door(door)
    taken_in(taken, folder, door)
    Attachment.objects.filter(id=taken.id).update(adopted_at=now())  # killed before it left the door
    taken_in(carried, folder, door)
    StoredFile.objects.filter(id=carried.id).delete()
    part = path_of(door, unsent.id).with_name(".part-left")
    part.write_bytes(b"x")
    for file in (named, unsent, taken, carried):
        age(path_of(door, file.id), 27)
    age(part, 27)
    age(path_of(door, fresh.id), 25)
    for file in (taken, carried):  # one has its row, the other is named by the row at the door
        age(path_of(folder, file.id), 49)
    found = orphans(folder, door, now=now())
    assert set(found) == {path_of(door, unsent.id), path_of(door, taken.id), part}
    assert f"No record names the file {unsent.id.hex} in the door." in {
        trouble.sentence for trouble in orphan_troubles(found)
    }
    sweep(found, by=OWNER, now=now())
    assert orphans(folder, door, now=now()) == []
    kept = {path_of(door, file.id) for file in (named, fresh, carried)}
    assert {path for path in door.glob("*/*/*") if path.is_file()} == kept
    assert path_of(folder, carried.id).exists()


def test_links_and_pipes_at_the_door_are_told_and_neither_followed_nor_swept(tmp_path: Path) -> None:
    """What somebody who has taken over the public site may lay there, so that root does their work."""
    door, folder, other = tmp_path / "door", tmp_path / "vault", tmp_path / "other"
    evidence, waits = stored(folder), at_the_door(door)
    precious = other / "ab" / new_id().hex
    precious.parent.mkdir(parents=True)
    precious.write_bytes(b"a key")
    body = path_of(folder, evidence.id)
    for path in (precious, body):
        age(path, 24 * 30)
    (door / body.parts[-3]).symlink_to(folder / body.parts[-3])
    (door / "zz").symlink_to(other)
    (door / "yy").mkdir()
    (door / "yy" / "zz").symlink_to(other / "ab")
    (door / "yy" / "ww").mkdir()
    (door / "yy" / "ww" / "key").symlink_to(precious)
    (door / "yy" / "ww" / "deep").mkdir()
    os.mkfifo(door / "pipe\x1b[2J")
    path_of(door, waits.id).unlink()
    os.mkfifo(path_of(door, waits.id))
    kept = {path: path.lstat().st_ino for path in tmp_path.rglob("*")}
    with within(10):
        found = list(door_troubles(door, folder, watch=unwatched))
    assert [(t.kind, str(waits.id) in t.sentence) for t in found] == [("door-foreign", True)]
    told = [trouble.sentence for trouble in foreign_troubles(door)]
    assert len(told) == 7
    assert all(sentence.isprintable() for sentence in told)
    assert "At the door lies 'yy/ww/key', which none of our processes writes." in told
    in_all = troubles(folder, door, now=now(), watch=unwatched)
    assert len([trouble for trouble in in_all if trouble.kind == "door-foreign"]) == 8
    swept = orphans(folder, door, now=now() + timedelta(days=30))
    assert swept == []
    later = [door / "zz" / "ab" / precious.name, door / body.relative_to(folder)]
    for path in later:  # and if the folder is exchanged for a link between the look and the sweep
        with pytest.raises(ForeignBody):
            sweep([path], by=OWNER, now=now())
    assert {path: path.lstat().st_ino for path in tmp_path.rglob("*")} == kept


def test_many_foreign_things_are_counted(tmp_path: Path) -> None:
    for at in range(SHOWN + 4):
        (tmp_path / f"link{at}").symlink_to("/")
    told = list(foreign_troubles(tmp_path))
    assert len(told) == SHOWN + 1
    assert told[-1].sentence == "More of this kind (door-foreign): 4."


def test_only_what_nothing_has_named_for_two_days_is_swept(tmp_path: Path) -> None:
    door = tmp_path / "no-door"
    named, orphan, fresh = stored(tmp_path), stored(tmp_path, named=False), stored(tmp_path, named=False)
    part = path_of(tmp_path, orphan.id).with_name(".part-left")
    new_part = path_of(tmp_path, orphan.id).with_name(".part-at-work")
    odd = path_of(tmp_path, orphan.id).with_name("thumbs.db")
    moved = path_of(tmp_path, orphan.id).with_name(new_id().hex)  # a name of ours in a place of another
    for path in (part, new_part, odd, moved):
        path.write_bytes(b"x")
    old = [path_of(tmp_path, named.id), path_of(tmp_path, orphan.id), part, odd, moved]
    for path in old:
        age(path, 49)
    age(path_of(tmp_path, fresh.id), 47)
    found = orphans(tmp_path, door, now=now())
    assert found == sorted(old[1:])
    assert {trouble.kind for trouble in orphan_troubles(found)} == {"orphan"}
    sweep(found, by=OWNER, now=now())
    assert orphans(tmp_path, door, now=now()) == []
    left = {path for path in tmp_path.glob("*/*/*") if path.is_file()}
    assert left == {path_of(tmp_path, named.id), path_of(tmp_path, fresh.id), new_part}
    assert Entry.objects.get(action="vault.orphan.sweep").details == {"files": 4}


def test_progress_is_told_while_it_goes_on(house: None, tmp_path: Path) -> None:
    stored(tmp_path)
    told: list[tuple[str, int, int | None]] = []
    door = tmp_path / "no-door"
    watch = lambda step, done, total=None: told.append((step, done, total))  # noqa: E731
    list(troubles(tmp_path, door, now=now(), watch=watch))
    steps = {step: (done, total) for step, done, total in told}
    assert set(steps) == {"records", "links", "sealed files"}
    assert all(done == total for done, total in steps.values())
