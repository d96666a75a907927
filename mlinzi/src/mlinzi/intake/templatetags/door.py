"""Small helps for the templates of the door."""

import json
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.forms import BoundField, ChoiceField
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=64)
def drawing(name: str) -> SafeString:
    """A small drawing of ours beside a choice; nothing where the pack names none that we have."""
    if not name.isidentifier():
        return mark_safe("")
    try:
        return mark_safe(get_template(f"intake/drawings/{name}.svg").render().strip())  # noqa: S308 - our file
    except TemplateDoesNotExist:
        return mark_safe("")


@dataclass(frozen=True)
class Option:
    """One choice of a field, ready to be written: its id in the page, whether it is the one chosen."""

    id: str
    value: str
    label: str | SafeString
    chosen: bool


@register.filter
def options(field: BoundField) -> list[Option]:
    """The choices of a field. The library makes a template of each, which takes half the time of a page."""
    chosen = str(field.value() or "")
    assert isinstance(field.field, ChoiceField)  # noqa: S101 - for the type checker
    return [
        Option(f"{field.auto_id}_{at}", str(value), label, str(value) == chosen)
        for at, (value, label) in enumerate(field.field.widget.choices)
    ]


@register.simple_tag
def file_name(told: str) -> str:
    """The name of a file that somebody sent from their mailbox."""
    return str(json.loads(told)["name"])
