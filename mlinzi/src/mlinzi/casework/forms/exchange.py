"""The shape of what officers send about other case systems and paper."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import date as formatted
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.forms.referral import choices_of_law
from mlinzi.casework.reads import PersonItem
from mlinzi.casework.rules import Basis, PaperPlan
from mlinzi.directory import reads as directory
from mlinzi.kernel.typed import CarriedOutOnce
from mlinzi.law.reads import ProvisionFacts

Printable = Sequence[tuple[str, datetime | int]]


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


def _label_of(code: str, where: datetime | int, *, several: bool) -> str:
    """What an item is called: a note by its time, a text by the place of its report."""
    kind = rules.kind_of(code)
    if isinstance(where, datetime):
        return gettext("Note of %(at)s") % {"at": formatted(localtime(where), "j M Y, H:i")}
    if kind == rules.URGENCY_ITEM:
        return gettext("How urgent it is")
    said = str(words.SHARED[kind])
    return gettext("Report %(n)s: %(what)s") % {"n": where, "what": said} if where and several else said


class PaperForm(CarriedOutOnce):
    """What stands on paper, for whom, what for. Nothing is ticked beforehand."""

    to = forms.ChoiceField(
        label=_("Who gets it?"), error_messages={"required": _("Choose who gets the summary.")}
    )
    paper_for = forms.ChoiceField(
        label=_("What is it for?"),
        choices=choices_of(words.PAPER_FOR),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the summary is for.")},
    )
    items = forms.MultipleChoiceField(
        label=_("What stands in it?"),
        help_text=_("Only what you tick. A sheet of paper cannot be taken back."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that stands in the summary.")},
    )
    basis = forms.ChoiceField(
        label=_("On what ground is it shared?"),
        choices=choices_of(words.BASIS, only=[Basis.CONSENT, Basis.LAW]),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose on what ground this is shared.")},
    )
    provision = forms.ChoiceField(
        label=_("Which provision of law?"),
        help_text=_("Only where the law requires it. Provisions in force today."),
        required=False,
    )
    language = forms.ChoiceField(label=_("Language of the sheet"), choices=settings.LANGUAGES)

    def __init__(
        self,
        printable: Printable,
        people: Iterable[PersonItem],
        provisions: Iterable[ProvisionFacts],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        several = len({where for _code, where in printable if isinstance(where, int) and where}) > 1
        nobody: Choices = [("", "–")]
        houses = nobody + [(str(o.uuid), o.name) for o in directory.organisations().order_by("name")]
        choices: dict[str, Choices] = {
            "to": houses,
            "items": [
                *((code, _label_of(code, where, several=several)) for code, where in printable),
                *choices_of_people(people),
            ],
            "provision": choices_of_law(provisions),
        }
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]

    def plan(self) -> PaperPlan:
        """What was chosen, as the act takes it."""
        data = self.cleaned_data
        return PaperPlan(
            to=data["to"],
            paper_for=data["paper_for"],
            items=frozenset(data["items"]),
            basis=data["basis"],
            provision=data["provision"],
            language=data["language"],
        )


class CheckPaperForm(forms.Form):
    """The mark on a sheet that was found."""

    copy_id = forms.CharField(
        label=_("Copy"),
        help_text=_("It stands at the foot of every page, such as K7QX-92MD-4TRA."),
        max_length=20,
    )


def choices_of_people(items: Iterable[PersonItem]) -> Choices:
    """Facts of people as choices; who it is stands in the case, not here."""
    return [
        (
            one.code,
            gettext("%(who)s %(n)s: %(what)s")
            % {"who": words.PART[one.part], "n": one.place, "what": words.PERSON_FIELD[one.name]},
        )
        for one in items
    ]


class ExportForm(forms.Form):
    """What of the people of a case goes to another case system. Nothing is ticked beforehand."""

    people = forms.MultipleChoiceField(
        label=_("What of the people of the case is sent with it?"),
        help_text=_("Only what you tick. A child of whom nothing is ticked is sent without a name."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, items: Iterable[PersonItem], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = choices_of_people(items)  # type: ignore[attr-defined]
