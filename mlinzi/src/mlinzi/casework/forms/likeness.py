"""The shape of what officers decide about two cases."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.rules import DifferentWhy, SameWhy

# What an act says by itself, and nobody chooses.
_BY_ITSELF = {DifferentWhy.TAKEN_OUT}


class LikenessForm(forms.Form):
    """Whether another case is the same matter as this one."""

    other = forms.CharField(
        label=_("Number of the other case"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "input-short"}),
        error_messages={"required": _("Give the number of the other case.")},
    )
    verdict = forms.ChoiceField(
        label=_("Are the two the same matter?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the two are the same matter, and why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].choices = [  # type: ignore[attr-defined]
            *((code, format_lazy("{} {}", _("Yes, join them."), said)) for code, said in _same()),
            *((code, format_lazy("{} {}", _("No."), said)) for code, said in _choices_to_differ()),
        ]

    def same(self) -> SameWhy | None:
        """Why they are one matter; None where they are said not to be."""
        chosen = self.cleaned_data["verdict"]
        return SameWhy(chosen) if chosen in set(SameWhy) else None

    def different(self) -> DifferentWhy:
        """Why they are not."""
        return DifferentWhy(self.cleaned_data["verdict"])


class DisjoinForm(forms.Form):
    """Why two joined cases are taken apart again."""

    why = forms.ChoiceField(label=_("Why are they not the same matter?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].choices = _choices_to_differ()  # type: ignore[attr-defined]

    def chosen(self) -> DifferentWhy:
        """The reason."""
        return DifferentWhy(self.cleaned_data["why"])


def _same() -> Choices:
    return choices_of(words.SAME_WHY)


def _choices_to_differ() -> Choices:
    return choices_of(words.DIFFERENT_WHY, only=set(DifferentWhy) - _BY_ITSELF)
