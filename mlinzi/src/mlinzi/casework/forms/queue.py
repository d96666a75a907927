"""The shape of what officers want to see of the queue."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.reads import Wanted
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake
from mlinzi.kernel.packed import in_language

WAITS = (1, 3, 6, 12, 24, 72)


class QueueForm(forms.Form):
    """Which waiting cases are shown. What an address holds that is no choice counts for nothing."""

    urgency = forms.ChoiceField(label=_("Urgency"), required=False)
    danger = forms.ChoiceField(label=_("Danger now"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    category = forms.ChoiceField(label=_("About"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    waits = forms.ChoiceField(label=_("Waits for at least"), required=False)
    free = forms.ChoiceField(label=_("Read by somebody"), required=False)

    def __init__(self, mine: str, *args: Any, **kwargs: Any) -> None:
        """`mine`: the officer's language."""
        super().__init__(*args, **kwargs)
        everything: Choices = [("", _("All"))]
        kinds = [(c.pack_id, in_language(c.officer_label, mine)) for c in intake.categories()]
        offered: dict[str, Choices] = {
            "urgency": choices_of(words.URGENCY),
            "danger": choices_of(words.DANGER),
            "area": [(place.pack_id, place.name) for place in directory.areas()],
            "category": sorted(kinds, key=lambda row: row[1]),
            "language": [(code, str(name)) for code, name in settings.LANGUAGES],
            "waits": [(str(n), _("%(n)d h") % {"n": n}) for n in WAITS],
            "free": [("yes", _("Not read by anybody now"))],
        }
        for name, choices in offered.items():
            self.fields[name].choices = everything + choices  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """What was chosen, by field; nothing that is no choice."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def wanted(self) -> Wanted:
        """The same as the read takes it."""
        return Wanted(**self.chosen())


class FilterNameForm(forms.Form):
    name = forms.CharField(label=_("Name of this filter"), max_length=rules.NAME_LIMIT)
