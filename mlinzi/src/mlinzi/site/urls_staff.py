"""Addresses of the staff site."""

from django.urls import URLPattern, URLResolver, include, path

from mlinzi.site import web

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", web.health, name="health"),
    path("language/", web.choose_language, name="set_language"),
    path("", include("mlinzi.access.urls")),
    path("", include("mlinzi.casework.urls")),
    path("", include("mlinzi.industry.urls")),
    path("", include("mlinzi.intake.urls_staff")),
]

handler400 = web.bad_request
handler404 = web.not_found
handler500 = web.fault
