"""What an installation holds after the load, gathered by its owner and, for the numbers, at the door."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from bench.installation import Installation, Trouble
from bench.journey import MARK
from bench.judge import Evidence, tally
from bench.reporters import opens

_QUEUES = {
    "submissions to open": """SELECT count(*) FROM intake_submission
                              WHERE opened_at IS NULL AND failed_at IS NULL""",
    "words to take over": "SELECT count(*) FROM intake_word WHERE taken_at IS NULL AND failed_at IS NULL",
    "words to tell of": "SELECT count(*) FROM intake_word WHERE taken_at IS NOT NULL AND told_at IS NULL",
    "reports without a case": "SELECT count(*) FROM intake_report WHERE NOT has_case",
    "letters to send": "SELECT count(*) FROM messaging_letter WHERE state = 'waiting'",
    "entries without a number": "SELECT count(*) FROM audit_waiting",
}
_SET_ASIDE = {
    "submissions": "SELECT count(*) FROM intake_submission WHERE failed_at IS NOT NULL",
    "words": "SELECT count(*) FROM intake_word WHERE failed_at IS NOT NULL",
    "reports": "SELECT count(*) FROM casework_unsorted",
}
_BY_SUBMISSION = """SELECT s.id::text, 1, count(DISTINCT m.id), count(DISTINCT r.id), count(DISTINCT c.id)
                    FROM intake_submission s
                    LEFT JOIN intake_mailbox m ON m.submission_id = s.id
                    LEFT JOIN intake_report r ON r.submission_id = s.id
                    LEFT JOIN casework_casereport c ON c.report_id = r.id GROUP BY 1"""
_BOXES = "SELECT encode(look_up, 'hex'), submission_id::text FROM intake_mailbox"
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

    1. every number is tried at the door, 2. rows are counted, 3. every submission and every report is opened
    and its mark read, and where each number leads is derived once more, 4. the letters that left are counted
    in the outbox, 5. the house's own two checks are asked.
    """
    receipts = list(receipts)
    watch("trying every number at the door")
    opened = opened_at_the_door(house, receipts)
    watch("counting what is there")
    with psycopg.connect(house.owner_url) as connection:

        def ask(query: str) -> Rows:
            return connection.execute(query.encode()).fetchall()

        counted = ask(_BY_SUBMISSION)
        waiting = {name: _number(ask(query)) for name, query in _QUEUES.items()}
        failed = {name: _number(ask(query)) for name, query in _SET_ASIDE.items()}
        referrals = ask(_REFERRALS)
        states = ask("SELECT number, state FROM casework_referral")
        letters = ask(_LETTERS)
        unsent = _number(ask("SELECT count(*) FROM messaging_letter WHERE state <> 'sent'"))
    watch("opening every submission and every report")
    told, marks = submission_marks(), tally(_marks())
    led_to = where_they_lead(house, receipts, told)
    watch("verifying the log, comparing the records")
    log_whole = house.command("audit", "verify").returncode == 0
    records_fit = house.command("fsck").returncode == 0
    submissions, mailboxes, reports, cases = (
        by_mark({str(row[0]): int(str(row[at])) for row in counted}, told) for at in range(1, 5)
    )
    return Evidence(
        submissions=submissions,
        mailboxes=mailboxes,
        reports=reports,
        cases=cases,
        marks=marks,
        opened=opened,
        led_to=led_to,
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


def opened_at_the_door(house: Installation, receipts: list[str]) -> frozenset[str]:
    """The numbers that open a mailbox. Four at a time, since the door looks up no more at once."""
    if opens("127.0.0.1", house.public_port, "0000 0000 0000 0000"):
        raise Trouble("The door opens a mailbox for a number that was never given.")
    with ThreadPoolExecutor(4) as several:
        found = several.map(lambda receipt: opens("127.0.0.1", house.public_port, receipt), receipts)
        return frozenset(receipt for receipt, there in zip(receipts, found, strict=True) if there)


def by_mark(counted: Mapping[str, int], told: Mapping[str, str]) -> dict[str, int]:
    """Counts by submission as counts by mark; what is not there at all is left out."""
    found: dict[str, int] = {}
    for submission, number in counted.items():
        if number:
            mark = told.get(submission, "")
            found[mark] = found.get(mark, 0) + number
    return found


def submission_marks() -> dict[str, str]:
    """The mark in each submission's words, by its id: what came through the door, worker or not. Opened past
    all acts, as only an owner can, who holds the keys of all processes."""
    from mlinzi.intake.models import Submission

    rows = Submission.objects.only("id", "sealed").iterator(chunk_size=500)
    return {str(row.id): _mark_in("intake.submission", str(row.id), "all", bytes(row.sealed)) for row in rows}


def _marks() -> Iterable[str]:
    """The mark in each report's own words."""
    from mlinzi.intake import reads
    from mlinzi.intake.models import Report

    for report in Report.objects.only("id", "narrative", "where_online").iterator(chunk_size=500):
        told = reads.sealed_texts(report)[0]
        yield _mark_in(told.record, told.id, told.name, told.sealed)


def _mark_in(record: str, id: str, name: str, sealed: bytes) -> str:
    from kinga import envelope
    from mlinzi.kernel.keyring import keyring
    from mlinzi.vault.rules import context_of

    text = envelope.open_sealed(sealed, keys=keyring().holder, context=context_of(record, id, name))
    found = MARK.search(text.decode())
    return found[0] if found else ""


def where_they_lead(house: Installation, receipts: Iterable[str], told: Mapping[str, str]) -> dict[str, str]:
    """The mark of the submission that each number's mailbox belongs to.

    The door shows an open mailbox and not whose it is; so the derivation is made once more here.
    """
    from mlinzi.intake.rules import Receipt, mailbox_keys
    from mlinzi.kernel.keyring import keyring

    secret = keyring().receipt_secret
    if secret is None:
        raise Trouble("There is no secret that numbers are derived with.")
    with psycopg.connect(house.owner_url) as connection:
        boxes = {str(at): str(owner) for at, owner in connection.execute(_BOXES.encode()).fetchall()}
    found = {}
    for receipt in receipts:
        look_up = mailbox_keys(Receipt(receipt), secret).look_up.hex()
        if look_up in boxes:
            found[receipt] = told.get(boxes[look_up], "")
    return found


def _handed_over(outbox: Path) -> Iterable[str]:
    for letter in outbox.glob("*.log"):
        yield from _MESSAGE_ID.findall(letter.read_text(errors="replace"))
