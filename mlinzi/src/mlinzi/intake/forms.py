"""What comes in at the door, page by page. Only what happened has to be told; all else may stay empty."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from mlinzi.intake import rules
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import Details, Receipt, details_from
from mlinzi.intake.rules.acknowledgement import LONGEST_PASTED
from mlinzi.intake.rules.form import LIMITS, UNKNOWN, UNSAID, Field, Kind, Page
from mlinzi.intake.rules.submitted import LINE_LIMIT, WITH_ADDRESS

Choices = Sequence[tuple[str, str | Promise]]
OFF = {"autocomplete": "off", "dir": "auto"}


def fresh_once() -> str:
    """What makes one message of a form, however often it is sent."""
    return secrets.token_hex(16)


def once_of(typed: str) -> str:
    """What a form brought back of it; a new one for anything that was never ours."""
    return typed if re.fullmatch(r"[0-9a-f]{32}", typed) else fresh_once()


class ToldText(forms.CharField):
    """Free text that is cleaned, never cut. No `maxlength`: browsers would cut what is pasted, unseen."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        too_long = _("This is too long: it may have %(limit_value)s characters and has %(show_value)s.")
        self.validators.append(MaxLengthValidator(limit, too_long))

    def clean_up(self, value: str) -> str:
        return rules.clean_text(value)

    def to_python(self, value: Any) -> str:
        return super().to_python(self.clean_up(value or "")) or ""

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002 - the library's signature
        return self.clean_up(data or "")


class ToldLine(ToldText):
    """The same on one line."""

    def clean_up(self, value: str) -> str:
        return rules.clean_line(value)


class PageForm(forms.Form):
    """The fields of one page of the form, as the pack asks for them."""

    use_required_attribute = False  # what is missing is said by us, in the language of the page

    def __init__(
        self,
        page: Page,
        words: DoorWords,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self._page = page
        self._said: list[str] = []
        self.skipped = bool(data and data.get("skip"))
        for field in page.fields:
            self.fields[field.id] = _built(field, words)
        if self.skipped:
            for built in self.fields.values():
                built.required = False

    def say(self, sentence: str) -> None:
        """Something about the page as a whole that stands above what was typed."""
        self._said.append(sentence)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        for sentence in self._said:
            self.add_error(None, sentence)
        needs = told.get("channel") in set(WITH_ADDRESS) and not told.get("address")
        if needs and "address" in self.fields and not self.skipped:
            self.add_error("address", _("Write the number or the address, or choose another way."))
        return told

    def answers(self) -> dict[str, str]:
        """What was answered, by field; nothing at all where the page was passed over.

        A page of one choice is always answered, since others may depend on it: saying nothing is not knowing.
        """
        if self._page.one_tap:
            return {name: self.cleaned_data.get(name) or UNKNOWN for name in self.fields}
        if self.skipped:
            return dict.fromkeys(self.fields, "")
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}

    def details(self) -> Details:
        """The answers as details of a report; "rather not say" is not told."""
        told = {name: "" if text in {UNKNOWN, UNSAID} else text for name, text in self.answers().items()}
        return details_from(told)


def _built(field: Field, words: DoorWords) -> forms.Field:
    """A form's field for what the pack asks."""
    named: dict[str, Any] = {"label": field.label, "help_text": field.hint, "required": False}
    if field.kind is Kind.TEXT:
        told = _("Tell us in a few words what happened.")
        widget = forms.Textarea(attrs={"rows": 8, **OFF})
        named |= {"required": True, "error_messages": {"required": told}, "widget": widget}
        return ToldText(LIMITS[field.id], **named)
    if field.kind is Kind.LINE:
        hints = {"autocapitalize": "none", "spellcheck": "false"}
        return ToldLine(LIMITS[field.id], **named, widget=forms.TextInput(attrs={**OFF, **hints}))
    wrong = {"invalid_choice": _("Choose one of these.")}
    if field.kind is Kind.PLACE:
        nothing = (UNSAID, _("I don't know, or I'd rather not say"))
        return forms.ChoiceField(choices=[nothing, *words.areas], error_messages=wrong, **named)
    return forms.ChoiceField(choices=_choices(field), widget=forms.RadioSelect, error_messages=wrong, **named)


def _choices(field: Field) -> Choices:
    offered: Choices = [(c.id, _with_hint(c.label, c.hint)) for c in field.choices]
    return [*offered, (UNKNOWN, _("I don't know")), (UNSAID, _("I'd rather not say"))]


def _with_hint(label: str, hint: str) -> str:
    return format_html('{} <span class="hint">{}</span>', label, hint) if hint else label


class ConfirmForm(forms.Form):
    """The last four digits, to see that the number was written down."""

    use_required_attribute = False

    number_end = ToldLine(
        LINE_LIMIT,
        label=_("Type the last four digits of your number"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "digits"}),
    )

    def __init__(self, receipt: Receipt | None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._receipt = receipt

    def clean_number_end(self) -> str:
        typed = "".join(char for char in self.cleaned_data["number_end"] if char.isdecimal())
        if self._receipt is None or typed not in {self._receipt.end, self._receipt.digits}:
            raise ValidationError(
                _("These are not the last four digits. Look at the number once more and write it down.")
            )
        return typed


class BackForm(forms.Form):
    """The number to come back with. It is only ever sent in a body, never in an address."""

    use_required_attribute = False

    number = ToldLine(
        LINE_LIMIT,
        label=_("Your number"),
        help_text=_("The sixteen digits that we gave you. Spaces do not matter."),
        error_messages={"required": _("Type the number that we gave you.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "digits"}),
    )

    def clean_number(self) -> Receipt:
        receipt = rules.read_receipt(self.cleaned_data["number"])
        if receipt is None:
            typed = sum(char.isdecimal() for char in self.cleaned_data["number"])
            raise ValidationError(
                now_in_words("A number has sixteen digits, and this one has %(typed)s. Please look again.")
                % {"typed": typed}
            )
        return receipt


class WordForm(forms.Form):
    """A message from somebody who has come back."""

    use_required_attribute = False

    text = ToldText(
        rules.MESSAGE_LIMIT,
        label=_("Write to us"),
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 4, **OFF}),
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_once(self) -> str:
        return once_of(self.cleaned_data["once"])


class PaperForm(forms.Form):
    """A paper that somebody was shown."""

    use_required_attribute = False

    text = ToldText(
        LONGEST_PASTED,
        label=_("Copy the whole paper in here"),
        error_messages={"required": _("Copy the paper in here first.")},
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
