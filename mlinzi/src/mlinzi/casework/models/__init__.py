"""The tables of this room, a file per noun."""

from mlinzi.casework.models.care import (
    CareItem,
    Goal,
    Need,
    PlanReview,
    RiskAssessment,
    RiskForm,
    SafetyPlan,
    Task,
)
from mlinzi.casework.models.case import Case, CaseReport, FormUsed, Note, Referral, Unsorted
from mlinzi.casework.models.court import CourtEvent, OffenceInCase
from mlinzi.casework.models.duty import DutyShift, Handover, Late
from mlinzi.casework.models.exchange import Outgoing, Summary
from mlinzi.casework.models.likeness import Likeness
from mlinzi.casework.models.looking import LookUp
from mlinzi.casework.models.people import Fence, Glass, PersonInCase, TraceInCase
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
from mlinzi.casework.models.triage import Claim, SavedFilter, TriageRow

__all__ = [
    "CareItem",
    "Case",
    "CaseReport",
    "Claim",
    "Consent",
    "CourtEvent",
    "DutyShift",
    "Fence",
    "FormUsed",
    "Glass",
    "Goal",
    "GuestLink",
    "Handover",
    "Late",
    "Likeness",
    "LookUp",
    "Need",
    "Note",
    "OffenceInCase",
    "Outgoing",
    "PersonInCase",
    "PlanReview",
    "Referral",
    "ReferralDraft",
    "ReferralOutcome",
    "RestsOn",
    "RiskAssessment",
    "RiskForm",
    "SafetyPlan",
    "SavedFilter",
    "SecondLook",
    "SharingTerm",
    "Summary",
    "Task",
    "TraceInCase",
    "Transfer",
    "TriageRow",
    "Unsorted",
]
