"""What the forms of this room share."""

import secrets
from collections.abc import Iterable

from django import forms
from django.utils.functional import Promise

from mlinzi.casework import words

Choices = list[tuple[str, str | Promise]]


def choices_of(table: words.Words, only: Iterable[str] = ()) -> Choices:
    """Pairs for a field from a table of words."""
    wanted = set(only)
    return [(str(code), label) for code, label in table.items() if not wanted or code in wanted]


class CarriedOutOnce(forms.Form):
    """A form with a key of its own, so that sending it twice does its work once."""

    form_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=secrets.token_urlsafe)

    @property
    def key(self) -> bytes:
        return str(self.cleaned_data["form_key"]).encode()
