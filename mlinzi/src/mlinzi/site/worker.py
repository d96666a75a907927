"""The worker: every job of every room, each on its own beat. The rows that wait are the queue; see the
rooms' `jobs.py`.

procrastinate keeps the beats, runs the jobs and survives restarts. A job that is still waiting when its next
beat comes is not queued twice.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from mlinzi.access import jobs as access
from mlinzi.casework import jobs as casework
from mlinzi.deadlines import jobs as deadlines
from mlinzi.industry import jobs as industry
from mlinzi.intake import jobs as intake
from mlinzi.messaging import jobs as messaging
from mlinzi.site import nightly

log = logging.getLogger(__name__)
ROUNDS = 50
STALLED_AFTER = 60
DATABASE_AWAY = 0.5
PATIENCE = 10.0
"""Seconds that the library waits for a connection before its worker ends and another begins."""


@dataclass(frozen=True)
class Beat:
    """A job and when it runs (cron, with seconds as a sixth field). `work` returns how much it did."""

    name: str
    cron: str
    work: Callable[[], int]


BEATS = (
    Beat("intake.open_submissions", "* * * * * */2", intake.open_submissions),
    Beat("intake.take_provider_reports", "* * * * * */2", intake.take_provider_reports),
    Beat("intake.expire_provider_reports", "*/5 * * * *", intake.expire_provider_reports),
    Beat("intake.adopt_files", "* * * * * */5", intake.adopt_files),
    Beat("intake.take_words", "* * * * * */3", intake.take_words),
    Beat("intake.sweep_drafts", "*/5 * * * *", intake.sweep_drafts),
    Beat("intake.sweep_door", "*/30 * * * *", intake.sweep_door),
    Beat("casework.triage", "* * * * * */2", casework.triage),
    Beat("casework.raise_stale", "*/5 * * * *", casework.raise_stale),
    Beat("casework.write_links", "* * * * * */5", casework.write_links),
    Beat("messaging.invite", "* * * * * */5", messaging.invite),
    Beat("messaging.send", "* * * * * */5", messaging.send),
    Beat("deadlines.climb", "* * * * * */10", deadlines.climb),
    Beat("casework.tell_of_words", "* * * * * */10", casework.tell_of_words),
    Beat("casework.deliver", "* * * * * */10", casework.deliver),
    Beat("casework.ask_serials", "*/5 * * * *", casework.ask_serials),
    Beat("casework.tell_escalations", "* * * * * */10", casework.tell_escalations),
    Beat("industry.tell", "* * * * * */10", industry.tell),
    Beat("industry.lapse", "10 0 * * *", industry.lapse),
    Beat("casework.ask_about_entries", "25 5 * * *", casework.ask_about_entries),
    Beat("access.sweep", "17 * * * *", access.sweep),
    Beat("site.verify_log", "40 1 * * *", nightly.verify_log),
)


def drain(work: Callable[[], int]) -> int:
    """Repeat a job while it finds work, up to a bound, so that a burst is done in one beat."""
    total = 0
    for _ in range(ROUNDS):
        done = work()
        total += done
        if not done:
            break
    return total


def _register(beat: Beat) -> None:
    def run(timestamp: int) -> None:  # noqa: ARG001 - the library hands it over
        close_old_connections()
        if done := drain(beat.work):
            log.info("%s: %s done", beat.name, done)

    task = app.task(name=beat.name, queueing_lock=beat.name)(run)
    app.periodic(cron=beat.cron, periodic_id=beat.name)(task)


def register() -> None:
    """Hand all beats to the job library, and the sweeper of what a killed worker left."""
    for beat in BEATS:
        _register(beat)

    @app.periodic(cron="* * * * *", periodic_id="site.sweep_stalled")
    @app.task(name="site.sweep_stalled", queueing_lock="site.sweep_stalled")
    async def sweep_stalled(timestamp: int) -> None:  # noqa: ARG001 - the library hands it over
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def run() -> None:
    """Work until a signal comes. Finished jobs are deleted: what was done stands in the audit log."""
    register()
    asyncio.run(_until_a_signal())


async def _until_a_signal() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await work_until(told)


async def work_until(told: asyncio.Event) -> None:
    """Work until `told` is set, also across a database that goes away and comes back: then the library's
    worker ends and another one begins. To start the whole process anew would take longer than the database
    needs."""
    telling = asyncio.create_task(told.wait())
    while not told.is_set():
        working = asyncio.create_task(_work())
        await asyncio.wait({working, telling}, return_when=asyncio.FIRST_COMPLETED)
        if told.is_set():
            working.cancel()  # it lets running jobs come to their end first
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await working
            except (ConnectorException, PoolTimeout) as error:
                log.error("The database does not answer; trying again.", exc_info=error)
        if not told.is_set():
            await asyncio.sleep(DATABASE_AWAY)


async def _work() -> None:
    """One worker of the library, from its first connection to its end."""
    connector = PsycopgConnector(
        kwargs=connector_params("default"),
        pool_factory=_QuickToClose,
        min_size=1,
        max_size=4,
        timeout=PATIENCE,
    )
    with app.replace_connector(connector):
        async with app.open_async():
            # Without a listener: the beats are our own, and one that loses its connection ends the worker.
            await app.run_worker_async(
                concurrency=2,
                delete_jobs="always",
                fetch_job_polling_interval=0.5,
                listen_notify=False,
                install_signal_handlers=False,
            )


class _QuickToClose(AsyncConnectionPool):
    """A pool that does not wait for the attempts to reach a database that is away."""

    async def close(self, timeout: float = 0.2) -> None:
        """Close, waiting at most so many seconds."""
        await super().close(timeout)
