"""What the urgency of a report is judged by, and when copies of one are one row. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


URGENCY_ORDER = {Urgency.HIGH: 0, Urgency.MEDIUM: 1, Urgency.LOW: 2}


@dataclass(frozen=True)
class ReportFacts:
    """What the urgency of a report is judged by.

    Args:
        shares_term: other reports with the same link, account or phone that do not say nearly the same: a
            flood of copies that names somebody must not make itself urgent.
        copies: other reports that say nearly the same; many: whether the pack calls that a flood of copies.
        in_flood, worked: it came while the door was flooded; the sender's machine had worked for it.
        says_more: it names a link or account, or brings a file. category: in words; category_id: by the
            pack. age, about, since: codes of the pack's form, "" where nothing was said. hours: since it
            came, nobody having taken it. haste, names_child: a provider asks for haste, or describes a
            victim.
    """

    in_danger: str
    base_urgency: str
    category: str
    shares_term: int = 0
    copies: int = 0
    many: bool = False
    in_flood: bool = False
    worked: bool = False
    says_more: bool = True
    category_id: str = ""
    age: str = ""
    about: str = ""
    since: str = ""
    hours: int = 0
    haste: bool = False
    names_child: bool = False


@dataclass(frozen=True)
class Judged:
    """An urgency, why, and the row of the pack's table that gave it: "" where an officer did."""

    urgency: Urgency
    sentence: str
    row: str = ""


BANDS_TO_JOIN = 12
"""In how many of 16 parts two texts meet before one is laid to the other; fewer are enough to be counted."""


@dataclass(frozen=True)
class CopyFacts:
    """A report and a case that waits, which say nearly the same.

    Args:
        copies: reports within the pack's hours that say nearly the same, this one not counted.
        least: from how many reports on the pack lets them go into one row.
        same_area, same_danger: what the two say of place and danger agrees. has_files: files came with it.
        has_contact: the reporter left an address. says_more: it names a link, phone or account that no report
            of the case names.
    """

    copies: int
    least: int
    same_area: bool
    same_danger: bool
    has_files: bool
    has_contact: bool
    says_more: bool


def why_not_join(facts: CopyFacts) -> list[str]:
    """Reasons against laying a report to copies of it that wait; empty means yes.

    Each report keeps its own number and mailbox, and a person can take them apart again. Whatever a report
    brings that its copies do not would be read last, behind them, so it keeps a row of its own.
    """
    reasons = []
    if facts.copies + 1 < facts.least:
        reasons.append("Too few reports say nearly the same.")
    if not facts.same_area:
        reasons.append("The reports name different places.")
    if not facts.same_danger:
        reasons.append("The reports do not say the same about danger.")
    if facts.has_files:
        reasons.append("Files came with this report; somebody has to look at them.")
    if facts.has_contact:
        reasons.append("The reporter may be reached; somebody has to see how.")
    if facts.says_more:
        reasons.append("This report names a link, phone number or account that the others do not.")
    return reasons
