"""The shape of what officers send."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.template.defaultfilters import date as formatted
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.reads import Colleague, Reporters, ShownReport
from mlinzi.casework.rules import Outcome, Purpose, Reason, Urgency
from mlinzi.directory import reads as directory
from mlinzi.intake import reads as intake
from mlinzi.kernel.packed import in_language
from mlinzi.kernel.typed import CarriedOutOnce


class OpenForm(forms.Form):
    """Why somebody opens what is sealed."""

    purpose = forms.ChoiceField(label=_("Why do you open it?"))

    def __init__(self, purposes: Iterable[Purpose], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = choices_of(words.PURPOSE, only=purposes)  # type: ignore[attr-defined]


class FilterForm(forms.Form):
    """Which cases a list shows."""

    state = forms.ChoiceField(label=_("State"), required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything: Choices = [("", _("All"))]
        self.fields["state"].choices = everything + choices_of(words.CASE_STATE)  # type: ignore[attr-defined]
        self.fields["urgency"].choices = everything + choices_of(words.URGENCY)  # type: ignore[attr-defined]
        areas: Choices = [(place.pack_id, place.name) for place in directory.areas()]
        self.fields["area"].choices = everything + areas  # type: ignore[attr-defined]


class ReferralFilterForm(forms.Form):
    """Which referrals a list shows."""

    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything: Choices = [("", _("All"))]
        self.fields["state"].choices = everything + choices_of(words.REFERRAL_STATE)  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    """Who gets a case."""

    to = forms.ChoiceField(label=_("Who works on it?"), widget=forms.RadioSelect)

    def __init__(self, colleagues: Iterable[Colleague], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(c.id, c.name) for c in colleagues]  # type: ignore[attr-defined]


class JudgeForm(forms.Form):
    """How urgent a case is, what it is about, and why that is changed."""

    urgency = forms.ChoiceField(
        label=_("Urgency"), choices=choices_of(words.URGENCY), widget=forms.RadioSelect
    )
    category = forms.ChoiceField(label=_("What it is about"), required=False)
    reason = forms.ChoiceField(
        label=_("Why is it changed?"), choices=choices_of(words.REASON), widget=forms.RadioSelect
    )

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named: Choices = [(c.pack_id, in_language(c.officer_label, language)) for c in intake.categories()]
        self.fields["category"].choices = [("", _("Not known")), *named]  # type: ignore[attr-defined]

    def judged(self) -> dict[str, Any]:
        """What was chosen, as the act takes it."""
        data = self.cleaned_data
        return {
            "urgency": Urgency(data["urgency"]),
            "category": data["category"],
            "reason": Reason(data["reason"]),
        }


class NoteForm(CarriedOutOnce):
    text = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 8}))


class FileForm(CarriedOutOnce):
    file = forms.FileField(
        label=_("File"),
        help_text=_("One file of at most 25 MB. It is sealed at once; everybody who opens it is recorded."),
        error_messages={"required": _("Choose a file of at most 25 MB.")},
    )


class AnswerForm(CarriedOutOnce):
    """What the reporter will read: sentences of the pack, own words, or both; where a case has several
    reports, one of them is chosen, or all for sentences of the pack alone.
    """

    ALL = "all"

    to = forms.ChoiceField(
        label=_("Who reads it?"),
        help_text=_("Your own words can go to one reporter only. Ready-made sentences can go to all."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who reads it.")},
    )
    sentences = forms.MultipleChoiceField(
        label=_("Ready-made sentences"), required=False, widget=forms.CheckboxSelectMultiple
    )
    own = forms.CharField(
        label=_("Your own words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Short sentences, plain words, no blame. Do not name anybody."),
    )

    def __init__(
        self,
        language: str,
        mine: str,
        offered: Sequence[ShownReport],
        reporters: Reporters,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """`language` is the reporter's, `mine` the officer's: a sentence is sent in the one and explained in
        the other. `offered`: the reports that can be chosen; none where the case has only one.
        """
        super().__init__(*args, **kwargs)
        if offered:
            all_of_them = gettext("All reporters of this case, %(n)s mailboxes") % {"n": reporters.listening}
            choices = [(str(row.link.report_id), self._report(row)) for row in offered]
            self.fields["to"].choices = [*choices, (self.ALL, all_of_them)]  # type: ignore[attr-defined]
        else:
            del self.fields["to"]
        theirs, ours = directory.public_texts(language), directory.public_texts(mine)
        self._texts = {key: text for key, text in theirs.items() if key.startswith("answer.")}
        self.fields["sentences"].choices = [  # type: ignore[attr-defined]
            (key, self._label(text, ours.get(key, ""))) for key, text in self._texts.items()
        ]

    @property
    def reader(self) -> UUID | None:
        """The report whose reporter reads it; None for all of the case, also where that is one."""
        chosen = self.cleaned_data.get("to", self.ALL)
        return None if chosen == self.ALL else UUID(chosen)

    @staticmethod
    def _report(row: ShownReport) -> str:
        marks = [
            word
            for word, there in (
                (gettext("With files"), row.files),
                (gettext("Wrote later"), row.wrote),
                (gettext("Left a safe contact"), row.contact),
                (gettext("Asked us to stop"), row.link.report.stopped_at is not None),
            )
            if there
        ]
        name = gettext("Report %(n)s") % {"n": row.place}
        hint = ", ".join([formatted(localtime(row.link.report.received_at), "j M Y, H:i"), *marks])
        return format_html('{} <small class="hint">{}</small>', name, hint)

    @staticmethod
    def _label(text: str, meaning: str) -> str:
        if not meaning or meaning == text:
            return text
        return format_html('{}<small class="hint">{}</small>', text, meaning)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.letter():
            self.add_error("own", gettext("Choose a sentence or write one."))
        if not self.errors and cleaned.get("to") == self.ALL and cleaned.get("own", "").strip():
            self.add_error("own", gettext("Your own words can go to one reporter only; choose which one."))
        return cleaned

    def letter(self) -> str:
        """The whole text as the reporter will read it."""
        parts = [self._texts[key] for key in self.cleaned_data.get("sentences", [])]
        own = self.cleaned_data.get("own", "").strip()
        return "\n\n".join([*parts, own] if own else parts)


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How did it end?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = choices_of(words.OUTCOME)  # type: ignore[attr-defined]

    def chosen(self) -> Outcome:
        return Outcome(self.cleaned_data["outcome"])


class ReopenForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why is it opened again?"), choices=choices_of(words.REASON), widget=forms.RadioSelect
    )

    def chosen(self) -> Reason:
        return Reason(self.cleaned_data["reason"])
