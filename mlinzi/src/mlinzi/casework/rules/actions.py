"""What the doors of this room ask for; roles of the pack grant them."""

from enum import StrEnum


class Action(StrEnum):
    QUEUE_SEE = "casework.queue.see"
    CASE_SEE = "casework.case.see"
    CASE_OPEN = "casework.case.open"
    CASE_TRIAGE = "casework.case.triage"
    CASE_ASSIGN = "casework.case.assign"
    CASE_NOTE = "casework.case.note"
    CASE_FILE = "casework.case.file"
    CASE_ANSWER = "casework.case.answer"
    CASE_REFER = "casework.case.refer"
    CASE_CLOSE = "casework.case.close"
    CASE_HISTORY = "casework.case.history"
    REFERRAL_SEE = "casework.referral.see"
    REFERRAL_OPEN = "casework.referral.open"
    REFERRAL_ANSWER = "casework.referral.answer"
    REFERRAL_REVOKE = "casework.referral.revoke"
    DEADLINE_SEE = "casework.deadline.see"
    CASE_AGREE = "casework.case.agree"
    CASE_CONSENT = "casework.case.consent"
    CASE_OVERRIDE = "casework.case.override_consent"
    CASE_TRANSFER = "casework.case.transfer"
    TRANSFER_SEE = "casework.transfer.see"
    TRANSFER_ANSWER = "casework.transfer.answer"
