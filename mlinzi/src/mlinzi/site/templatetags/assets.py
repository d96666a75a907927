"""Addresses of our static files, with a digest of the content, so that browsers may keep them for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

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
    return f"{static(path)}?v={_digest(Path(found).read_bytes())}"


PUBLIC_SHEETS = ("tokens", "base", "forms")


@lru_cache(maxsize=1)
def public_sheet() -> tuple[bytes, str]:
    """The public site's style as one file, and its digest: on a slow line each further request is seconds."""
    found = [finders.find(f"mlinzi/{name}.css") for name in PUBLIC_SHEETS]
    sheet = b"".join(Path(path).read_bytes() for path in found if path)
    return sheet, _digest(sheet)


@register.simple_tag
def look() -> str:
    """The address of the public site's style."""
    return reverse("look", kwargs={"digest": public_sheet()[1]})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]
