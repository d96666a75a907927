"""Addresses at which providers' programs report: the calls of the CyberTipline, and reports in JSON."""

from django.urls import path

from mlinzi.intake.api import calls, reports

app_name = "provider"
urlpatterns = [
    path("ispws/status", calls.status, name="status"),
    path("ispws/xsd", calls.xsd, name="xsd"),
    path("ispws/submit", calls.submit, name="submit"),
    path("ispws/upload", calls.upload, name="upload"),
    path("ispws/fileinfo", calls.fileinfo, name="fileinfo"),
    path("ispws/finish", calls.finish, name="finish"),
    path("ispws/retract", calls.retract, name="retract"),
    path("api/v1/openapi.json", reports.description, name="openapi"),
    path("api/v1/reports", reports.reports, name="reports"),
    path("api/v1/reports/validate", reports.validate, name="validate"),
    path("api/v1/reports/<int:number>", reports.report, name="report"),
]
