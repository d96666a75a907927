"""The shape of what officers send about referrals."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.acts import Wish
from mlinzi.casework.forms.common import CarriedOutOnce, choices_of
from mlinzi.casework.reads import Receiver
from mlinzi.casework.rules import Basis, Shared
from mlinzi.directory import reads as directory
from mlinzi.kernel.packed import in_language


class ServiceForm(forms.Form):
    """Which help is asked for."""

    service = forms.ChoiceField(label=_("What help is needed?"))

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(s.pack_id, in_language(s.label, language)) for s in directory.services()]
        self.fields["service"].choices = sorted(rows, key=lambda row: row[1])  # type: ignore[attr-defined]


class ReferForm(CarriedOutOnce):
    """Who is asked, what is shared item by item, on what ground."""

    to = forms.ChoiceField(
        label=_("Who is asked?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an organisation.")},
    )
    shared = forms.MultipleChoiceField(
        label=_("What is shared?"),
        help_text=_("They see only what you tick here and the words you write below."),
        choices=choices_of(words.SHARED),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Your words to them"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    basis = forms.ChoiceField(
        label=_("On what ground is it shared?"),
        choices=choices_of(words.BASIS),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose on what ground this is shared.")},
    )

    def __init__(self, service: str, receivers: Iterable[Receiver], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service = service
        able = [(r.uuid, self._label(r)) for r in receivers if r.answerable]
        self.fields["to"].choices = able  # type: ignore[attr-defined]

    @staticmethod
    def _label(receiver: Receiver) -> str:
        if receiver.near:
            where = gettext("in the area of the case")
        else:
            where = gettext("in the whole country") if receiver.everywhere else receiver.area
        return format_html('{} <small class="hint">{}</small>', receiver.name, where)

    def wish(self) -> Wish:
        """What was chosen, as the act takes it."""
        data = self.cleaned_data
        return Wish(
            to=data["to"],
            service=self._service,
            shared=frozenset(Shared(item) for item in data["shared"]),
            basis=Basis(data["basis"]),
            note=data["note"],
        )


class WordsForm(forms.Form):
    """A sentence that goes with an answer to a referral."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), max_length=rules.NOTE_LIMIT)

    def __init__(self, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
