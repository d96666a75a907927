"""The tables of this room, a file per noun."""

from mlinzi.casework.models.case import Case, CaseReport, FormUsed, Note, Referral, Unsorted

__all__ = [
    "Case",
    "CaseReport",
    "FormUsed",
    "Note",
    "Referral",
    "Unsorted",
]
