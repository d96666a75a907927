"""A process can do what its keys allow, and nothing else."""

from pathlib import Path

import pytest

from kinga import auditlog, envelope
from mlinzi.kernel.keyring import HELD, keyring, keyring_from

CONTEXT = b"test|1|text"


@pytest.fixture
def rings(keys_of_this_run: Path) -> Path:
    return keys_of_this_run


def test_the_door_can_seal_and_not_open(rings: Path) -> None:
    door = keyring_from(rings / "public", HELD["public"])
    worker = keyring_from(rings / "worker", HELD["worker"])
    assert door.intake is not None
    sealed = envelope.seal(b"told", to=[door.intake], context=CONTEXT)
    assert envelope.open_sealed(sealed, keys=worker.holder, context=CONTEXT) == b"told"
    with pytest.raises(envelope.NotForUs):
        envelope.open_sealed(sealed, keys=door.holder, context=CONTEXT)
    assert door.records is None
    assert door.blind is None


def test_the_desk_cannot_open_what_waits_at_the_door(rings: Path) -> None:
    door = keyring_from(rings / "public", HELD["public"])
    desk = keyring_from(rings / "staff", HELD["staff"])
    assert door.intake is not None
    sealed = envelope.seal(b"told", to=[door.intake], context=CONTEXT)
    with pytest.raises(envelope.NotForUs):
        envelope.open_sealed(sealed, keys=desk.holder, context=CONTEXT)


def test_the_worker_cannot_open_second_factors(rings: Path) -> None:
    desk = keyring_from(rings / "staff", HELD["staff"])
    worker = keyring_from(rings / "worker", HELD["worker"])
    assert desk.factor is not None
    sealed = envelope.seal(b"factor", to=[desk.factor], context=CONTEXT)
    assert envelope.open_sealed(sealed, keys=desk.holder, context=CONTEXT) == b"factor"
    with pytest.raises(envelope.NotForUs):
        envelope.open_sealed(sealed, keys=worker.holder, context=CONTEXT)


def test_the_desk_seals_for_the_worker_and_finds_the_mailbox_of_a_caller(rings: Path) -> None:
    door = keyring_from(rings / "public", HELD["public"])
    desk = keyring_from(rings / "staff", HELD["staff"])
    worker = keyring_from(rings / "worker", HELD["worker"])
    assert desk.intake is not None
    sealed = envelope.seal(b"told on the phone", to=[desk.intake], context=CONTEXT)
    assert envelope.open_sealed(sealed, keys=worker.holder, context=CONTEXT) == b"told on the phone"
    with pytest.raises(envelope.NotForUs):
        envelope.open_sealed(sealed, keys=desk.holder, context=CONTEXT)
    assert desk.receipt_secret == door.receipt_secret is not None
    assert worker.receipt_secret is None


def test_only_the_worker_signs_an_acknowledgement_and_the_door_knows_a_true_one(rings: Path) -> None:
    door, desk, worker = (keyring_from(rings / p, HELD[p]) for p in ("public", "staff", "worker"))
    assert worker.acknowledger is not None
    assert door.acknowledged_by is not None
    note = auditlog.sign_note("A report was made on this day.\n", worker.acknowledger)
    assert auditlog.open_note(note, door.acknowledged_by) == "A report was made on this day.\n"
    with pytest.raises(auditlog.BadSignature):
        auditlog.open_note(f"Not {note}", door.acknowledged_by)
    assert door.acknowledger is None
    assert (desk.acknowledger, desk.acknowledged_by, worker.acknowledged_by) == (None, None, None)
    owner = keyring()
    assert owner.acknowledger == worker.acknowledger
    assert owner.acknowledged_by == door.acknowledged_by


def test_a_ring_from_before_a_key_came_does_without_it(tmp_path: Path, rings: Path) -> None:
    (tmp_path / "intake.pub").write_bytes((rings / "public" / "intake.pub").read_bytes())
    old = keyring_from(tmp_path, HELD["public"])
    assert old.intake is not None
    assert (old.receipt_secret, old.acknowledged_by) == (None, None)


def test_a_ring_shows_no_key_when_it_is_printed(rings: Path) -> None:
    worker = keyring_from(rings / "worker", HELD["worker"])
    assert worker.blind is not None
    assert worker.blind.hex() not in repr(worker)
    assert str(worker.blind) not in repr(worker)
