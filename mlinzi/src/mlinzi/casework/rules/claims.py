"""Who reads what waits, and how many filters somebody keeps. Pure."""

from datetime import datetime, timedelta

from mlinzi.casework.rules.work import CaseState

CLAIM_LASTS = timedelta(minutes=15)
FILTERS_LIMIT = 20
NAME_LIMIT = 40


def why_not_claim(state: CaseState, *, holder: str, by: str, name: str, until: datetime | None) -> list[str]:
    """Reasons against reading a waiting case, or against taking it while somebody reads it; empty means yes.

    Args:
        holder: the id of whoever reads it now, "" for nobody; name and until: theirs, in the country's time.
    """
    if state is not CaseState.NEW:
        return ["This case has been taken."]
    if holder and holder != by:
        left = f" until {until:%H:%M}" if until else ""
        return [f"{name} is reading this case{left}. Choose another one."]
    return []


def why_not_filter(name: str, *, others: int) -> list[str]:
    """Reasons against keeping a filter; empty means yes. `others`: how many are kept under other names."""
    reasons = []
    if not name:
        reasons.append("Give the filter a name.")
    if len(name) > NAME_LIMIT:
        reasons.append(f"This name is longer than {NAME_LIMIT} characters; make it shorter.")
    if others >= FILTERS_LIMIT:
        reasons.append(f"You keep {FILTERS_LIMIT} filters already; take one away first.")
    return reasons
