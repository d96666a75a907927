"""The words for what staff write down about a call or a visit."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mlinzi.intake.rules import Consent, Contact, Source

STAFF_WORDS: Mapping[str, str | Promise] = {
    "source": _("How it reached us"),
    "consent": _("Agreed that it is written down and passed on"),
    "call": _("Facts of the call or visit"),
}
SOURCES: Mapping[str, str | Promise] = {
    Source.PHONE: _("By phone"),
    Source.WALK_IN: _("Came in person"),
    Source.VISIT: _("During a visit"),
    Source.LETTER: _("By letter"),
    Source.CHAT: _("By chat"),
}
CONSENTS: Mapping[str, str | Promise] = {
    Consent.GIVEN: _("Agreed"),
    Consent.REFUSED: _("Did not agree"),
    Consent.NOT_ASKED: _("Could not be asked"),
}
CONTACTS: Mapping[str, str | Promise] = {
    Contact.SILENT: _("Silent"),
    Contact.HOAX: _("Hoax"),
    Contact.WRONG_NUMBER: _("Wrong number"),
    Contact.REPEAT: _("Repeat"),
    Contact.HUNG_UP: _("Hung up"),
    Contact.QUESTION: _("A question only"),
}
STAFF_CODES: Mapping[str, Mapping[str, str | Promise]] = {"source": SOURCES, "consent": CONSENTS}
"""The words for codes that staff choose, by field."""
