"""The shape of a question to a second person, and of the answer."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules
from mlinzi.kernel.typed import CarriedOutOnce


class AskSecondForm(CarriedOutOnce):
    words = forms.CharField(
        label=_("Why should it be done?"),
        help_text=_("The second person decides by this. It is sealed."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=rules.SECOND_LIMIT,
    )


class DecideForm(forms.Form):
    """The answer; a refusal says why."""

    answer = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("agree", _("I agree")), ("refuse", _("I refuse"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you agree.")},
    )
    words = forms.CharField(
        label=_("Your reasons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=rules.SECOND_LIMIT,
    )

    @property
    def agrees(self) -> bool:
        return bool(self.cleaned_data["answer"] == "agree")

    def clean_words(self) -> str:
        words = str(self.cleaned_data["words"])
        if self.cleaned_data.get("answer") == "refuse" and not words.strip():
            raise forms.ValidationError(gettext("Say why you refuse."))
        return words
