"""The shape of what officers send, a file per noun. This is the door."""

from mlinzi.casework.forms.care import (
    CourtForm,
    GoalForm,
    NeedForm,
    OffenceForm,
    ProsecutionForm,
    ReviewForm,
    RiskAssessmentForm,
    SafetyForm,
    TaskForm,
)
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
from mlinzi.casework.forms.common import choices_of
from mlinzi.casework.forms.consent import ConsentForm, as_typed
from mlinzi.casework.forms.duty import HandoverForm, LateForm, ShiftForm
from mlinzi.casework.forms.exchange import CheckPaperForm, ExportForm, GiveUpForm, PaperForm
from mlinzi.casework.forms.helpers import EntryForm, HelpForm, initial_of_entry
from mlinzi.casework.forms.likeness import DisjoinForm, LikenessForm
from mlinzi.casework.forms.looking import LookForm
from mlinzi.casework.forms.people import BreakForm, PersonForm, ReviewGlassForm, TraceForm, initial_of
from mlinzi.casework.forms.queue import FilterNameForm, QueueForm
from mlinzi.casework.forms.referral import (
    DoneForm,
    GoOnForm,
    LinkForm,
    ReferForm,
    ServiceForm,
    TransferForm,
    WordsForm,
)
from mlinzi.casework.forms.second import AskSecondForm, DecideForm
from mlinzi.casework.forms.telling import TellForm
from mlinzi.kernel.typed import CarriedOutOnce

__all__ = [
    "AnswerForm",
    "AskSecondForm",
    "AssignForm",
    "BreakForm",
    "CarriedOutOnce",
    "CheckPaperForm",
    "CloseForm",
    "ConsentForm",
    "CourtForm",
    "DecideForm",
    "DisjoinForm",
    "DoneForm",
    "EntryForm",
    "ExportForm",
    "FileForm",
    "FilterForm",
    "FilterNameForm",
    "GiveUpForm",
    "GoOnForm",
    "GoalForm",
    "HandoverForm",
    "HelpForm",
    "JudgeForm",
    "LateForm",
    "LikenessForm",
    "LinkForm",
    "LookForm",
    "NeedForm",
    "NoteForm",
    "OffenceForm",
    "OpenForm",
    "PaperForm",
    "PersonForm",
    "ProsecutionForm",
    "QueueForm",
    "ReferForm",
    "ReferralFilterForm",
    "ReopenForm",
    "ReviewForm",
    "ReviewGlassForm",
    "RiskAssessmentForm",
    "SafetyForm",
    "ServiceForm",
    "ShiftForm",
    "TaskForm",
    "TellForm",
    "TraceForm",
    "TransferForm",
    "WordsForm",
    "as_typed",
    "choices_of",
    "initial_of",
    "initial_of_entry",
]
