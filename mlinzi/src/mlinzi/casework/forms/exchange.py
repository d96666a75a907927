"""The shape of what officers send about other case systems and paper."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import words
from mlinzi.casework.forms.common import choices_of


class GiveUpForm(forms.Form):
    """Why sending is given up."""

    reason = forms.ChoiceField(
        label=_("Why is it given up?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it is given up.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = choices_of(words.GIVE_UP)  # type: ignore[attr-defined]
