"""Addresses of our static files, with a digest of the content, so that browsers may keep them for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from mlinzi.kernel.errors import OurTurn

register = template.Library()


class NoSuchFile(OurTurn):
    """A template names a static file that is not there."""


@register.simple_tag
@lru_cache(maxsize=64)
def asset(path: str) -> str:
    """The address of a static file, e.g. ``{% asset "mlinzi/base.css" %}``.

    Another content gives another address. Raises `NoSuchFile` for a file that no finder knows.
    """
    found = finders.find(path)
    if not found:
        raise NoSuchFile(f"There is no static file {path}.")
    digest = hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]
    return f"{static(path)}?v={digest}"
