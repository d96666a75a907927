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
from mlinzi.casework.forms.consent import ConsentForm, as_typed
from mlinzi.casework.forms.exchange import GiveUpForm
from mlinzi.casework.forms.referral import DoneForm, LinkForm, ReferForm, ServiceForm, TransferForm, WordsForm
from mlinzi.casework.forms.second import AskSecondForm, DecideForm
from mlinzi.casework.forms.telling import TellForm

__all__ = [
    "AnswerForm",
    "AskSecondForm",
    "AssignForm",
    "CarriedOutOnce",
    "CloseForm",
    "ConsentForm",
    "DecideForm",
    "DoneForm",
    "FileForm",
    "FilterForm",
    "GiveUpForm",
    "JudgeForm",
    "LinkForm",
    "NoteForm",
    "OpenForm",
    "ReferForm",
    "ReferralFilterForm",
    "ReopenForm",
    "ServiceForm",
    "TellForm",
    "TransferForm",
    "WordsForm",
    "as_typed",
    "choices_of",
]
