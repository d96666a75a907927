"""What is done with reports, cases and referrals. One file per noun; this is the door."""

from mlinzi.casework.acts.answering import answer
from mlinzi.casework.acts.apart import take_apart
from mlinzi.casework.acts.cases import assign, close, judge, note, reopen, take
from mlinzi.casework.acts.escalations import tell_escalations
from mlinzi.casework.acts.files import add_file
from mlinzi.casework.acts.opening import OpenCase, SharedCopy, open_case, open_file, open_referral
from mlinzi.casework.acts.parts import open_parts
from mlinzi.casework.acts.referrals import Wish, accept, decline, done, refer, revoke
from mlinzi.casework.acts.second import ask_second, decide_second, spend_second, withdraw_second
from mlinzi.casework.acts.triage import triage_waiting
from mlinzi.casework.acts.words import tell_of_words

__all__ = [
    "OpenCase",
    "SharedCopy",
    "Wish",
    "accept",
    "add_file",
    "answer",
    "ask_second",
    "assign",
    "close",
    "decide_second",
    "decline",
    "done",
    "judge",
    "note",
    "open_case",
    "open_file",
    "open_parts",
    "open_referral",
    "refer",
    "reopen",
    "revoke",
    "spend_second",
    "take",
    "take_apart",
    "tell_escalations",
    "tell_of_words",
    "triage_waiting",
    "withdraw_second",
]
