"""The two forms of the public door. Only what happened has to be told; everything else may stay empty."""

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from mlinzi.directory import reads as directory
from mlinzi.intake import reads, rules
from mlinzi.intake.rules import Danger, Receipt, Submitted
from mlinzi.kernel.packed import in_language

TOKEN_BYTES = 16
UNKNOWN, UNSAID = "unknown", "unsaid"
_signer = signing.Signer(salt="intake.form")
Choices = Sequence[tuple[str, str | Promise]]


def fresh_token() -> str:
    """A new signed token: what makes one form out of however many times it is sent."""
    raw = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode()
    return _signer.sign(raw)


def read_token(signed: str) -> bytes | None:
    """The random bytes in a token of ours; None for any other text."""
    try:
        raw = base64.urlsafe_b64decode(_signer.unsign(signed))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None
    return raw if len(raw) == TOKEN_BYTES else None


class ToldText(forms.CharField):
    """Free text that is cleaned, never cut. No `maxlength`: browsers would cut what is pasted, unseen."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        too_long = _("This is too long: it may have %(limit_value)s characters and has %(show_value)s.")
        self.validators.append(MaxLengthValidator(limit, too_long))

    def to_python(self, value: Any) -> str:
        return super().to_python(rules.clean_text(value or "")) or ""

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002 - the library's signature
        return rules.clean_text(data or "")


class TellForm(forms.Form):
    """What somebody tells. `token` is minted when the form is shown and makes sending it twice harmless."""

    use_required_attribute = False  # what is missing is said by us, in the language of the page

    narrative = ToldText(
        rules.NARRATIVE_LIMIT,
        label=_("What happened?"),
        help_text=_("Write as you speak. You need no names. Please never send pictures."),
        error_messages={"required": _("Tell us in a few words what happened.")},
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "dir": "auto"}),
    )
    category = forms.ChoiceField(label=_("What is it about?"), required=False, widget=forms.RadioSelect)
    where_online = ToldText(
        rules.WHERE_LIMIT,
        label=_("Where online did it happen?"),
        help_text=_("The name of the app, the link, or the name of the account. Never a picture."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "dir": "auto"}),
    )
    area = forms.ChoiceField(
        label=_("Where in the country?"), help_text=_("So that help can come from near."), required=False
    )
    in_danger = forms.ChoiceField(
        label=_("Is a child in danger now?"), required=False, widget=forms.RadioSelect
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, language: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"token": fresh_token()})
        self.language = language
        self._choices("category", _categories(language))
        self._choices("area", [("", _("I don't know, or I'd rather not say")), *_areas()])
        self._choices(
            "in_danger",
            [
                (Danger.YES, _("Yes")),
                (Danger.NO, _("No")),
                (Danger.UNKNOWN, _("I don't know")),
            ],
        )

    def _choices(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices
        field.error_messages["invalid_choice"] = _("Choose one of these.")

    def clean_token(self) -> bytes:
        token = read_token(self.cleaned_data["token"])
        if token is None:
            raise ValidationError(
                _("This page was open for too long. Your words are still here. Send once more.")
            )
        return token

    def renewed(self) -> "TellForm":
        """The form to be shown again, with all that was typed and what is wrong with it.

        A token that does not hold is replaced by one that does.
        """
        if "token" in self.errors:
            self.data = {**dict(self.data.items()), "token": fresh_token()}
        return self

    def submitted(self) -> Submitted:
        told = self.cleaned_data
        return Submitted(
            narrative=told["narrative"],
            where_online=told["where_online"],
            category="" if told["category"] in {UNKNOWN, UNSAID} else told["category"],
            area=told["area"],
            in_danger=Danger(told["in_danger"] or Danger.UNKNOWN),
            language=self.language,
        )


class BackForm(forms.Form):
    """The number to come back with. It is only ever sent in a body, never in an address."""

    use_required_attribute = False

    number = forms.CharField(
        label=_("Your number"),
        help_text=_("The sixteen digits that we gave you. Spaces do not matter."),
        error_messages={"required": _("Type the number that we gave you.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "digits"}),
    )

    def clean_number(self) -> Receipt:
        receipt = rules.read_receipt(self.cleaned_data["number"])
        if receipt is None:
            raise ValidationError(_("A number has sixteen digits. Please look again."))
        return receipt


def _categories(language: str) -> Choices:
    offered: Choices = [
        (c.pack_id, _with_hint(in_language(c.label, language), in_language(c.hint, language)))
        for c in reads.public_categories()
    ]
    return [*offered, (UNKNOWN, _("I don't know")), (UNSAID, _("I'd rather not say"))]


def _with_hint(label: str, hint: str) -> str:
    return format_html('{} <span class="hint">{}</span>', label, hint) if hint else label


def _areas() -> Choices:
    return [(place.pack_id, place.name) for place in directory.areas()]
