"""The shape of what officers plan, assess and keep of a court."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.forms.people import items_of
from mlinzi.casework.models import CareItem, RiskForm
from mlinzi.casework.reads import Colleague
from mlinzi.kernel.packed import in_language
from mlinzi.kernel.typed import CarriedOutOnce
from mlinzi.law.reads import ProvisionFacts


class DayField(forms.DateField):
    """A day, by the browser's calendar or typed as 2026-05-17."""

    def __init__(self, **more: Any) -> None:
        wrong = {"invalid": _("Write the day as 2026-05-17.")}
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages=wrong, **more)


class RiskAssessmentForm(CarriedOutOnce):
    """The pack's questions, and the officer's own level where it is another one."""

    level = forms.ChoiceField(
        label=_("Your own judgement"),
        required=False,
        help_text=_("Leave it as it is to take the level that the answers give."),
    )
    reason = forms.CharField(
        label=_("Why another level?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1_000,
    )

    def __init__(self, form: RiskForm, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {
            f"q_{question['id']}": forms.ChoiceField(
                label=in_language(question["ask"], language),
                choices=[(o["id"], in_language(o["label"], language)) for o in question["options"]],
                widget=forms.RadioSelect,
                error_messages={
                    "required": gettext("Answer this; there is an answer for what is not known.")
                },
            )
            for question in form.questions
        }
        own = {name: self.fields.pop(name) for name in ("level", "reason")}
        self.fields |= asked | own
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", gettext("As the answers give it")),
            *choices_of(words.URGENCY),
        ]

    def answers(self) -> dict[str, str]:
        """The chosen option by question."""
        return {name[2:]: value for name, value in self.cleaned_data.items() if name.startswith("q_")}


class NeedForm(forms.Form):
    """What the child needs."""

    need = forms.ChoiceField(label=_("Need"))
    state = forms.ChoiceField(label=_("How it stands"), choices=choices_of(words.NEED_STATE))

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].choices = items_of("need", language)[1:]  # type: ignore[attr-defined]


class GoalForm(CarriedOutOnce):
    text = forms.CharField(
        label=_("What shall be reached?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=rules.NOTE_LIMIT,
    )
    by_when = DayField(label=_("By when?"), required=False)


class ReviewForm(CarriedOutOnce):
    text = forms.CharField(
        label=_("How does the plan stand?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=rules.NOTE_LIMIT,
    )
    next_on = DayField(label=_("When is it looked at again?"), required=False)


class SafetyForm(CarriedOutOnce):
    """The child's safety plan by the pack's headings."""

    def __init__(self, headings: Sequence[CareItem], language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in headings:
            self.fields[f"h_{item.code}"] = forms.CharField(
                label=in_language(item.label, language),
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                max_length=2_000,
            )

    def texts(self) -> dict[str, str]:
        """The texts by heading."""
        return {name[2:]: text for name, text in self.cleaned_data.items() if name.startswith("h_")}

    @staticmethod
    def initial_of(texts: Mapping[str, str]) -> dict[str, str]:
        """The first values, from the version before."""
        return {f"h_{code}": text for code, text in texts.items()}


class TaskForm(CarriedOutOnce):
    title = forms.CharField(label=_("What has to be done?"), max_length=rules.TITLE_LIMIT)
    to = forms.ChoiceField(label=_("Who does it?"))
    due_on = DayField(label=_("By which day?"))

    def __init__(
        self, colleagues: Sequence[Colleague], me: tuple[str, str], *args: Any, **kwargs: Any
    ) -> None:
        """`me`: the officer's id and name, who can always be chosen."""
        super().__init__(*args, **kwargs)
        others: Choices = [(c.id, c.name) for c in colleagues if c.id != me[0]]
        self.fields["to"].choices = [me, *others]  # type: ignore[attr-defined]


class CourtForm(CarriedOutOnce):
    """A session of a court."""

    session = forms.ChoiceField(label=_("What kind of session?"))
    on = DayField(label=_("Day"))
    outcome = forms.ChoiceField(label=_("How did it end?"), required=False)
    order = forms.ChoiceField(label=_("Which order was made?"), required=False)
    next_on = DayField(label=_("When does it go on?"), required=False)
    text = forms.CharField(
        label=_("Court, number of the matter, what was said"),
        help_text=_("It is sealed."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=rules.NOTE_LIMIT,
    )

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, items in (("session", "session"), ("outcome", "court_outcome"), ("order", "order")):
            choices = items_of(items, language)
            self.fields[name].choices = choices[1:] if name == "session" else choices  # type: ignore[attr-defined]


class OffenceForm(CarriedOutOnce):
    """An offence by provision of the law, on the day of the act."""

    provision = forms.ChoiceField(label=_("Provision"))
    on = DayField(label=_("Day of the act"), help_text=_("What the law was on that day is shown."))
    why = forms.CharField(
        label=_("Why this provision?"),
        help_text=_("It is sealed."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=rules.NOTE_LIMIT,
    )

    def __init__(self, provisions: Sequence[ProvisionFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provision"].choices = [  # type: ignore[attr-defined]
            (p.pack_id, f"{p.instrument}, {p.number}: {p.summary}"[:160]) for p in provisions
        ]


class ProsecutionForm(forms.Form):
    prosecution = forms.ChoiceField(label=_("How does the prosecution stand?"), required=False)

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prosecution"].choices = items_of("prosecution", language)  # type: ignore[attr-defined]
