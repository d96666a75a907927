"""The tables of this room, a file per noun."""

from mlinzi.casework.models.case import Case, CaseReport, FormUsed, Note, Referral, Unsorted
from mlinzi.casework.models.second import SecondLook

__all__ = [
    "Case",
    "CaseReport",
    "FormUsed",
    "Note",
    "Referral",
    "SecondLook",
    "Unsorted",
]
