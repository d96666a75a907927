"""What the forms of all rooms share: moments, forms that do their work once, and an act's refusal."""

import secrets
from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import is_aware, make_aware
from django.utils.translation import gettext_lazy as _

from mlinzi.kernel.errors import Refused


class MomentField(forms.CharField):
    """A moment in the country's time unless it names another: by the browser's calendar, or typed as
    2026-05-17T20:00. None for an empty one that need not be given.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"type": "datetime-local"}), max_length=32, **more)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text.strip().replace(" ", "T"))
            return moment if is_aware(moment) else make_aware(moment)
        except ValueError as error:
            raise forms.ValidationError(_("Write day and time as 2026-05-17T20:00.")) from error


class CarriedOutOnce(forms.Form):
    """A form with a key of its own, so that sending it twice does its work once."""

    form_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=secrets.token_urlsafe)

    @property
    def key(self) -> bytes:
        return str(self.cleaned_data["form_key"]).encode()


def refuse(form: forms.Form, error: Refused) -> None:
    """Put an act's reasons on the form that caused them, with everything typed."""
    for reason in error.reasons:
        form.add_error(None, reason)
