"""Who has a part in a case, who must not see it, and who may be told. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mlinzi.casework.rules.work import CaseState
from mlinzi.vault.rules import link_term, phone_term

FIELD_LIMIT, NOTES_LIMIT, LINES_LIMIT = 200, 4_000, 50
GLASS_LASTS = timedelta(minutes=60)
GLASS_WORDS_LIMIT = 2_000
_OLDEST = 130
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Part(StrEnum):
    """What somebody is in a case."""

    CHILD = "child"
    REPORTER = "reporter"
    SUSPECT = "suspect"
    CAREGIVER = "caregiver"
    WITNESS = "witness"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    INTERSEX = "intersex"
    UNKNOWN = "unknown"


class PersonField(StrEnum):
    """What can be known about somebody; all of it sealed. Accounts and links: one a line."""

    NAME = "name"
    OTHER_NAMES = "other_names"
    BORN = "born"
    PHONE = "phone"
    EMAIL = "email"
    PLACE = "place"
    SCHOOL = "school"
    DOCUMENT = "document"
    DOCUMENT_NUMBER = "document_number"
    ACCOUNTS = "accounts"
    LINKS = "links"
    LANGUAGE_NEEDS = "language_needs"
    NOTE = "note"


class TraceKind(StrEnum):
    """What can belong to a case and to nobody known yet."""

    LINK = "link"
    ACCOUNT = "account"
    PHONE = "phone"


class FenceWhy(StrEnum):
    """Why a case does not exist for somebody."""

    DECLARED = "declared"
    IS_IN_CASE = "is_in_case"


class GlassReason(StrEnum):
    """Why somebody opens a case that is not theirs. A closed list, kept in the audit log."""

    CHILD_CALLS = "child_calls"
    CHILD_IS_HERE = "child_is_here"
    DANGER_NOW = "danger_now"
    OFFICER_AWAY = "officer_away"


class GlassVerdict(StrEnum):
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


@dataclass(frozen=True)
class PersonFacts:
    """What is written down about somebody: texts by field, stripped, only those that hold something."""

    part: Part
    suspected: bool
    fields: Mapping[PersonField, str]

    @property
    def is_suspect(self) -> bool:
        return self.suspected or self.part is Part.SUSPECT


def lines_of(text: str) -> list[str]:
    """The lines of a text that hold something, in their order."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def account_in(line: str) -> tuple[str, str] | None:
    """Service and name out of ``service: name``; None where the line names no service."""
    service, colon, name = line.partition(":")
    return (service.strip(), name.strip()) if colon and service.strip() and name.strip() else None


def why_not_born(text: str, *, today: date) -> list[str]:
    """Reasons against a date of birth or an age: ``2012-05-17``, ``2012`` or ``14`` are ones."""
    wrong = "Write the day of birth as 2012-05-17, the year as 2012, or the age in years as 14."
    if re.fullmatch(r"\d{1,3}", text):
        return [] if int(text) <= _OLDEST else [wrong]
    try:
        born = date(int(text), 1, 1) if re.fullmatch(r"\d{4}", text) else date.fromisoformat(text)
    except ValueError:
        return [wrong]
    if born > today:
        return ["The day of birth lies in the future; correct it."]
    return [] if today.year - born.year <= _OLDEST else [wrong]


def why_not_keep_person(state: CaseState, facts: PersonFacts, *, today: date) -> list[str]:
    """Reasons against writing somebody down; empty means yes."""
    reasons = _if_closed(state)
    fields = facts.fields
    if not fields:
        reasons.append("Write at least one thing that is known, even if it is only what they are called.")
    for name, text in fields.items():
        limit = NOTES_LIMIT if name in _LONG else FIELD_LIMIT
        if len(text) > limit:
            reasons.append(f"One answer is longer than {limit} characters; make it shorter.")
    if born := fields.get(PersonField.BORN):
        reasons += why_not_born(born, today=today)
    if (phone := fields.get(PersonField.PHONE)) and phone_term(phone) is None:
        reasons.append("This is not a phone number; write it with digits, for example 0700 000 000.")
    if (email := fields.get(PersonField.EMAIL)) and not _EMAIL.fullmatch(email):
        reasons.append("This is not an e-mail address; it has a name, @ and a domain.")
    accounts = lines_of(fields.get(PersonField.ACCOUNTS, ""))
    if any(account_in(line) is None for line in accounts):
        reasons.append("Write one account a line, first the app or service, then a colon, then the name.")
    links = lines_of(fields.get(PersonField.LINKS, ""))
    if any(link_term(line) is None for line in links):
        reasons.append("Write one link a line, as it stands in the browser.")
    if max(len(accounts), len(links)) > LINES_LIMIT:
        reasons.append(f"Write down {LINES_LIMIT} accounts and links at most.")
    return reasons


_LONG = {PersonField.NOTE, PersonField.ACCOUNTS, PersonField.LINKS, PersonField.LANGUAGE_NEEDS}


def why_not_keep_trace(state: CaseState, kind: TraceKind, text: str) -> list[str]:
    """Reasons against writing down a link, an account or a phone number; empty means yes."""
    reasons = _if_closed(state)
    fits = {
        TraceKind.LINK: link_term(text) is not None,
        TraceKind.PHONE: phone_term(text) is not None,
        TraceKind.ACCOUNT: account_in(text) is not None,
    }[kind]
    if not fits:
        reasons.append(_UNFIT[kind])
    if len(text) > FIELD_LIMIT * 10:
        reasons.append("This is too long to be one; write down its beginning.")
    return reasons


_UNFIT = {
    TraceKind.LINK: "This is no link; copy it as it stands in the browser.",
    TraceKind.PHONE: "This is not a phone number; write it with digits, for example 0700 000 000.",
    TraceKind.ACCOUNT: "Write the app or service, then a colon, then the name of the account.",
}


def _if_closed(state: CaseState) -> list[str]:
    return ["This case is closed; open it again first."] if state is CaseState.CLOSED else []


def why_not_lift(*, lifter: str, fenced: str, lifted: bool, words: str) -> list[str]:
    """Reasons against letting somebody see a case again; empty means yes. Ids are text."""
    reasons = []
    if lifter == fenced:
        reasons.append("This is about yourself; somebody else has to decide.")
    if lifted:
        reasons.append("This was decided already.")
    if not words.strip():
        reasons.append("Say why the conflict of interest is over.")
    return reasons


def why_not_break(*, reason: str, words: str, factor_fresh: bool, sees: bool) -> list[str]:
    """Reasons against opening a case in need; empty means yes.

    Args:
        sees: the officer has access anyway.
    """
    reasons = []
    if sees:
        reasons.append("You have access to this case; open it the usual way.")
    if reason not in set(GlassReason):
        reasons.append("Choose why you need to open it now.")
    if not words.strip():
        reasons.append("Say in a sentence what happens; a supervisor reads it.")
    if len(words) > GLASS_WORDS_LIMIT:
        reasons.append(f"This is longer than {GLASS_WORDS_LIMIT} characters; make it shorter.")
    if not factor_fresh:
        reasons.append("Confirm with your second factor first.")
    return reasons


def why_not_review(*, reviewer: str, person: str, reviewed: bool, verdict: str, words: str) -> list[str]:
    """Reasons against judging an opening in need; empty means yes. Ids are text."""
    reasons = []
    if reviewer == person:
        reasons.append("You opened it yourself; somebody else has to judge.")
    if reviewed:
        reasons.append("This was judged already.")
    if verdict not in set(GlassVerdict):
        reasons.append("Choose whether it was justified.")
    if verdict == GlassVerdict.NOT_JUSTIFIED and not words.strip():
        reasons.append("Say why it was not justified.")
    return reasons


def glass_ends(broken_at: datetime) -> datetime:
    """When a case opened in need shuts again."""
    return broken_at + GLASS_LASTS
