"""Addresses of the door for providers' programs. It has no pages."""

from django.urls import URLPattern, URLResolver, include, path

from mlinzi.intake.api import calls
from mlinzi.site import web

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", web.health, name="health"),
    path("", include("mlinzi.intake.urls_provider")),
]

handler400 = calls.bad_request
handler404 = calls.not_found
handler500 = calls.fault
