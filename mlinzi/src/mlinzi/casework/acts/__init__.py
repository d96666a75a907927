"""What is done with reports, cases and referrals. One file per noun; this is the door."""

from mlinzi.casework.acts.answering import answer
from mlinzi.casework.acts.apart import take_apart
from mlinzi.casework.acts.cases import assign, close, judge, note, reopen, take
from mlinzi.casework.acts.consents import Evidence, open_evidence, record_consent, withdraw_consent
from mlinzi.casework.acts.delivering import ask_serials, deliver_waiting
from mlinzi.casework.acts.drafts import Asked, ask_to_refer, drop_draft, refer_or_ask, send_draft
from mlinzi.casework.acts.escalations import tell_escalations
from mlinzi.casework.acts.exchange import export, give_up_outgoing, open_outgoing_answer, retry_outgoing
from mlinzi.casework.acts.files import add_file
from mlinzi.casework.acts.guests import answer_by_link, open_by_link
from mlinzi.casework.acts.links import end_link, link_of_token, send_link, write_link_letters
from mlinzi.casework.acts.loading import load_sharing
from mlinzi.casework.acts.moves import accept, decline, done, revoke
from mlinzi.casework.acts.opening import (
    OpenCase,
    SharedCopy,
    copy_in,
    open_case,
    open_file,
    open_own_words,
    open_referral,
)
from mlinzi.casework.acts.outcomes import tell_outcome
from mlinzi.casework.acts.parts import open_parts
from mlinzi.casework.acts.referrals import Preview, preview, refer
from mlinzi.casework.acts.second import ask_second, decide_second, spend_second, withdraw_second
from mlinzi.casework.acts.sharing import Wish
from mlinzi.casework.acts.transfers import (
    accept_transfer,
    decline_transfer,
    offer_transfer,
    open_transfer,
    revoke_transfer,
)
from mlinzi.casework.acts.triage import triage_waiting
from mlinzi.casework.acts.words import tell_of_words

__all__ = [
    "Asked",
    "Evidence",
    "OpenCase",
    "Preview",
    "SharedCopy",
    "Wish",
    "accept",
    "accept_transfer",
    "add_file",
    "answer",
    "answer_by_link",
    "ask_second",
    "ask_serials",
    "ask_to_refer",
    "assign",
    "close",
    "copy_in",
    "decide_second",
    "decline",
    "decline_transfer",
    "deliver_waiting",
    "done",
    "drop_draft",
    "end_link",
    "export",
    "give_up_outgoing",
    "judge",
    "link_of_token",
    "load_sharing",
    "note",
    "offer_transfer",
    "open_by_link",
    "open_case",
    "open_evidence",
    "open_file",
    "open_outgoing_answer",
    "open_own_words",
    "open_parts",
    "open_referral",
    "open_transfer",
    "preview",
    "record_consent",
    "refer",
    "refer_or_ask",
    "reopen",
    "retry_outgoing",
    "revoke",
    "revoke_transfer",
    "send_draft",
    "send_link",
    "spend_second",
    "take",
    "take_apart",
    "tell_escalations",
    "tell_of_words",
    "tell_outcome",
    "triage_waiting",
    "withdraw_consent",
    "withdraw_second",
    "write_link_letters",
]
