"""The tables of this room, a file per noun."""

from mlinzi.casework.models.case import Case, CaseReport, FormUsed, Note, Referral, Unsorted
from mlinzi.casework.models.exchange import Outgoing, Summary
from mlinzi.casework.models.second import SecondLook
from mlinzi.casework.models.sharing import (
    Consent,
    GuestLink,
    ReferralDraft,
    ReferralOutcome,
    RestsOn,
    SharingTerm,
    Transfer,
)

__all__ = [
    "Case",
    "CaseReport",
    "Consent",
    "FormUsed",
    "GuestLink",
    "Note",
    "Outgoing",
    "Referral",
    "ReferralDraft",
    "ReferralOutcome",
    "RestsOn",
    "SecondLook",
    "SharingTerm",
    "Summary",
    "Transfer",
    "Unsorted",
]
