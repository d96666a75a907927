"""A copy of a case on paper. Pure."""

from collections.abc import Collection
from enum import StrEnum

from mlinzi.casework.rules.work import Basis


class PaperFor(StrEnum):
    """What a summary is for. A closed list, printed on it and kept in the audit log."""

    COURT = "court"
    AGENCY = "agency"
    MEETING = "meeting"


def why_not_summarise(*, chosen: Collection[str], inside: bool, basis: str, paper_for: str) -> list[str]:
    """Reasons against a summary on paper; empty means yes.

    A sheet of paper cannot be taken back, so nobody makes one on their own judgement alone: what is best for
    a child who could not be asked goes as a referral, on which a second person looks.
    """
    reasons = []
    if not chosen:
        reasons.append("Choose at least one thing that stands in the summary.")
    elif not inside:
        reasons.append("Something you chose is not in this case any more; choose again.")
    if paper_for not in set(PaperFor):
        reasons.append("Choose what the summary is for.")
    if basis == Basis.BEST_INTEREST:
        reasons.append("Paper cannot be taken back; without consent or a law send a referral instead.")
    return reasons
