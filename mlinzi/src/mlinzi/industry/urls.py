"""Addresses of providers' pages on the staff site."""

from django.urls import path

from mlinzi.industry import web

app_name = "industry"
urlpatterns = [
    path("company/", web.company, name="company"),
    path("company/contacts/", web.contacts, name="contacts"),
    path("company/reports/", web.reports, name="reports"),
    path("company/reports/new/", web.new_report, name="new_report"),
    path("company/reports/hand-in/", web.hand_in, name="hand_in"),
    path("companies/", web.standings, name="standings"),
]
