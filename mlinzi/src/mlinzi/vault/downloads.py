"""A file on its way out."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from mlinzi.vault.acts import OpenedFile


def attachment(file: OpenedFile) -> HttpResponse:
    """A file to be saved, never to be shown in the browser: whatever it is, it does not run here."""
    response = HttpResponse(file.data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
