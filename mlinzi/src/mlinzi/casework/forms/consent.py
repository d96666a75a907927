"""The shape of what officers send about consents."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework import rules, words
from mlinzi.casework.forms.common import Choices, choices_of
from mlinzi.casework.forms.referral import choices_of_items
from mlinzi.casework.models import Consent
from mlinzi.casework.reads import Offered, ShownReport
from mlinzi.casework.rules import Given, PersonField
from mlinzi.directory import reads as directory
from mlinzi.kernel.packed import in_language
from mlinzi.kernel.typed import CarriedOutOnce


class ConsentForm(CarriedOutOnce):
    """Who agreed to what, for whom, how we know."""

    given_by = forms.ChoiceField(
        label=_("Who agreed?"), choices=choices_of(words.GIVEN_BY), widget=forms.RadioSelect
    )
    report = forms.ChoiceField(
        label=_("Whose reporter was it?"),
        help_text=_("The word of one reporter does not open the text of another."),
        required=False,
    )
    person = forms.ChoiceField(
        label=_("Who was it, of the people of this case?"),
        help_text=_("The word of a suspect lets nothing be shared."),
        required=False,
    )
    receiver = forms.ChoiceField(label=_("Who may read it?"))
    services = forms.MultipleChoiceField(
        label=_("For which help?"),
        help_text=_("Tick none where they agreed to any help."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    items = forms.MultipleChoiceField(
        label=_("What may be shared?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what may be shared.")},
    )
    how = forms.ChoiceField(
        label=_("How did they agree?"), choices=choices_of(words.HOW_OBTAINED), widget=forms.RadioSelect
    )
    given_at = forms.DateTimeField(
        label=_("When did they agree?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    words = forms.CharField(
        label=_("How do we know?"),
        help_text=_("For example: which words they used. It is sealed."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.ChoiceField(label=_("A file of the case that shows it"), required=False)

    def __init__(
        self,
        language: str,
        offered: Sequence[Offered],
        reports: Sequence[ShownReport],
        held: Iterable[tuple[str, datetime]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._language = language
        nothing: Choices = [("", "–")]
        named = [
            (str(r.link.report_id), gettext("Report %(n)s") % {"n": r.place})
            for r in reports
            if len(reports) > 1
        ]
        kept: Choices = [(id, gettext("File of %(at)s") % {"at": at.date().isoformat()}) for id, at in held]
        people = self._people(offered)
        services: Choices = [(s.pack_id, in_language(s.label, language)) for s in directory.services()]
        choices: dict[str, Choices] = {
            "report": [*nothing, *named],
            "person": [*nothing, *people],
            "receiver": self._receivers(language),
            "services": services,
            "items": self._scopes(offered),
            "file": [*nothing, *kept],
        }
        for name, rows in choices.items():
            self.fields[name].choices = rows  # type: ignore[attr-defined]
        if not named:
            del self.fields["report"]
        if not people:
            del self.fields["person"]
        if not kept:
            del self.fields["file"]

    @staticmethod
    def _receivers(language: str) -> Choices:
        any_of = gettext("Any: %(kind)s")
        kinds: Choices = [
            (f"kind:{k.pack_id}", any_of % {"kind": in_language(k.label, language)})
            for k in directory.kinds()
        ]
        houses: Choices = [(str(o.uuid), o.name) for o in directory.organisations()]
        nothing: Choices = [("", "–")]
        return nothing + houses + kinds

    @staticmethod
    def _people(offered: Sequence[Offered]) -> Choices:
        named = gettext("%(who)s (person %(n)s)")
        return [
            (one.code.split(":")[1], named % {"who": words.PART[one.part], "n": one.place})
            for one in offered
            if one.field == PersonField.NAME
        ]

    @staticmethod
    def _scopes(offered: Sequence[Offered]) -> Choices:
        found: dict[str, Any] = {}
        for one, (_code, label) in zip(offered, choices_of_items(offered), strict=True):
            scope = rules.scope_of(one.code)
            said = label if one.place == 0 else words.SHARED[one.kind]
            found.setdefault(scope, f"{said}: {words.PERSON_FIELD[one.field]}" if one.field else said)
        return list(found.items())

    def given(self) -> Given:
        """What was recorded, as the act takes it."""
        data = self.cleaned_data
        receiver = data["receiver"]
        kind = receiver.removeprefix("kind:") if receiver.startswith("kind:") else ""
        return Given(
            given_by=data["given_by"],
            how=data["how"],
            items=frozenset(data["items"]),
            given_at=data["given_at"],
            to="" if kind else receiver,
            kind=kind,
            services=frozenset(data["services"]),
            report=data.get("report", ""),
            person=data.get("person", ""),
            words=data["words"],
            file=data.get("file", ""),
            language=self._language,
        )


def as_typed(consent: Consent) -> dict[str, Any]:
    """What a consent says, as the form's first content for changing it. The words are sealed and stay out."""
    receiver = f"kind:{consent.kind.pack_id}" if consent.kind else ""
    if consent.organisation:
        receiver = str(consent.organisation.uuid)
    return {
        "given_by": consent.given_by,
        "how": consent.how,
        "receiver": receiver,
        "services": consent.services,
        "items": consent.items,
        "report": str(consent.report_id or ""),
        "person": str(consent.person or ""),
        "given_at": consent.given_at,
        "file": str(consent.file or ""),
    }
