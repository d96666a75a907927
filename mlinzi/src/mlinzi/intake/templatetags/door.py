"""Small helps for the templates of the door."""

import json
from functools import lru_cache

from django import template
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


@register.simple_tag
def file_name(told: str) -> str:
    """The name of a file that somebody sent from their mailbox."""
    return str(json.loads(told)["name"])
