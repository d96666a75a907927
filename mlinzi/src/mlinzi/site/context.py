"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mlinzi.casework import reads as casework
from mlinzi.directory import reads as directory
from mlinzi.kernel.clock import now
from mlinzi.site.menu import menu_for


def every_page(request: HttpRequest) -> dict[str, Any]:
    """Whether this is a demonstration; on the staff site also who is there and what they may do."""
    if settings.ROOT_URLCONF == "mlinzi.site.urls_public":
        return {}  # the door's pages bring it with their words, and ask the database less often
    context: dict[str, Any] = {"demonstration": directory.is_demonstration(), "site": str(settings.PROCESS)}
    if hasattr(request, "session"):
        from mlinzi.access.guard import officer_of

        officer = officer_of(request)
        context["officer"] = officer
        context["may"] = {right.action.replace(".", "_"): True for right in officer.rights} if officer else {}
        context["menu"] = menu_for(officer, request.path) if officer else []
        context["alarm"] = casework.alarm(by=officer, now=now()) if officer else None
    return context
