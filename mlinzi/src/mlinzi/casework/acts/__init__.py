"""What is done with reports, cases and referrals. One file per noun; this is the door."""

from mlinzi.casework.acts.answering import answer
from mlinzi.casework.acts.apart import take_apart
from mlinzi.casework.acts.care import (
    add_court,
    add_goal,
    assess_risk,
    end_goal,
    end_task,
    give_task,
    load_care,
    name_offence,
    remove_offence,
    review_plan,
    set_need,
    set_prosecution,
    write_safety_plan,
)
from mlinzi.casework.acts.cases import assign, close, judge, note, reopen, take
from mlinzi.casework.acts.claims import claim, claim_next, drop_filter, release, save_filter
from mlinzi.casework.acts.consents import Evidence, open_evidence, record_consent, withdraw_consent
from mlinzi.casework.acts.delivering import ask_serials, deliver_waiting
from mlinzi.casework.acts.drafts import Asked, ask_to_refer, drop_draft, refer_or_ask, send_draft
from mlinzi.casework.acts.duty import add_shift, copy_week, hand_over, read_handover, remove_shift
from mlinzi.casework.acts.escalations import tell_escalations
from mlinzi.casework.acts.exchange import export, give_up_outgoing, open_outgoing_answer, retry_outgoing
from mlinzi.casework.acts.fences import declare_conflict, fence_out, lift_fence
from mlinzi.casework.acts.files import add_file
from mlinzi.casework.acts.glass import break_glass, open_in_need, review_glass
from mlinzi.casework.acts.guests import answer_by_link, open_by_link
from mlinzi.casework.acts.helpers import ask_about_entries, tell_of_help, verify_help
from mlinzi.casework.acts.lateness import explain_late, see_late
from mlinzi.casework.acts.likeness import ask_anew, disjoin, join_cases, tell_apart
from mlinzi.casework.acts.links import end_link, link_of_token, send_link, write_link_letters
from mlinzi.casework.acts.loading import load_sharing
from mlinzi.casework.acts.looking import Found, look_up, see_unusual
from mlinzi.casework.acts.moves import accept, decline, done, go_on, revoke
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
from mlinzi.casework.acts.paper import check_paper, summarise
from mlinzi.casework.acts.parts import open_parts
from mlinzi.casework.acts.people import (
    PersonTold,
    add_person,
    add_trace,
    bring_back_person,
    change_person,
    people_to_share,
    person_fields,
    remove_person,
    remove_trace,
)
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
from mlinzi.casework.acts.triage import load_triage, raise_stale, triage_waiting
from mlinzi.casework.acts.words import tell_of_words

__all__ = [
    "Asked",
    "Evidence",
    "Found",
    "OpenCase",
    "PersonTold",
    "Preview",
    "SharedCopy",
    "Wish",
    "accept",
    "accept_transfer",
    "add_court",
    "add_file",
    "add_goal",
    "add_person",
    "add_shift",
    "add_trace",
    "answer",
    "answer_by_link",
    "ask_about_entries",
    "ask_anew",
    "ask_second",
    "ask_serials",
    "ask_to_refer",
    "assess_risk",
    "assign",
    "break_glass",
    "bring_back_person",
    "change_person",
    "check_paper",
    "claim",
    "claim_next",
    "close",
    "copy_in",
    "copy_week",
    "decide_second",
    "declare_conflict",
    "decline",
    "decline_transfer",
    "deliver_waiting",
    "disjoin",
    "done",
    "drop_draft",
    "drop_filter",
    "end_goal",
    "end_link",
    "end_task",
    "explain_late",
    "export",
    "fence_out",
    "give_task",
    "give_up_outgoing",
    "go_on",
    "hand_over",
    "join_cases",
    "judge",
    "lift_fence",
    "link_of_token",
    "load_care",
    "load_sharing",
    "load_triage",
    "look_up",
    "name_offence",
    "note",
    "offer_transfer",
    "open_by_link",
    "open_case",
    "open_evidence",
    "open_file",
    "open_in_need",
    "open_outgoing_answer",
    "open_own_words",
    "open_parts",
    "open_referral",
    "open_transfer",
    "people_to_share",
    "person_fields",
    "preview",
    "raise_stale",
    "read_handover",
    "record_consent",
    "refer",
    "refer_or_ask",
    "release",
    "remove_offence",
    "remove_person",
    "remove_shift",
    "remove_trace",
    "reopen",
    "retry_outgoing",
    "review_glass",
    "review_plan",
    "revoke",
    "revoke_transfer",
    "save_filter",
    "see_late",
    "see_unusual",
    "send_draft",
    "send_link",
    "set_need",
    "set_prosecution",
    "spend_second",
    "summarise",
    "take",
    "take_apart",
    "tell_apart",
    "tell_escalations",
    "tell_of_help",
    "tell_of_words",
    "tell_outcome",
    "triage_waiting",
    "verify_help",
    "withdraw_consent",
    "withdraw_second",
    "write_link_letters",
    "write_safety_plan",
]
