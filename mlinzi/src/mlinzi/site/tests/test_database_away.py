"""The database goes away and comes back: worker and sequencer go on without being started anew."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.contrib.django import app
from psycopg import sql

from kinga import auditlog
from mlinzi.audit import acts as audit
from mlinzi.audit import reads
from mlinzi.kernel.actors import Actor
from mlinzi.kernel.clock import now
from mlinzi.site import sequencing, worker
from mlinzi.site.tests.acting import owner_url

pytestmark = pytest.mark.django_db(transaction=True)
DONE: list[str] = []


@app.task(name="test.note")
def note(word: str) -> None:
    """A job that leaves a trace."""
    DONE.append(word)


@contextmanager
def database_away(*spared: int) -> Iterator[None]:
    """Inside, every connection but the `spared` ones (numbers of backends) is cut, and no new one let in."""
    name = connection.settings_dict["NAME"]
    server = owner_url().replace(f"/{name}", "/postgres")
    door = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {{}}").format(sql.Identifier(name)).as_string()
    with psycopg.connect(server, autocommit=True) as other:
        other.execute(door.format("false").encode())
        try:
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> ALL(%s)"
            )
            other.execute(cut, (name, list(spared)))
            yield
        finally:
            other.execute(door.format("true").encode())


def our_backend() -> int:
    """The backend of this thread's connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def soon(sign: Callable[[], bool], limit: float = 20.0) -> bool:
    """Whether `sign` comes true within `limit` seconds."""
    deadline = time.monotonic() + limit
    while not sign() and time.monotonic() < deadline:
        time.sleep(0.05)
    return sign()


def test_the_sequencer_numbers_on_in_one_gapless_log(caplog: pytest.LogCaptureFixture) -> None:
    signer, stop = auditlog.Ed25519Signer.generate("test"), threading.Event()

    def work() -> None:
        try:
            sequencing.work(signer, stop)
        finally:
            connections.close_all()

    def record() -> None:
        audit.record("test.thing.do", "test.thing", 1, by=Actor.process("owner"), now=now())

    record()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert soon(lambda: reads.numbered_count() == 1)
        with database_away(our_backend()):
            assert soon(lambda: "does not answer" in caplog.text)
            record()
        assert soon(lambda: reads.numbered_count() == 2)
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join()
    found = audit.verify_and_publish(signer.verifier, now=now())
    assert isinstance(found, auditlog.Verified)
    assert (found.size, found.signed_size) == (2, 2)


def test_the_worker_takes_up_jobs_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.5)
    DONE.clear()

    ours = our_backend()

    def story() -> None:
        try:
            note.defer(word="before")
            assert soon(lambda: DONE == ["before"])
            with database_away(ours, our_backend()):
                assert soon(lambda: "does not answer" in caplog.text)
            note.defer(word="after")
            assert soon(lambda: DONE == ["before", "after"])
        finally:
            connections.close_all()

    async def both() -> None:
        told = asyncio.Event()
        working = asyncio.create_task(worker.work_until(told))
        try:
            await sync_to_async(story, thread_sensitive=False)()
            assert not working.done()
        finally:
            told.set()
            await asyncio.wait_for(working, 20)

    asyncio.run(both())


def test_an_error_that_nobody_caught_is_told_without_its_message() -> None:
    program = """
import logging.config
from django.conf import settings
from mlinzi.site.quietlog import fall_quietly
logging.config.dictConfig(settings.LOGGING)
{}
raise ValueError("Wanjiku, 0712 000 000")
"""
    loud, quiet = (
        subprocess.run(
            [sys.executable, "-c", program.format(call)], capture_output=True, text=True, check=False
        )
        for call in ("", "fall_quietly()")
    )
    assert "Wanjiku" in loud.stderr
    assert "ValueError at " in quiet.stderr
    assert "Wanjiku" not in quiet.stderr
    assert quiet.returncode == 1
