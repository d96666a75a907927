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
from mlinzi.casework.forms.second import AskSecondForm, DecideForm

__all__ = [
    "AnswerForm",
    "AskSecondForm",
    "AssignForm",
    "CarriedOutOnce",
    "CloseForm",
    "DecideForm",
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
