"""The log takes what is done, and nothing else."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from kinga import auditlog
from mlinzi.audit import acts, reads
from mlinzi.audit.models import Checkpoint, Entry, Numbered, Waiting
from mlinzi.audit.sequencer import Sequencer, SpoiledFrontier
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.errors import OurTurn

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WORKER = Actor.process("worker")
pytestmark = pytest.mark.django_db


def sequencer() -> tuple[Sequencer, auditlog.Verifier]:
    signer = auditlog.Ed25519Signer.generate("test")
    return Sequencer(signer, signer.verifier), signer.verifier


def record_many(count: int) -> None:
    for at in range(count):
        acts.record("test.thing.do", "test.thing", at, by=WORKER, now=NOW, details={"n": at})


def test_entries_get_their_numbers_and_the_whole_log_verifies() -> None:
    numberer, verifier = sequencer()
    record_many(12)
    assert reads.waiting_count() == 12
    assert numberer.number(limit=5) == 5
    assert numberer.sign_head(now=NOW, force=True)
    assert numberer.number() == 7
    assert numberer.sign_head(now=NOW, force=True)
    assert reads.waiting_count() == 0
    assert list(Numbered.objects.order_by("index").values_list("index", flat=True)) == list(range(12))
    result = acts.verify_and_publish(verifier, now=NOW)
    assert isinstance(result, auditlog.Verified)
    assert result.size == 12
    assert reads.published_head() == Checkpoint.objects.get(size=12).note


def test_a_second_sequencer_goes_on_where_the_first_stopped() -> None:
    signer = auditlog.Ed25519Signer.generate("test")
    first, second = Sequencer(signer, signer.verifier), Sequencer(signer, signer.verifier)
    record_many(3)
    first.number()
    first.sign_head(now=NOW, force=True)
    record_many(2)
    first.number()  # numbered, but killed before it could sign
    second.resume()
    record_many(1)
    second.number()
    second.sign_head(now=NOW, force=True)
    result = auditlog.verify(reads.log_entries(), reads.checkpoint_notes(), signer.verifier)
    assert isinstance(result, auditlog.Verified)
    assert result.size == 6


def test_a_sequencer_does_not_go_on_from_a_frontier_that_was_not_signed() -> None:
    signer = auditlog.Ed25519Signer.generate("test")
    first, second = Sequencer(signer, signer.verifier), Sequencer(signer, signer.verifier)
    record_many(3)
    first.number()
    first.sign_head(now=NOW, force=True)
    second.resume()
    other = auditlog.Frontier()
    for at in range(3):
        other.append(auditlog.leaf_hash(b"%d" % at))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER audit_checkpoint_stays")
        cursor.execute("UPDATE audit_checkpoint SET frontier = %s", [other.to_bytes()])
        cursor.execute("ALTER TABLE audit_checkpoint ENABLE TRIGGER audit_checkpoint_stays")
    with pytest.raises(SpoiledFrontier):
        second.resume()


def test_a_changed_entry_is_named() -> None:
    numberer, verifier = sequencer()
    record_many(5)
    numberer.number()
    numberer.sign_head(now=NOW, force=True)
    with transaction.atomic():
        third = Numbered.objects.get(index=2).entry_id
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_stays")
            cursor.execute("UPDATE audit_entry SET purpose = 'other' WHERE id = %s", [third])
            cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_stays")
    broken = acts.verify_and_publish(verifier, now=NOW)
    assert isinstance(broken, auditlog.Break)
    assert broken.index == 2
    assert reads.published_head() is None


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET purpose = 'x'", "DELETE FROM audit_entry"])
def test_even_the_owner_cannot_change_an_entry_in_passing(statement: str) -> None:
    record_many(1)
    refused = pytest.raises(DatabaseError, match="only ever added to")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 1


def test_the_log_takes_codes_and_refuses_texts() -> None:
    acts.record(
        "test.thing.do", "test.thing", 1, by=WORKER, now=NOW, details={"state": "open", "late": False}
    )
    with pytest.raises(OurTurn, match="takes codes, not texts"):
        acts.record("test.thing.do", "test.thing", 1, by=WORKER, now=NOW, details={"state": "x" * 201})
    with pytest.raises(OurTurn, match="must be a short text"):
        acts.record("test.thing.do", "test.thing", 1, by=WORKER, now=NOW, details={"n": 1.5})  # type: ignore[dict-item]


def test_an_act_that_is_rolled_back_leaves_no_entry_and_no_waiting_row() -> None:
    with transaction.atomic():
        record_many(1)
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert not Waiting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_recording_before_opening_refuses_to_stand_inside_a_transaction() -> None:
    acts.record_before_opening("test.thing.open", "test.thing", 1, by=WORKER, now=NOW, purpose="triage")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        acts.record_before_opening("test.thing.open", "test.thing", 1, by=WORKER, now=NOW, purpose="triage")
    assert Entry.objects.filter(action="test.thing.open").count() == 1


def test_history_is_newest_first() -> None:
    for minute in (1, 2):
        acts.record(
            "test.thing.do", "test.thing", "a", by=WORKER, now=NOW.replace(minute=minute), purpose=str(minute)
        )
    assert [line.purpose for line in reads.history_of("test.thing", "a")] == ["2", "1"]
    assert reads.history_of("test.thing", "b") == []


@pytest.mark.parametrize(
    ("at", "details"),
    [
        ("infinity", "{}"),
        ("0044-03-15 BC", "{}"),
        ("2026-03-04", "[]"),
        ("2026-03-04", '{"n": 1.5}'),
        ("2026-03-04", '{"n": 1e400}'),
        ("2026-03-04", '{"n": {"deep": 1}}'),
        ("2026-03-04", '{"n": "' + "x" * 201 + '"}'),
    ],
)
def test_the_database_itself_refuses_an_entry_that_could_never_be_numbered(at: str, details: str) -> None:
    columns = "id, at, actor_kind, actor_id, organisation, action, object_type, object_id, purpose, details"
    values = "gen_random_uuid(), %s, 'process', 'worker', '', 'test.thing.do', 'test.thing', '1', '', %s"
    insert = f"INSERT INTO audit_entry ({columns}) VALUES ({values})"  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="The log takes"), transaction.atomic():
            cursor.execute(insert, [at, details])
        cursor.execute(insert, ["2026-03-04", '{"n": -12, "late": false, "why": null, "state": "open"}'])
    numberer, _ = sequencer()
    assert numberer.number() == 1
