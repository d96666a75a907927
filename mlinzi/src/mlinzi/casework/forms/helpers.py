"""The shape of a search for help, and of an organisation's entry."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.directory import reads as directory
from mlinzi.directory.rules import DAYS, LINE_LIMIT, Capacity, Told
from mlinzi.kernel.packed import in_language


class HelpForm(forms.Form):
    """Which help is looked for, and near what."""

    service = forms.ChoiceField(label=_("Which help?"), required=False)
    place = forms.ChoiceField(label=_("Near"), required=False)
    stale = forms.BooleanField(label=_("Only those that have to be verified"), required=False)

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything: Choices = [("", _("All"))]
        rows: Choices = [(s.pack_id, in_language(s.label, language)) for s in directory.services()]
        self.fields["service"].choices = everything + sorted(rows, key=lambda row: str(row[1]))  # type: ignore[attr-defined]
        areas: Choices = [(place.pack_id, place.name) for place in directory.areas()]
        self.fields["place"].choices = everything + areas  # type: ignore[attr-defined]


class EntryForm(forms.Form):
    """What an organisation tells of itself. Each day has two times, or none where nobody is there."""

    contact = forms.CharField(
        label=_("Whom does one ask for?"),
        help_text=_("A function such as duty officer, not a name."),
        max_length=LINE_LIMIT,
        required=False,
    )
    phone = forms.CharField(label=_("Telephone of the office"), max_length=32, required=False)
    email = forms.EmailField(
        label=_("E-mail address of the office"),
        help_text=_("Links for an answer go there, where nobody has an account."),
        required=False,
    )
    capacity = forms.ChoiceField(
        label=_("Can you take somebody now?"), choices=choices_of(words.CAPACITY), widget=forms.RadioSelect
    )
    always = forms.BooleanField(label=_("Somebody is there day and night"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in DAYS:
            for end, label in (("from", _("from")), ("to", _("to"))):
                field = forms.TimeField(
                    label=label,
                    required=False,
                    widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                    error_messages={"invalid": _("Write a time such as 08:00.")},
                )
                self.fields[f"{day}_{end}"] = field

    def days(self) -> list[tuple[str, Any, Any]]:
        """Each day's word and its two fields, for the page."""
        return [(str(words.WEEKDAY[day]), self[f"{day}_from"], self[f"{day}_to"]) for day in DAYS]

    def plain(self) -> list[Any]:
        """The fields beside the days, for the page."""
        return [self[name] for name in ("contact", "phone", "email", "capacity", "always")]

    def clean(self) -> dict[str, Any]:
        """A day has both its times or none."""
        data = super().clean() or {}
        for day in DAYS:
            begins, ends = data.get(f"{day}_from"), data.get(f"{day}_to")
            if (begins is None) != (ends is None):
                missing = f"{day}_to" if ends is None else f"{day}_from"
                if missing not in self.errors:
                    self.add_error(missing, _("Give both times of the day, or none."))
        return data

    def told(self) -> Told:
        """What was written."""
        data = self.cleaned_data
        spans: dict[str, tuple[time, time]] = {
            day: (data[f"{day}_from"], data[f"{day}_to"])
            for day in DAYS
            if data.get(f"{day}_from") is not None
        }
        return Told(
            spans, data["always"], Capacity(data["capacity"]), data["contact"], data["phone"], data["email"]
        )


def initial_of_entry(told: Told | None) -> dict[str, Any]:
    """What the form begins with."""
    if told is None:
        return {"capacity": Capacity.UNKNOWN}
    found: dict[str, Any] = {
        "contact": told.contact,
        "phone": told.phone,
        "email": told.email,
        "capacity": told.capacity,
        "always": told.always,
    }
    for day, (begins, ends) in told.hours.items():
        found |= {f"{day}_from": begins, f"{day}_to": ends}
    return found
