"""Numbers made ahead: nobody waits in a burst, none is given twice, none is made while somebody asks."""

import threading
import time
from collections.abc import Callable

import pytest

from mlinzi.intake import minting
from mlinzi.intake.minting import Pool, mint
from mlinzi.intake.rules import Receipt, mailbox_keys, random_receipt

SECRET = b"s" * 32


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine on which the slow derivation is quick."""

    def quickly(receipt: Receipt, _secret: bytes) -> minting.Minted:
        return minting.Minted(receipt, receipt.digits.encode(), b"", b"")

    monkeypatch.setattr(minting, "mint", quickly)


def test_what_was_minted_leads_to_the_mailbox_of_its_number() -> None:
    minted = mint(random_receipt(), SECRET)
    assert minted.look_up == mailbox_keys(minted.receipt, SECRET).look_up
    assert minted.look_up != mailbox_keys(minted.receipt, b"t" * 32).look_up
    assert minted.receipt.digits not in repr(minted)


def test_an_empty_pool_makes_a_number_when_it_is_asked_for() -> None:
    pool = Pool()
    one, other = pool.take(SECRET), pool.take(SECRET)
    assert one.receipt != other.receipt
    assert len(pool) == 0


def test_the_pool_fills_itself_and_no_number_is_given_twice(quick: None) -> None:
    pool = Pool()
    pool.fill_in_idle_time(SECRET, 400)
    pool.fill_in_idle_time(SECRET, 400)
    assert until(lambda: len(pool) == 400)
    taken: list[str] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(pool.take(SECRET).receipt.digits for _ in range(60)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == len(taken) == 480


def test_nothing_is_made_while_somebody_asks_for_a_page(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minting, "QUIET", 3600.0)
    pool = Pool()
    pool.busy()
    pool.fill_in_idle_time(SECRET, 10)
    time.sleep(0.3)
    assert len(pool) == 0
    monkeypatch.setattr(minting, "QUIET", 0.0)
    assert until(lambda: len(pool) == 10)
