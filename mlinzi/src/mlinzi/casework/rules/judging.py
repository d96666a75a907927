"""How urgent a report is, and when copies of one are one row. Pure; each answer has its sentence."""

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
        says_more: it names a link or account, or brings a file.
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


@dataclass(frozen=True)
class Judged:
    urgency: Urgency
    sentence: str


def urgency(facts: ReportFacts) -> Judged:
    """How urgent a report is, with the sentence that a person can read out. It orders a queue and decides
    nothing. Where a child is said to be in danger, nothing lowers it.
    """
    if facts.in_danger == "yes":
        return Judged(Urgency.HIGH, "The reporter says that a child is in danger now.")
    judged = _by_itself(facts)
    if facts.many:
        return Judged(
            _LOWER[judged.urgency],
            f"{facts.copies} other reports of the last day say nearly the same; it waits behind the others.",
        )
    if facts.in_flood and not facts.worked and not facts.category and not facts.says_more:
        return Judged(
            _LOWER[judged.urgency],
            "It came in a flood of reports and names nothing that could be looked at; it waits behind the "
            "others.",
        )
    return judged


def _by_itself(facts: ReportFacts) -> Judged:
    """How urgent a report is by what it says, without looking at how it came."""
    base = Urgency(facts.base_urgency) if facts.base_urgency else Urgency.MEDIUM
    if base is Urgency.HIGH:
        return Judged(Urgency.HIGH, f"Reports of this kind are urgent: {facts.category}.")
    if facts.shares_term >= 2:
        return Judged(
            Urgency.HIGH, f"{facts.shares_term} other reports name the same link, account or phone."
        )
    if not facts.category:
        return Judged(
            Urgency.MEDIUM, "The reporter did not say what kind of thing happened; a person has to read it."
        )
    if facts.in_danger == "unknown" and base is Urgency.LOW:
        return Judged(Urgency.MEDIUM, "The reporter does not know whether a child is in danger now.")
    return Judged(base, f"Reports of this kind are of {base.value} urgency: {facts.category}.")


_LOWER = {Urgency.HIGH: Urgency.MEDIUM, Urgency.MEDIUM: Urgency.LOW, Urgency.LOW: Urgency.LOW}


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
