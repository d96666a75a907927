"""What the pages share."""

from django.utils.http import urlencode


def more(cursor: str) -> str:
    """The query of the next page; "" where there is none."""
    return f"?{urlencode({'after': cursor})}" if cursor else ""
