"""Addresses of the door for staff."""

from django.urls import path

from mlinzi.intake.web import desk

app_name = "desk"
urlpatterns = [
    path("reports/new/", desk.new_report, name="new_report"),
    path("contacts/", desk.contacts, name="contacts"),
]
