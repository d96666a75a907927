"""What `mlinzi fsck` asks the database. Every question finds ids of rows, and a whole installation has none.

This is the one place that looks across all rooms' tables at once; it only ever reads.
"""

from dataclasses import dataclass

from psycopg import sql

from mlinzi.casework.rules import CaseState, Outcome, ReferralState, Urgency
from mlinzi.industry.rules.orders import OrderState
from mlinzi.intake.rules import Status

VALUES: dict[str, list[str] | str] = {
    "statuses": [status.value for status in Status],
    "states": [state.value for state in CaseState],
    "urgencies": [urgency.value for urgency in Urgency],
    "outcomes": ["", *(outcome.value for outcome in Outcome)],
    "referral_states": [state.value for state in ReferralState],
    "still_open": [ReferralState.SENT.value, ReferralState.ACCEPTED.value],
    "closed": CaseState.CLOSED.value,
    "referred": CaseState.REFERRED.value,
}
"""The values that the queries name, besides `long_ago`: what has waited since before then, waits too long."""


@dataclass(frozen=True)
class Question:
    """A query for ids, and the sentence about each of them."""

    kind: str
    sentence: str
    query: sql.Composable


def _unrecorded(what: str, table: str, object_type: str, action: str) -> Question:
    """Rows that were made without the entry that stands for it in the audit log."""
    query = """SELECT t.id FROM {} t WHERE NOT EXISTS (
                   SELECT 1 FROM audit_entry e
                   WHERE e.object_type = {} AND e.object_id = t.id::text AND e.action = {})"""
    return Question(
        f"{what}-unrecorded",
        f"The {what} {{}} has no entry in the audit log.",
        sql.SQL(query).format(sql.Identifier(table), sql.Literal(object_type), sql.Literal(action)),
    )


def _unwatched(what: str, table: str, object_type: str, kind: str, state: str) -> Question:
    """Rows that wait for somebody while no deadline would tell that they are late."""
    query = """SELECT t.id FROM {} t WHERE t.state = {} AND NOT EXISTS (
                   SELECT 1 FROM deadlines_deadline d
                   WHERE d.subject_type = {} AND d.subject_id = t.id::text AND d.kind = {}
                     AND d.closed_at IS NULL)"""
    return Question(
        f"{what}-unwatched",
        f"The {what} {{}} waits and has no open deadline, so nobody is told when it is late.",
        sql.SQL(query).format(
            sql.Identifier(table), sql.Literal(state), sql.Literal(object_type), sql.Literal(kind)
        ),
    )


QUESTIONS: tuple[Question, ...] = (
    _unrecorded("submission", "intake_submission", "intake.submission", "intake.submission.receive"),
    _unrecorded("report", "intake_report", "intake.report", "intake.report.make"),
    _unrecorded("case", "casework_case", "casework.case", "casework.case.make"),
    _unrecorded("referral", "casework_referral", "casework.referral", "casework.referral.make"),
    _unwatched("case", "casework_case", "casework.case", "triage", CaseState.NEW.value),
    _unwatched("referral", "casework_referral", "casework.referral", "referral", ReferralState.SENT.value),
    _unrecorded("order", "industry_order", "industry.order", "industry.order.draft"),
    _unwatched("order", "industry_order", "industry.order", "order", OrderState.SENT.value),
    Question(
        "report-lost",
        "The submission {} was opened, but its report is gone.",
        sql.SQL(
            """SELECT s.id FROM intake_submission s LEFT JOIN intake_report r ON r.submission_id = s.id
               WHERE s.opened_at IS NOT NULL AND r.id IS NULL"""
        ),
    ),
    Question(
        "attachment-lost",
        "The file {} was taken in from the door, but the vault does not know it.",
        sql.SQL(
            """SELECT a.id FROM intake_attachment a LEFT JOIN vault_storedfile f ON f.id = a.id
               WHERE a.adopted_at IS NOT NULL AND f.id IS NULL"""
        ),
    ),
    Question(
        "mailbox-state",
        "The mailbox {} has a status that does not exist.",
        sql.SQL("SELECT id FROM intake_mailbox WHERE NOT status = ANY(%(statuses)s)"),
    ),
    Question(
        "case-lost",
        "The report {} was taken into a case that is gone.",
        sql.SQL(
            """SELECT r.id FROM intake_report r LEFT JOIN casework_casereport c ON c.report_id = r.id
               WHERE r.has_case AND c.id IS NULL"""
        ),
    ),
    Question(
        "case-twice",
        "The report {} is in a case and waits for one as well.",
        sql.SQL(
            """SELECT r.id FROM intake_report r JOIN casework_casereport c ON c.report_id = r.id
               WHERE NOT r.has_case"""
        ),
    ),
    Question(
        "case-empty",
        "The case {} has no report.",
        sql.SQL(
            """SELECT c.id FROM casework_case c LEFT JOIN casework_casereport r ON r.case_id = c.id
               WHERE r.id IS NULL"""
        ),
    ),
    Question(
        "case-state",
        "The case {} has a state, an urgency or an outcome that does not exist.",
        sql.SQL(
            """SELECT id FROM casework_case
               WHERE NOT (state = ANY(%(states)s) AND urgency = ANY(%(urgencies)s)
                          AND outcome = ANY(%(outcomes)s))"""
        ),
    ),
    Question(
        "case-end",
        "The case {} is closed without day or outcome, or has one of them and is not closed.",
        sql.SQL(
            """SELECT id FROM casework_case WHERE (state = %(closed)s) <> (closed_at IS NOT NULL)
                   OR (state = %(closed)s) <> (outcome <> '')"""
        ),
    ),
    Question(
        "case-referred",
        "The case {} and its referrals disagree about whether one of them is open.",
        sql.SQL(
            """SELECT c.id FROM casework_case c
               WHERE (c.state = %(referred)s) <> EXISTS (
                   SELECT 1 FROM casework_referral r
                   WHERE r.case_id = c.id AND r.state = ANY(%(still_open)s))"""
        ),
    ),
    Question(
        "referral-state",
        "The referral {} is in a state that does not exist.",
        sql.SQL("SELECT id FROM casework_referral WHERE NOT state = ANY(%(referral_states)s)"),
    ),
    Question(
        "referral-end",
        "The referral {} has ended without a day, or has one and is open.",
        sql.SQL(
            "SELECT id FROM casework_referral WHERE (state = ANY(%(still_open)s)) = (ended_at IS NOT NULL)"
        ),
    ),
    Question(
        "entry-unnumbered",
        "The entry {} stands neither in the log nor among those that wait for a number.",
        sql.SQL(
            """SELECT e.id FROM audit_entry e
               WHERE NOT EXISTS (SELECT 1 FROM audit_numbered n WHERE n.entry_id = e.id)
                 AND NOT EXISTS (SELECT 1 FROM audit_waiting w WHERE w.entry_id = e.id)"""
        ),
    ),
    Question(
        "entry-lost",
        "The entry {} waits for its number and is gone.",
        sql.SQL(
            """SELECT w.entry_id FROM audit_waiting w LEFT JOIN audit_entry e ON e.id = w.entry_id
               WHERE e.id IS NULL"""
        ),
    ),
    Question(
        "entry-old",
        "Entries wait for their number for more than an hour, first of all {}. Is the sequencer running?",
        sql.SQL(
            """SELECT e.id FROM audit_waiting w JOIN audit_entry e ON e.id = w.entry_id
               WHERE e.at < %(long_ago)s ORDER BY w.arrival LIMIT 1"""
        ),
    ),
)
# Columns of one table that name a row of another: asked of the database itself, so that none is forgotten.
LINKS = """
    SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1 AND c.connamespace = 'public'::regnamespace
    ORDER BY 1, 2"""
BROKEN_LINKS = """
    SELECT count(*) FROM {table} t
    WHERE t.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {target} o WHERE o.{key} = t.{column})"""
