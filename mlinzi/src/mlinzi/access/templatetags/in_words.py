"""Texts of a country pack in the language of the page."""

from collections.abc import Mapping

from django import template
from django.utils.translation import get_language

from mlinzi.kernel.packed import in_language

register = template.Library()


@register.filter
def in_words(text: Mapping[str, str]) -> str:
    """A text of the pack (language to words) in the language of the page."""
    return in_language(text, get_language() or "")
