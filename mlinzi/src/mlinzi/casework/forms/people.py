"""The shape of what officers write down about people, and of conflicts and openings in need."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.acts import PersonTold
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.models import CareItem
from mlinzi.casework.reads import ShownReport, care_items
from mlinzi.casework.rules import Part, PersonField, Sex, TraceKind
from mlinzi.kernel.packed import in_language
from mlinzi.kernel.typed import CarriedOutOnce

_ROWS = {
    PersonField.ACCOUNTS: 3,
    PersonField.LINKS: 3,
    PersonField.NOTE: 4,
    PersonField.LANGUAGE_NEEDS: 2,
}


def items_of(list_name: str, language: str, empty: str = "") -> Choices:
    """The lines of one of the pack's lists as choices, with an empty one before them."""
    rows: list[CareItem] = care_items(list_name)
    return [("", empty or "–"), *((row.code, in_language(row.label, language)) for row in rows)]


class PersonForm(CarriedOutOnce):
    """Somebody who has a part in the case. Nothing but the part and one fact is needed."""

    part = forms.ChoiceField(label=_("What are they in this case?"), choices=choices_of(words.PART))
    suspected = forms.BooleanField(
        label=_("Suspected of having done harm"),
        required=False,
        help_text=_("Nothing is written to a suspected person, whatever else they are."),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=choices_of(words.SEX), initial=Sex.UNKNOWN)
    relation = forms.ChoiceField(label=_("What are they to the child?"), required=False)
    report = forms.ChoiceField(
        label=_("Which report is theirs?"), required=False, help_text=_("If they reported themselves.")
    )

    def __init__(self, language: str, reports: Sequence[ShownReport], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["relation"].choices = items_of("relation", language)  # type: ignore[attr-defined]
        mine: Choices = [(str(r.link.report_id), words.report_name(r.place)) for r in reports]
        self.fields["report"].choices = [("", "–"), *mine]  # type: ignore[attr-defined]
        for name in PersonField:
            self.fields[name.value] = self._field(name, language)

    @staticmethod
    def _field(name: PersonField, language: str) -> forms.Field:
        label, hint = str(words.PERSON_FIELD[name]), str(words.PERSON_HINT.get(name, ""))
        if name is PersonField.DOCUMENT:
            return forms.ChoiceField(label=label, required=False, choices=items_of("document", language))
        rows = _ROWS.get(name)
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        return forms.CharField(
            label=label, help_text=hint, required=False, widget=widget, max_length=rules.NOTES_LIMIT
        )

    def told(self) -> PersonTold:
        """What was written down, as the act takes it."""
        data = self.cleaned_data
        return PersonTold(
            part=Part(data["part"]),
            suspected=data["suspected"],
            sex=Sex(data["sex"]),
            relation=data["relation"],
            report=UUID(data["report"]) if data["report"] else None,
            fields={name: data[name.value] for name in PersonField if data.get(name.value)},
        )


class TraceForm(CarriedOutOnce):
    """A link, an account or a phone number of nobody known yet."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=choices_of(words.TRACE_KIND))
    value = forms.CharField(
        label=_("As it stands there"),
        help_text=_("Of an account, first the app or service, then a colon, then the name."),
        max_length=2_000,
    )

    @property
    def chosen(self) -> TraceKind:
        return TraceKind(self.cleaned_data["kind"])


class BreakForm(forms.Form):
    """Why somebody opens a case that is not theirs."""

    number = forms.CharField(label=_("Number of the case"), max_length=32)
    reason = forms.ChoiceField(
        label=_("Why do you have to open it now?"),
        choices=choices_of(words.GLASS_REASON),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why you need to open it now.")},
    )
    words = forms.CharField(
        label=_("What happens?"),
        help_text=_("A supervisor reads it within a day. It is sealed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=rules.GLASS_WORDS_LIMIT,
    )


class ReviewGlassForm(forms.Form):
    """Whether an opening in need was justified."""

    verdict = forms.ChoiceField(
        label=_("Was it justified?"),
        choices=choices_of(words.GLASS_VERDICT),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether it was justified.")},
    )
    words = forms.CharField(
        label=_("Your reasons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=rules.GLASS_WORDS_LIMIT,
    )


def initial_of(person: Mapping[PersonField, str]) -> dict[str, str]:
    """The first values of a form, from what is known."""
    return {name.value: text for name, text in person.items()}
