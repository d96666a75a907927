"""The shape of what officers send when a child is told what came of a referral."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import reads, words
from mlinzi.casework.forms.case import AnswerForm
from mlinzi.casework.forms.common import choices_of
from mlinzi.casework.reads import Reporters, ShownReport
from mlinzi.casework.rules import ToldHow


class TellForm(AnswerForm):
    """An answer like any other, with the sentences first that fit the outcome; or how else it was told."""

    how = forms.ChoiceField(
        label=_("How is the child told?"),
        choices=choices_of(words.TOLD_HOW),
        widget=forms.RadioSelect,
        initial=ToldHow.ANSWERED,
    )
    field_order = ("how", "to", "sentences", "own")

    def __init__(
        self,
        outcome: str,
        language: str,
        mine: str,
        offered: Sequence[ShownReport],
        reporters: Reporters,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(language, mine, offered, reporters, *args, **kwargs)
        fitting = reads.answers_for(outcome)
        choices = list(self.fields["sentences"].choices)  # type: ignore[attr-defined]
        first = [pair for pair in choices if pair[0] in fitting]
        self.fields["sentences"].choices = first + [p for p in choices if p not in first]  # type: ignore[attr-defined]
        if "to" in self.fields:
            self.fields["to"].required = False

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("how") != ToldHow.ANSWERED:
            return self.cleaned_data
        if "to" in self.fields and not self.cleaned_data.get("to"):
            self.add_error("to", gettext("Choose who reads it."))
        return super().clean()

    @property
    def reader(self) -> UUID | None:
        """As for any answer; None where nothing is written."""
        return super().reader if self.cleaned_data.get("how") == ToldHow.ANSWERED else None

    def letter(self) -> str:
        """The text as the reporter will read it; "" where nothing is written."""
        return super().letter() if self.cleaned_data.get("how") == ToldHow.ANSWERED else ""
