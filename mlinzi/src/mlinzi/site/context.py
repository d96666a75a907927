"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mlinzi.directory import reads as directory


def every_page(request: HttpRequest) -> dict[str, Any]:
    """Whether this is a demonstration (shown on every page), and on the staff site the officer's rights for the menu."""
    context: dict[str, Any] = {"demonstration": directory.is_demonstration(), "site": str(settings.PROCESS)}
    if hasattr(request, "session"):
        from mlinzi.access.guard import officer_of

        officer = officer_of(request)
        context["officer"] = officer
        context["may"] = {right.action.replace(".", "_"): True for right in officer.rights} if officer else {}
    return context
