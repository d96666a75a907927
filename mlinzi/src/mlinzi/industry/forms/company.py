"""The shape of what a provider's people write down."""

import csv
import io
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kinga import cybertip
from mlinzi.directory.acts import ToldByProvider
from mlinzi.directory.rules import LINE_LIMIT
from mlinzi.industry.rules import COLUMNS, INCIDENTS, MOST_BYTES, MOST_ROWS, Told
from mlinzi.industry.words import INCIDENTS as INCIDENT_WORDS
from mlinzi.intake.rules.provider import can_be_right
from mlinzi.kernel.clock import now
from mlinzi.kernel.typed import MomentField

KINDS = [("live", _("A real report")), ("test", _("A test: it reaches no officer"))]


def _line(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LINE_LIMIT, **more)


class KindForm(forms.Form):
    """Whether something is meant."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        widget=forms.RadioSelect,
        choices=KINDS,
        error_messages={"required": _("Choose a real report or a test.")},
    )

    @property
    def live(self) -> bool:
        return bool(self.cleaned_data["kind"] == "live")


class IncidentForm(forms.Form):
    """One incident. Its fields are the columns of a table of reports."""

    incident = forms.ChoiceField(
        label=_("What kind of incident?"),
        choices=[("", "–"), *((code, INCIDENT_WORDS[code]) for code in INCIDENTS)],
        error_messages={"required": _("Choose the kind of incident.")},
    )
    happened = MomentField(
        label=_("When did it happen?"), error_messages={"required": _("Say when it happened.")}
    )
    aware = MomentField(
        label=_("When did you become aware of it?"),
        required=False,
        help_text=_("The time within which you report is counted from here."),
    )
    links = forms.CharField(
        label=_("Addresses of the pages"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line. Nobody here opens them before they were made safe."),
    )
    service = _line(_("Service on which it happened"))
    account = _line(_("Name of the account"))
    email = forms.EmailField(label=_("E-mail address of the account"), required=False)
    phone = forms.CharField(label=_("Phone number of the account"), required=False, max_length=32)
    ip = forms.GenericIPAddressField(label=_("Internet address it was used from"), required=False)
    ip_at = MomentField(label=_("When was that address used?"), required=False)
    urgent = _line(
        _("Why can it not wait?"),
        help_text=_("Only where a child may be in danger now. Else leave it empty."),
    )
    words = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Do not paste pictures. Say what your people saw and what you did about the account."),
    )

    @property
    def told(self) -> Told:
        """What was written down. Only for a form that is valid."""
        given = {name: self.cleaned_data[name] for name in COLUMNS}
        incident = cybertip.IncidentType[INCIDENTS[given["incident"]]].value
        return Told(**{**given, "incident": incident, "links": tuple(given["links"].split())})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        happened, aware = given.get("happened"), given.get("aware")
        if happened and aware and aware < happened:
            self.add_error("aware", _("This is before it happened. Correct one of the two."))
        for name in ("happened", "aware", "ip_at"):
            if given.get(name) and not can_be_right(given[name], now=now()):
                self.add_error(name, _("This moment cannot be right. Correct day and time."))
        if not self.errors and not self.told.says_something:
            self.add_error(
                None, _("Say at least one thing to begin with: a page, an account, or what happened.")
            )
        return given


class ReportForm(KindForm, IncidentForm):
    """A report, written by hand."""

    field_order = ("kind",)


class HandInForm(KindForm):
    """A table of reports, or one report as a document."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A table (CSV) with one report on each line, or one report as XML; at most 4 MB."),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )

    def clean_file(self) -> bytes:
        """The bytes of the file. Raises what is wrong with it as a whole."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 4 MB. Divide it."))
        raw: bytes = file.read()
        return raw


def is_document(raw: bytes) -> bool:
    """Whether a file is XML rather than a table."""
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def read_table(raw: bytes) -> tuple[list[Told], list[str]]:
    """The reports of a table, and what is wrong with it, line by line: with anything wrong nothing is taken.

    Args:
        raw: CSV in UTF-8 with a line of headings, divided by commas or semicolons.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [gettext("This file is not text in UTF-8. Save the table as “CSV UTF-8”.")]
    first = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    headings = [(name or "").strip().lower() for name in lines.fieldnames or []]
    if wrong := _wrong_headings(headings):
        return [], wrong
    lines.fieldnames = headings
    told: list[Told] = []
    problems: list[str] = []
    try:
        for row in lines:
            if len(told) >= MOST_ROWS:
                return [], [gettext("A table has at most %(most)s reports. Divide it.") % {"most": MOST_ROWS}]
            given, wrong = _read_line(row, lines.line_num)
            problems += wrong
            told += given
    except csv.Error as error:
        problems.append(
            gettext("Line %(line)s cannot be read: %(why)s.") % {"line": lines.line_num, "why": error}
        )
    if not told and not problems:
        problems.append(gettext("There is no report in this table."))
    return told, problems


def _wrong_headings(headings: list[str]) -> list[str]:
    missing = [name for name in ("incident", "happened") if name not in headings]
    unknown = [name for name in headings if name not in COLUMNS]
    twice = sorted({name for name in headings if headings.count(name) > 1})
    said = (
        (missing, gettext("These columns are missing: %(names)s.")),
        (unknown, gettext("These columns are not known: %(names)s.")),
        (twice, gettext("These columns stand there twice: %(names)s.")),
    )
    return [
        sentence % {"names": ", ".join(f"“{name}”" for name in names)} for names, sentence in said if names
    ]


def _read_line(row: dict[Any, Any], line: int) -> tuple[list[Told], list[str]]:
    if None in row or None in row.values():
        return [], [
            gettext("Line %(line)s has another number of cells than the first line.") % {"line": line}
        ]
    form = IncidentForm({name: value.strip() for name, value in row.items()})
    form.fields["incident"].error_messages["invalid_choice"] = gettext("This kind of incident is not known.")
    if form.is_valid():
        return [form.told], []
    problems = [
        why if name == "__all__" else f"{name}: {why}" for name, whys in form.errors.items() for why in whys
    ]
    return [], [gettext("Line %(line)s: %(why)s") % {"line": line, "why": why} for why in problems]


class ContactsForm(forms.Form):
    """Who answers at a provider."""

    licence = _line(_("Licence"), help_text=_("As the regulator calls it."))
    services = _line(_("What you offer"), help_text=_("For example: mobile internet, web hosting."))
    focal_name = _line(_("Who answers for reports?"))
    focal_email = forms.EmailField(label=_("E-mail address"), required=False)
    focal_phone = forms.CharField(label=_("Phone"), required=False, max_length=32)
    legal_contact = _line(_("Where do orders reach you?"), help_text=_("An office or an e-mail address."))

    @property
    def told(self) -> ToldByProvider:
        return ToldByProvider(**self.cleaned_data)
