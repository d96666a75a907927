"""What an installation holds after the load, gathered by its owner and, for the numbers, at the door."""

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from bench.browser import Browser
from bench.installation import Installation, Trouble
from bench.judge import Evidence, tally
from bench.reporters import MARK, opens

_QUEUES = {
    "submissions to open": """SELECT count(*) FROM intake_submission
                              WHERE opened_at IS NULL AND failed_at IS NULL""",
    "reports without a case": "SELECT count(*) FROM intake_report WHERE NOT has_case",
    "letters to send": "SELECT count(*) FROM messaging_letter WHERE state = 'waiting'",
    "entries without a number": "SELECT count(*) FROM audit_waiting",
}
_SET_ASIDE = {
    "submissions": "SELECT count(*) FROM intake_submission WHERE failed_at IS NOT NULL",
    "reports": "SELECT count(*) FROM casework_unsorted",
}
_BY_FORM = """SELECT encode(s.key_digest, 'hex'), count(DISTINCT s.id), count(DISTINCT m.id),
                     count(DISTINCT r.id), count(DISTINCT c.id)
              FROM intake_submission s
              LEFT JOIN intake_mailbox m ON m.submission_id = s.id
              LEFT JOIN intake_report r ON r.submission_id = s.id
              LEFT JOIN casework_casereport c ON c.report_id = r.id GROUP BY 1"""
_REFERRALS = """SELECT c.number, count(*)
                FROM casework_referral r JOIN casework_case c ON c.id = r.case_id GROUP BY 1"""
_LETTERS = """SELECT f.number, count(*) FROM casework_referral f
              JOIN messaging_letter l ON l.about = 'referral' AND split_part(l.effect, ':', 2) = f.id::text
              GROUP BY 1"""
_MESSAGE_ID = re.compile(r"^Message-ID: <([0-9a-f-]+)@mlinzi>", re.MULTILINE)
Rows = list[tuple[object, ...]]


def drain(house: Installation, limit: float = 180.0) -> float:
    """Wait until nothing is left to do; seconds that it took. What is left after `limit` the judge sees."""
    began = time.monotonic()
    while time.monotonic() - began < limit:
        if all(house.one(query) == 0 for query in _QUEUES.values()):
            break
        time.sleep(0.5)
    return time.monotonic() - began


def gather(house: Installation, receipts: Iterable[str], watch: Callable[[str], None]) -> Evidence:
    """Look at everything, with the load stopped and the house still running.

    1. every number is tried at the door, 2. rows are counted, 3. every report is opened and its mark read,
    4. the letters that left are counted in the outbox, 5. the house's own two checks are asked.
    """
    watch("trying every number at the door")
    opened = _opened_at_the_door(house, list(receipts))
    watch("counting what is there")
    with psycopg.connect(house.owner_url) as connection:

        def ask(query: str) -> Rows:
            return connection.execute(query.encode()).fetchall()

        forms = ask(_BY_FORM)
        waiting = {name: _number(ask(query)) for name, query in _QUEUES.items()}
        failed = {name: _number(ask(query)) for name, query in _SET_ASIDE.items()}
        referrals = ask(_REFERRALS)
        states = ask("SELECT number, state FROM casework_referral")
        letters = ask(_LETTERS)
        unsent = _number(ask("SELECT count(*) FROM messaging_letter WHERE state <> 'sent'"))
    watch("opening every report")
    marks = tally(_marks())
    watch("verifying the log, comparing the records")
    log_whole = house.command("audit", "verify").returncode == 0
    records_fit = house.command("fsck").returncode == 0
    submissions, mailboxes, reports, cases = (
        {str(row[0]): int(str(row[at])) for row in forms if row[at]} for at in range(1, 5)
    )
    return Evidence(
        submissions=submissions,
        mailboxes=mailboxes,
        reports=reports,
        cases=cases,
        marks=marks,
        opened=opened,
        referrals={str(number): int(str(count)) for number, count in referrals},
        states={str(number): str(state) for number, state in states},
        letters={str(number): int(str(count)) for number, count in letters},
        handed_over=tally(_handed_over(house.state / "outbox")),
        unsent=unsent,
        waiting=waiting,
        failed=failed,
        log_whole=log_whole,
        records_fit=records_fit,
    )


def _number(rows: Rows) -> int:
    return int(str(rows[0][0]))


def _opened_at_the_door(house: Installation, receipts: list[str]) -> frozenset[str]:
    door = Browser("127.0.0.1", house.public_port)
    if opens(door, "0000 0000 0000 0000"):
        raise Trouble("The door opens a mailbox for a number that was never given.")
    with ThreadPoolExecutor(4) as several:
        found = several.map(lambda receipt: opens(door, receipt), receipts)
        return frozenset(receipt for receipt, there in zip(receipts, found, strict=True) if there)


def _marks() -> Iterable[str]:
    """The mark in each report's words, opened with the worker's keys past all acts, as only an owner can."""
    from kinga import envelope
    from mlinzi.intake import reads
    from mlinzi.intake.models import Report
    from mlinzi.kernel.keyring import keyring
    from mlinzi.vault.rules import context_of

    holder = keyring().holder
    for report in Report.objects.only("id", "narrative", "where_online").iterator(chunk_size=500):
        narrative = reads.sealed_texts(report)[0]
        context = context_of(narrative.record, narrative.id, narrative.name)
        found = MARK.search(envelope.open_sealed(narrative.sealed, keys=holder, context=context).decode())
        yield found[0] if found else ""


def _handed_over(outbox: Path) -> Iterable[str]:
    for letter in outbox.glob("*.log"):
        yield from _MESSAGE_ID.findall(letter.read_text(errors="replace"))
