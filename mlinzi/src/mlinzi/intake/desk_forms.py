"""What staff write down for somebody who calls or comes in: the questions of the public form, on one page."""

import base64
import binascii
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core import signing
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from mlinzi.intake.forms import PageForm, ToldText
from mlinzi.intake.reads import DoorWords
from mlinzi.intake.rules import Contact, Form, Page, Submitted
from mlinzi.intake.rules.form import FIELDS, UNKNOWN, UNSAID, Field, Kind, submitted_from
from mlinzi.intake.rules.submitted import DETAIL_LIMITS
from mlinzi.intake.words import CONSENTS, CONTACTS, SOURCES

TOKEN_BYTES = 16
_signer = signing.Signer(salt="intake.desk")


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


# ------------------------------------------------------------------ the pages of the public form, on one


def on_one_page(form: Form) -> tuple[Page, ...]:
    """The pages of the public form in the pack's order, with each field asked once.

    Where several pages ask for the same (a child's own age, the age of a child somebody knows), the one stays
    that is asked while it is not known whom it is about: a caller may be either.
    """
    usual = form.path({"about": UNKNOWN, "safe": UNKNOWN})
    asked_there = {field.id for page in usual for field in page.fields}
    seen: set[str] = set()
    pages = []
    for page in form.pages:
        here = [f for f in page.fields if f.id not in seen and (page in usual or f.id not in asked_there)]
        seen |= {field.id for field in here}
        if here or not page.fields:
            pages.append(replace(page, fields=tuple(_worded(field, page) for field in here)))
    return tuple(pages)


def _worded(field: Field, page: Page) -> Field:
    """A field that takes its question from its page stands under that question here."""
    if field.label:
        return field
    return replace(field, label=page.ask, hint=" ".join(text for text in (page.lead, field.hint) if text))


@dataclass(frozen=True)
class Group:
    """What one page of the public form asks, to be shown.

    Args:
        only: whom the question is for, in the words of the choices; empty for everybody.
        alone: whether the one field carries the question itself.
    """

    page: Page
    fields: tuple[BoundField, ...]
    only: tuple[str, ...]
    alone: bool


def _only_for(page: Page, form: Form) -> tuple[str, ...]:
    asked = {name for alternative in page.when for name in alternative}
    if asked != {"about"} or page.applies({"about": UNKNOWN}):
        return ()
    choices = [c for p in form.pages for field in p.fields if field.id == "about" for c in field.choices]
    return tuple(choice.label for choice in choices if page.applies({"about": choice.id}))


class ReportForm(PageForm):
    """A report that a member of staff writes down: with how it came, what was agreed, facts of the call."""

    source = forms.ChoiceField(
        label=_("How did it reach you?"),
        choices=[("", _("Choose")), *SOURCES.items()],
        error_messages={"required": _("Say how it reached you.")},
    )
    spoken = forms.ChoiceField(
        label=_("Language spoken"),
        help_text=_("The answer will be written in it. If it was another one, choose the nearest."),
    )
    consent = forms.ChoiceField(
        label=_("May it be written down and passed on?"),
        help_text=_(
            "Ask before you write. Whoever does not agree: only what is needed when a child is in danger is "
            "written down and passed on, and nothing else."
        ),
        choices=list(CONSENTS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it may be written down and passed on.")},
    )
    call = ToldText(
        DETAIL_LIMITS["call"],
        label=_("Facts of the call or visit"),
        help_text=_("For example when, how long, on which line, your own reference. At most 500 characters."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "dir": "auto"}),
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        words: DoorWords,
        spoken: Mapping[str, str],
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Args:
            words: in the language of whoever writes. spoken: the country's languages, code and own name.
        """
        self._pages, self._words = on_one_page(words.form), words
        asked = tuple(field for page in self._pages for field in page.fields)
        begin = {"token": fresh_token(), "spoken": words.language}
        super().__init__(Page("desk", "", fields=asked), words, data, initial={**begin, **(initial or {})})
        self._choose("spoken", spoken)
        for field in asked:
            if field.kind in {Kind.CHOICE, Kind.CATEGORY}:
                self._compact(field)
        self.order_fields(["source", "spoken", "consent", *(field.id for field in asked), "call", "token"])

    def _choose(self, name: str, choices: Mapping[str, Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = list(choices.items())

    def _compact(self, field: Field) -> None:
        """One line that the first letters of an answer reach, so that many questions fit on one page."""
        self.fields[field.id].widget = forms.Select()
        offered = {choice.id: choice.label for choice in field.choices}
        ends = {UNKNOWN: _("I don't know"), UNSAID: _("I'd rather not say")}
        self._choose(field.id, {"": _("Not told"), **offered, **ends})

    def groups(self) -> Iterator[Group]:
        """What is asked, in the order of the pack's pages."""
        for page in self._pages:
            alone = len(page.fields) == 1 and page.fields[0].label == page.ask
            fields = tuple(self[field.id] for field in page.fields)
            yield Group(page, fields, _only_for(page, self._words.form), alone)

    def clean_token(self) -> bytes:
        token = read_token(self.cleaned_data["token"])
        if token is None:
            raise forms.ValidationError(
                _("This page was open for too long. What you wrote is still here. Send it once more.")
            )
        return token

    def renewed(self) -> "ReportForm":
        """The form to be shown again with all that was typed; a token that does not hold is replaced."""
        if "token" in self.errors:
            self.data = {**dict(self.data.items()), "token": fresh_token()}
        return self

    def submitted(self) -> Submitted:
        """What is taken in. Nothing that was typed is left out, whoever it is about."""
        told = self.cleaned_data
        answers = {name: text for name, text in self.answers().items() if name in FIELDS}
        asked = {field.id for page in self._words.form.path(answers) for field in page.fields}
        # A question that is not put to this caller is not one that stayed open: see `danger_of`.
        kept = {name: text for name, text in answers.items() if text or name in asked}
        submitted = submitted_from(kept, told["spoken"])
        facts = {name: told[name] for name in ("source", "consent", "call")}
        return replace(submitted, details=replace(submitted.details, **facts))


class ContactForm(forms.Form):
    """One press of a button: count one of a kind, or take one back."""

    count = forms.ChoiceField(choices=list(CONTACTS.items()), required=False)
    back = forms.ChoiceField(choices=list(CONTACTS.items()), required=False)
    once = forms.CharField(max_length=200)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if bool(told.get("count")) == bool(told.get("back")) or read_token(told.get("once", "")) is None:
            raise forms.ValidationError("One button of a page of ours is pressed at a time.")
        return told

    @property
    def contact(self) -> Contact:
        return Contact(self.cleaned_data["count"] or self.cleaned_data["back"])
