"""What waits or failed, and what its keepers still have to do. All of these warn."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from mlinzi.audit import reads as audit
from mlinzi.casework import reads as casework
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake
from mlinzi.messaging import reads as messaging
from mlinzi.site.accounts import separation
from mlinzi.site.recovery import shares_lie_here
from mlinzi.site.safety.findings import Finding, warning

VERIFIED_WITHIN = timedelta(hours=36)
"""The log is checked every night; one night may fail before somebody is told."""
_NUMBERED_WITHIN = timedelta(minutes=1)
_OPENED_WITHIN = timedelta(minutes=10)
_SENT_WITHIN = timedelta(hours=1)
_WRONG_NUMBERS = 2_000


def machine_findings(state: Path) -> Iterator[Finding]:
    """Separation of the processes, and recovery shares that nobody has taken away."""
    for reason in separation(state):
        yield warning("separation", f"Separation is off. {reason}")
    if shares := shares_lie_here(state):
        yield warning(
            "shares",
            f"{len(shares)} recovery shares still lie on this machine, in {state / 'recovery'}: give them to "
            "three people and delete them here.",
        )


def work_findings(*, now: datetime) -> Iterator[Finding]:
    """What stands still: the sequencer, the nightly check, the worker, the sender."""
    waiting = audit.oldest_waiting()
    if waiting and now - waiting > _NUMBERED_WITHIN:
        yield warning(
            "sequencer",
            f"{audit.waiting_count()} entries of the audit log wait for their number since {_at(waiting)}. "
            "Is the sequencer running?",
        )
    yield from _verification(now)
    door, outbox, unsorted = intake.door_state(now=now), messaging.outbox(), casework.unsorted_count()
    if door.oldest and now - door.oldest > _OPENED_WITHIN:
        yield warning(
            "worker", f"Reports wait since {_at(door.oldest)}: {door.waiting}. Is the worker running?"
        )
    if door.failed:
        yield warning(
            "submissions", f"Reports that could not be opened: {door.failed}. The audit log says what failed."
        )
    if door.files_failed or door.words_failed:
        yield warning(
            "door",
            f"Set aside at the door: {door.files_failed} files, {door.words_failed} later words. They are "
            "tried again every hour; the audit log says what failed.",
        )
    if door.wrong_numbers > _WRONG_NUMBERS:
        yield warning(
            "guesses",
            f"{door.wrong_numbers} wrong numbers were tried at the door since yesterday. Somebody may be "
            "guessing; look-ups are slowed by themselves.",
        )
    if unsorted:
        yield warning(
            "unsorted", f"Reports that could not be made into cases: {unsorted}. They are tried again."
        )
    if outbox.oldest and now - outbox.oldest > _SENT_WITHIN:
        yield warning(
            "outbox", f"Letters wait since {_at(outbox.oldest)}: {outbox.waiting}. Is the mail server there?"
        )
    if outbox.failed:
        yield warning("letters", f"Letters that could not be sent: {outbox.failed}.")


def _verification(now: datetime) -> Iterator[Finding]:
    made = directory.deployment()
    last = audit.last_verified() or (made.created_at if made else now)
    if now - last > VERIFIED_WITHIN:
        yield warning(
            "unverified", f"The audit log was not verified since {_at(last)}. Run `mlinzi audit verify`."
        )


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
