"""Addresses of the public site. None says what the site is for, none ever carries what somebody wrote."""

from django.urls import URLPattern, URLResolver, include, path

from mlinzi.site import web

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", web.health, name="health"),
    path("look/<str:digest>.css", web.look, name="look"),
    path("log/checkpoint", web.checkpoint, name="checkpoint"),
    path("", include("mlinzi.intake.urls")),
]

handler400 = web.bad_request
handler404 = web.not_found
handler500 = web.fault
