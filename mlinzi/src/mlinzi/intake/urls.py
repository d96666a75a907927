"""Addresses of the public door: whoever sees one in a history learns a language and little more."""

from django.urls import path

from mlinzi.intake import web

app_name = "intake"
urlpatterns = [
    path("", web.choose, name="choose"),
    path("<str:lang>/", web.start, name="start"),
    path("<str:lang>/tell/", web.tell, name="tell"),
    path("<str:lang>/back/", web.back, name="back"),
]
