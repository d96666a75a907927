"""Addresses at which providers' programs report."""

from django.urls import path

from mlinzi.intake import api

app_name = "provider"
urlpatterns = [
    path("status", api.status, name="status"),
    path("xsd", api.xsd, name="xsd"),
    path("submit", api.submit, name="submit"),
    path("upload", api.upload, name="upload"),
    path("fileinfo", api.fileinfo, name="fileinfo"),
    path("finish", api.finish, name="finish"),
    path("retract", api.retract, name="retract"),
]
