"""Addresses of the door for providers' programs. It has no pages."""

from django.urls import URLPattern, URLResolver, include, path

from mlinzi.intake import api
from mlinzi.site import web

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", web.health, name="health"),
    path("ispws/", include("mlinzi.intake.urls_provider")),
]

handler400 = api.bad_request
handler404 = api.not_found
handler500 = api.fault
