"""The shape of an order, and of what is said about one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mlinzi.industry.rules.orders import TEXT_LIMIT, Asked, OrderKind
from mlinzi.industry.words import ORDER_KINDS
from mlinzi.kernel.typed import CarriedOutOnce
from mlinzi.law.reads import ProvisionFacts


def _text(label: Any, rows: int = 5, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


class OrderForm(CarriedOutOnce):
    """An order as an officer writes it."""

    about = forms.CharField(
        label=_("Number of the case or referral"),
        max_length=16,
        error_messages={"required": _("Give the number of the case or of the referral.")},
    )
    provider = forms.ChoiceField(
        label=_("Company"), error_messages={"required": _("Choose the company that it goes to.")}
    )
    kind = forms.ChoiceField(
        label=_("What shall the company do?"),
        widget=forms.RadioSelect,
        choices=list(ORDER_KINDS.items()),
        error_messages={"required": _("Choose what the company shall do.")},
    )
    urgent = forms.BooleanField(
        label=_("A child may be in danger: answer within the shorter time"), required=False
    )
    basis = forms.ChoiceField(
        label=_("Provision of law"),
        error_messages={"required": _("Choose the provision that this rests on.")},
    )
    reference = forms.CharField(
        label=_("Number of the order"),
        max_length=200,
        help_text=_("Under which the court or your office keeps it. Nothing is sent without one."),
        error_messages={"required": _("Give the number of the order.")},
    )
    scope = _text(
        _("What is to be kept or handed over?"),
        help_text=_("Accounts, addresses and times: as little as is needed. It is sealed."),
        error_messages={"required": _("Say what is to be kept or handed over.")},
    )
    until = _day(_("Last day on which it holds"), error_messages={"required": _("Give the last day.")})

    def __init__(
        self,
        companies: Sequence[tuple[str, str]],
        provisions: Sequence[ProvisionFacts],
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        named = [(one.pack_id, f"{one.instrument}, {one.number}") for one in provisions]
        self.fields["provider"].choices = [("", "–"), *companies]  # type: ignore[attr-defined]
        self.fields["basis"].choices = [("", "–"), *named]  # type: ignore[attr-defined]

    @property
    def asked(self) -> Asked:
        given = self.cleaned_data
        kind = OrderKind(given["kind"])
        return Asked(
            kind, given["basis"], given["reference"], given["scope"], given["until"], given["urgent"]
        )


class WhyForm(forms.Form):
    """A reason, or an answer, in words."""

    words = _text(_("In your words"), rows=4, error_messages={"required": _("Say it in a sentence.")})


class AnswerForm(WhyForm):
    """An answer, with a file where there is one."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("It is sealed while it arrives."))


class LongerForm(forms.Form):
    """A later last day."""

    until = _day(_("New last day"), error_messages={"required": _("Give the new last day.")})
