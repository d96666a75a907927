"""Looking something up: what is asked for, for what, and when that is unusual. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mlinzi.casework.rules.people import account_in
from mlinzi.intake.rules import HELPER_CODE_LASTS, read_helper_code
from mlinzi.vault.rules import Term, account_term, code_term, link_term, phone_term

LOOK_LIMIT = 60
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MANY, NOTHING_FOUND, SEVERAL = 20, 5, 3
EARLIEST, LATEST = 6, 20
"""Between which hours of the country's day looking something up is ordinary for somebody not on duty."""


class LookPurpose(StrEnum):
    """What somebody looks something up for. A closed list, kept in the audit log."""

    CALLER = "caller"
    SAME_MATTER = "same_matter"
    INVESTIGATION = "investigation"
    ANSWER_AGENCY = "answer_agency"


class LookKind(StrEnum):
    """What was asked for."""

    NUMBER = "number"
    LINK = "link"
    PHONE = "phone"
    ACCOUNT = "account"
    CODE = "code"


class Unusual(StrEnum):
    """Why a supervisor is shown that somebody looked something up."""

    MANY = "many"
    NOTHING_FOUND = "nothing_found"
    SEVERAL_PEOPLE = "several_people"
    AT_NIGHT = "at_night"


@dataclass(frozen=True)
class Asked:
    """What was typed, understood: a number of a case or a referral, or terms that are looked for."""

    kind: LookKind
    number: str = ""
    terms: tuple[Term, ...] = ()

    @property
    def digested(self) -> Term:
        """What stands for the question where it is compared with others; never kept in clear."""
        return Term("|".join(self.terms) or f"number:{self.number}")


_NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


def understood(text: str, *, country_prefix: str, today: date) -> Asked | None:
    """What somebody asks for; None for what is nothing of these. Exact only: there is no part of a word, no
    name, and nothing to browse.
    """
    text = text.strip()
    if code := read_helper_code(text):
        days = (today - timedelta(days=n) for n in range(HELPER_CODE_LASTS.days + 1))
        return Asked(LookKind.CODE, terms=tuple(code_term(code, day) for day in days))
    if _NUMBER.fullmatch(text.upper()):
        return Asked(LookKind.NUMBER, number=text.upper())
    if "/" not in text and (phone := phone_term(text, country_prefix)) and re.fullmatch(r"[+\d ()-]+", text):
        return Asked(LookKind.PHONE, terms=(phone,))
    if link := link_term(text):
        return Asked(LookKind.LINK, terms=(link,))
    if account := account_in(text):
        # What a report told without its service is found by the name alone.
        found = (account_term(*account), account_term("", account[1]))
        return Asked(LookKind.ACCOUNT, terms=tuple(term for term in found if term))
    if text.startswith("@") and (term := account_term("", text)):
        return Asked(LookKind.ACCOUNT, terms=(term,))
    return None


def why_not_look(asked: Asked | None, *, purpose: str, within_the_hour: int) -> list[str]:
    """Reasons against looking something up; empty means yes."""
    reasons = []
    if asked is None:
        reasons.append(
            "Type a whole number of a case, a code of a reporter, a phone number, a link, or an account: "
            "app, colon, name."
        )
    if purpose not in set(LookPurpose):
        reasons.append("Choose what you need it for.")
    if within_the_hour >= LOOK_LIMIT:
        reasons.append(f"You have looked up {LOOK_LIMIT} things within an hour. Wait, or ask a supervisor.")
    return reasons


@dataclass(frozen=True)
class LookFacts:
    """What makes looking something up unusual.

    Args:
        within_the_hour: how many times before, by the same officer. empty_before: how many in a row before
            that found nothing. others: officers who asked the same within a day. at: in the country's time.
    """

    within_the_hour: int
    empty_before: int
    found: int
    others: int
    at: datetime
    on_duty: bool


def unusual(facts: LookFacts) -> list[Unusual]:
    """Why this is shown to a supervisor; empty for what is ordinary. It accuses nobody; a person asks."""
    why = []
    if facts.within_the_hour + 1 > MANY:
        why.append(Unusual.MANY)
    if facts.found == 0 and facts.empty_before + 1 > NOTHING_FOUND:
        why.append(Unusual.NOTHING_FOUND)
    if facts.others + 1 >= SEVERAL:
        why.append(Unusual.SEVERAL_PEOPLE)
    if not facts.on_duty and not EARLIEST <= facts.at.hour < LATEST:
        why.append(Unusual.AT_NIGHT)
    return why
