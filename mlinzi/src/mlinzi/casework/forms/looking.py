"""The shape of a question."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import words
from mlinzi.casework.forms.common import choices_of


class LookForm(forms.Form):
    """One thing, and what it is needed for."""

    asked = forms.CharField(
        label=_("What do you look for?"),
        help_text=_(
            "The whole number of a case or a referral, a phone number, a link, or an account: the app, a "
            "colon, the name. Nothing is searched by parts or by names of people."
        ),
        max_length=2_000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    purpose = forms.ChoiceField(
        label=_("What do you need it for?"),
        choices=choices_of(words.LOOK_PURPOSE),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you need it for.")},
    )
