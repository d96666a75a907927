"""A copy of a case on paper. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from mlinzi.casework.rules.work import Basis

NOTE_ITEM, URGENCY_ITEM = "note", "urgency"
"""What a summary can hold beside the items of a referral: a note (``note:<id>``), how urgent it is."""


class PaperFor(StrEnum):
    """What a summary is for. A closed list, printed on it and kept in the audit log."""

    COURT = "court"
    AGENCY = "agency"
    MEETING = "meeting"


@dataclass(frozen=True)
class PaperPlan:
    """What an officer wants on paper, for whom, what for, on what ground.

    Args:
        to: the receiving organisation's uuid as text. items: codes, see `item`, `NOTE_ITEM`, `URGENCY_ITEM`.
        provision: of law, for that ground. language: in which the sheet speaks.
    """

    to: str
    paper_for: str
    items: frozenset[str]
    basis: str
    provision: str = ""
    language: str = "en"


def why_not_summarise(
    plan: PaperPlan, *, offered: Collection[str], receives: bool, to_self: bool
) -> list[str]:
    """Reasons against a summary on paper; empty means yes.

    A sheet of paper cannot be taken back, so nobody makes one on their own judgement alone: what is best for
    a child who could not be asked goes as a referral, on which a second person looks.

    Args:
        offered: the items of the case. receives: the receiver is an organisation of the directory.
    """
    reasons = []
    if not receives:
        reasons.append("Choose who gets the summary.")
    if to_self:
        reasons.append("Your own organisation reads the case here; it needs no paper.")
    if not plan.items:
        reasons.append("Choose at least one thing that stands in the summary.")
    elif not plan.items <= set(offered):
        reasons.append("Something you chose is not in this case any more; choose again.")
    if plan.paper_for not in set(PaperFor):
        reasons.append("Choose what the summary is for.")
    if plan.basis not in {Basis.CONSENT, Basis.LAW}:
        reasons.append("Paper cannot be taken back; without consent or a law send a referral instead.")
    return reasons
