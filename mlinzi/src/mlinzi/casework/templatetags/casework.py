"""Words for codes, texts of the pack, and times, as officers read them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django import template
from django.template.defaultfilters import date as formatted
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mlinzi.casework.rules import kind_of
from mlinzi.casework.words import TABLES
from mlinzi.directory import reads as directory
from mlinzi.kernel.packed import in_language

register = template.Library()
T = TypeVar("T")


@register.filter
def word(code: str, table: str) -> str:
    """The words for a code; the code itself where a newer one has none yet."""
    return str(TABLES[table].get(code, code))


@register.filter
def kinds(codes: Sequence[str]) -> str:
    """The kinds of items in words, each once, in the order of the words."""
    held = {kind_of(code) for code in codes}
    labels = {**TABLES["shared"], **TABLES["printed"]}
    return ", ".join(str(label) for kind, label in labels.items() if kind in held)


@register.filter
def at(rows: Sequence[T], place: int) -> T:
    """One of a list, by its place from 0."""
    return rows[place]


@register.filter
def in_mine(text: Mapping[str, str]) -> str:
    """A text of the pack in the officer's language."""
    return in_language(text, get_language() or "en") if text else ""


@register.filter
def scope(code: str) -> str:
    """What a consent lets be shared, in words."""
    kind, _of, name = code.partition(":")
    name = name.rpartition(":")[2] if kind == "person" else ""
    said = str(TABLES["shared"].get(kind, kind))
    return f"{said}: {TABLES['person_field'].get(name, name)}" if name else said


@register.filter
def service(pack_id: str) -> str:
    """A service's name; its id where the pack has it no longer."""
    found = directory.services().filter(pack_id=pack_id).first()
    return in_mine(found.label) if found else pack_id


@register.filter
def moment(at: datetime) -> SafeString:
    """A moment in the country's time."""
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), formatted(local, "j M Y, H:i"))


@register.filter
def from_iso(text: str) -> datetime:
    """A moment out of its written form, as it stands in a shared copy."""
    return datetime.fromisoformat(text)


@register.filter
def due(at: datetime, now: datetime) -> SafeString:
    """How long until something is due, or by how long it is late."""
    late = at < now
    minutes = int(abs((at - now).total_seconds()) // 60)
    if minutes < 1:
        span = ""
    elif minutes < 60:
        span = _("%(n)d min") % {"n": minutes}
    elif minutes < 48 * 60:
        span = _("%(n)d h") % {"n": minutes // 60}
    else:
        span = _("%(n)d days") % {"n": minutes // (24 * 60)}
    words = _("now") if not span else _("%(span)s late") if late else _("in %(span)s")
    tag = "tag tag-high" if late else "tag"
    local = timezone.localtime(at)
    title = formatted(local, "j M Y, H:i")
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        tag,
        local.isoformat(),
        title,
        words % {"span": span},
    )
