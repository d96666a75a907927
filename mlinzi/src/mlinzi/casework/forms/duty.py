"""The shape of shifts, of reasons for lateness, and of a handover."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.reads import CaseRow, TeamMate
from mlinzi.casework.rules import Rank
from mlinzi.kernel.typed import CarriedOutOnce, MomentField


class ShiftForm(forms.Form):
    """Somebody on duty from when to when."""

    person = forms.ChoiceField(label=_("Who?"))
    rank = forms.ChoiceField(label=_("Who is called?"), choices=choices_of(words.RANK))
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))

    def __init__(self, people: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = list(people)  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Rank:
        return Rank(self.cleaned_data["rank"])


class LateForm(forms.Form):
    """Why something was late."""

    why = forms.ChoiceField(
        label=_("Why was it late?"),
        choices=choices_of(words.LATE_WHY),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it was late.")},
    )
    words = forms.CharField(
        label=_("Anything that would help next time"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=rules.LATE_WORDS_LIMIT,
    )


class HandoverForm(CarriedOutOnce):
    """What the next shift has to know, and which cases go over."""

    to = forms.ChoiceField(label=_("To whom?"))
    cases = forms.MultipleChoiceField(
        label=_("Which cases become theirs?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=_("What do they have to know?"),
        help_text=_("It is sealed; only they and you can read it."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=rules.HANDOVER_LIMIT,
    )

    def __init__(self, mates: Sequence[TeamMate], mine: Sequence[CaseRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(m.id, m.name) for m in mates]  # type: ignore[attr-defined]
        cases: Choices = [
            (r.case.number, f"{r.case.number} · {words.URGENCY.get(r.case.urgency, '')}") for r in mine
        ]
        self.fields["cases"].choices = cases  # type: ignore[attr-defined]
