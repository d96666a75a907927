"""The shape of what officers send, a file per noun. This is the door."""

from mlinzi.casework.forms.case import (
    AnswerForm,
    AssignForm,
    CloseForm,
    FileForm,
    FilterForm,
    JudgeForm,
    NoteForm,
    OpenForm,
    ReferralFilterForm,
    ReopenForm,
)
from mlinzi.casework.forms.common import CarriedOutOnce, choices_of
from mlinzi.casework.forms.referral import ReferForm, ServiceForm, WordsForm

__all__ = [
    "AnswerForm",
    "AssignForm",
    "CarriedOutOnce",
    "CloseForm",
    "FileForm",
    "FilterForm",
    "JudgeForm",
    "NoteForm",
    "OpenForm",
    "ReferForm",
    "ReferralFilterForm",
    "ReopenForm",
    "ServiceForm",
    "WordsForm",
    "choices_of",
]
