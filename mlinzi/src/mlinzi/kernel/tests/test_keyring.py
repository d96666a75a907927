"""A process can do what its keys allow, and nothing else."""

from pathlib import Path

import pytest

from kinga import envelope
from mlinzi.kernel.keyring import HELD, keyring_from

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


def test_a_ring_shows_no_key_when_it_is_printed(rings: Path) -> None:
    worker = keyring_from(rings / "worker", HELD["worker"])
    assert worker.blind is not None
    assert worker.blind.hex() not in repr(worker)
    assert str(worker.blind) not in repr(worker)
