"""The shape of what officers send about referrals."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import reads, rules, words
from mlinzi.casework.acts import Wish
from mlinzi.casework.forms.care import DayField
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.reads import Offered, Receiver
from mlinzi.casework.rules import OTHER_OUTCOME, Basis
from mlinzi.directory import reads as directory
from mlinzi.kernel.packed import in_language
from mlinzi.kernel.typed import CarriedOutOnce
from mlinzi.law.reads import ProvisionFacts


class ServiceForm(forms.Form):
    """Which help is asked for."""

    service = forms.ChoiceField(label=_("What help is needed?"))

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(s.pack_id, in_language(s.label, language)) for s in directory.services()]
        self.fields["service"].choices = sorted(rows, key=lambda row: row[1])  # type: ignore[attr-defined]


def label_of(offered: Offered, *, several: bool) -> str:
    """What an item is called; in a case of several reports with the report's place."""
    said = str(words.SHARED[offered.kind])
    if offered.part:
        who, what = words.PART[offered.part], words.PERSON_FIELD[offered.field]
        return gettext("%(who)s (person %(n)s): %(what)s") % {"who": who, "n": offered.place, "what": what}
    if offered.place and several:
        return gettext("Report %(n)s: %(what)s") % {"n": offered.place, "what": said}
    return said


def choices_of_items(offered: Sequence[Offered]) -> Choices:
    """The items of a case as choices."""
    several = len({one.place for one in offered if one.place and not one.part}) > 1
    return [(one.code, label_of(one, several=several)) for one in offered]


def choices_of_law(provisions: Iterable[ProvisionFacts]) -> Choices:
    """Provisions in force as choices."""
    nothing: Choices = [("", "–")]
    return nothing + [(p.pack_id, f"{p.instrument}, {p.number}: {p.summary}") for p in provisions]


def _where(receiver: Receiver) -> str:
    if receiver.near.serves:
        return gettext("in the area of the case")
    if receiver.near.everywhere:
        return gettext("in the whole country")
    if receiver.near.km is None:
        return receiver.area
    return gettext("%(place)s, about %(km)d km away") % {"place": receiver.area, "km": receiver.near.km}


class SharingForm(CarriedOutOnce):
    """Who is asked, what is shared item by item, on what ground. Nothing is ticked beforehand."""

    to = forms.ChoiceField(
        label=_("Who is asked?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an organisation.")},
    )
    shared = forms.MultipleChoiceField(
        label=_("What is shared?"),
        help_text=_("They see only what you tick here and the words you write below."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Your words to them"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    basis = forms.ChoiceField(
        label=_("On what ground is it shared?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose on what ground this is shared.")},
    )
    provision = forms.ChoiceField(
        label=_("Which provision of law?"),
        help_text=_("Only where the law requires it. Provisions in force today."),
        required=False,
    )

    def __init__(
        self,
        service: str,
        receivers: Iterable[Receiver],
        offered: Sequence[Offered],
        provisions: Iterable[ProvisionFacts],
        grounds: Iterable[Basis],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._service = service
        receivers = list(receivers)
        self._addresses = {r.uuid: r.email for r in receivers if r.email and not r.answerable}
        choices = {
            "to": [(r.uuid, self._label(r)) for r in receivers],
            "shared": choices_of_items(offered),
            "basis": choices_of(words.BASIS, only=grounds),
            "provision": choices_of_law(provisions),
        }
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]

    @staticmethod
    def _label(receiver: Receiver) -> str:
        marks = [_where(receiver)]
        if receiver.open_now is False:
            marks.append(gettext("nobody is there now"))
        if receiver.full:
            marks.append(gettext("full"))
        if not receiver.answerable:
            marks.append(gettext("no account; answers by a link"))
        return format_html('{} <small class="hint">{}</small>', receiver.name, ", ".join(marks))

    def wish(self) -> Wish:
        """What was chosen, as the act takes it."""
        data = self.cleaned_data
        # What the directory knows need not be typed, and whoever keeps the entry has called it right.
        known = self._addresses.get(data["to"], "") if not data.get("address") else ""
        return Wish(
            to=data["to"],
            service=self._service,
            shared=frozenset(data["shared"]),
            basis=Basis(data["basis"]),
            note=data["note"],
            provision=data["provision"],
            reason=data.get("reason", ""),
            address=known or data.get("address", ""),
            again=known or data.get("again", ""),
            seen=data.get("seen", ""),
        )


class ReferForm(SharingForm):
    """What is asked of whom; also of an organisation without account, and where a child cannot be asked."""

    reason = forms.CharField(
        label=_("Why is it best for the child?"),
        help_text=_("Only where the child could not be asked. A second person reads it and has to agree."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    address = forms.EmailField(
        label=_("E-mail address for a link"),
        help_text=_(
            "Only where the organisation has no account; empty for the one that the directory knows. "
            "The letter says nothing about a child."
        ),
        required=False,
    )
    again = forms.EmailField(label=_("The same address once more"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class TransferForm(SharingForm):
    """Who is offered the case, and what they may read in order to decide."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].label = _("Who should have the case?")


class WordsForm(forms.Form):
    """A sentence that goes with an answer to a referral."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), max_length=rules.NOTE_LIMIT)

    def __init__(self, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


class DoneForm(forms.Form):
    """What came of a referral: a code of the pack, and words."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of it.")},
    )
    text = forms.CharField(
        label=_("What was done?"), widget=forms.Textarea(attrs={"rows": 5}), max_length=rules.NOTE_LIMIT
    )

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(o.pack_id, in_language(o.label, language)) for o in reads.outcomes()]
        other: Choices = [(OTHER_OUTCOME, words.SOMETHING_ELSE)]
        self.fields["outcome"].choices = [*rows, *other]  # type: ignore[attr-defined]


class GoOnForm(forms.Form):
    """Until when help goes on, and why."""

    until = DayField(label=_("Until when?"), help_text=_("At most 90 days ahead. Tell us again then."))
    why = forms.ChoiceField(
        label=_("Why does it go on?"), widget=forms.RadioSelect, choices=list(words.GOES_ON.items())
    )


class LinkForm(forms.Form):
    """Where a link is sent."""

    address = forms.EmailField(label=_("E-mail address for a link"))
    again = forms.EmailField(label=_("The same address once more"))
