"""Verbs of the door: write a draft, send it, come back, open what came, tell. This is the door to them."""

from mlinzi.intake.acts.counting import count_contact, count_up, uncount_contact
from mlinzi.intake.acts.drafts import (
    add_file,
    answer,
    begin,
    leave,
    number_for,
    remove_file,
    renew,
    send,
    sweep,
)
from mlinzi.intake.acts.loading import load_categories, load_form
from mlinzi.intake.acts.opening import adopt_files, open_submissions, take_words
from mlinzi.intake.acts.providing import (
    Declined,
    check_json,
    describe_file,
    finish,
    is_kept,
    keep_file,
    may_add,
    retract,
    standing_of,
    state_of,
    submit,
    submit_many,
)
from mlinzi.intake.acts.receiving import contact_text, receive
from mlinzi.intake.acts.taking import expire_provider_reports, take_provider_reports
from mlinzi.intake.acts.telling import (
    mark_read,
    mark_told,
    set_status,
    take_into_case,
    take_many_into_cases,
    tell,
)
from mlinzi.intake.acts.visits import come_back, greeted, write_back

__all__ = [
    "Declined",
    "add_file",
    "adopt_files",
    "answer",
    "begin",
    "check_json",
    "come_back",
    "contact_text",
    "count_contact",
    "count_up",
    "describe_file",
    "expire_provider_reports",
    "finish",
    "greeted",
    "is_kept",
    "keep_file",
    "leave",
    "load_categories",
    "load_form",
    "mark_read",
    "mark_told",
    "may_add",
    "number_for",
    "open_submissions",
    "receive",
    "remove_file",
    "renew",
    "retract",
    "send",
    "set_status",
    "standing_of",
    "state_of",
    "submit",
    "submit_many",
    "sweep",
    "take_into_case",
    "take_many_into_cases",
    "take_provider_reports",
    "take_words",
    "tell",
    "uncount_contact",
    "write_back",
]
