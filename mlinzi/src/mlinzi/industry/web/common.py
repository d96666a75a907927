"""What the pages share: whether a file was dropped while it came in."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mlinzi.vault.rules import FILE_LIMIT

TOO_LARGE = _("This file is larger than 25 MB; cut it into parts.")


def was_dropped(request: HttpRequest) -> bool:
    """Whether a file was too large, so that the site let go of it and the form knows nothing of it."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    return request.method == "POST" and not request.FILES and announced > FILE_LIMIT
