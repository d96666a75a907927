"""What the forms of this room share."""

from collections.abc import Iterable

from django.utils.functional import Promise

from mlinzi.casework import words

Choices = list[tuple[str, str | Promise]]


def choices_of(table: words.Words, only: Iterable[str] = ()) -> Choices:
    """Pairs for a field from a table of words."""
    wanted = set(only)
    return [(str(code), label) for code, label in table.items() if not wanted or code in wanted]
