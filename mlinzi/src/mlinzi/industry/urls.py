"""Addresses of companies, and of orders to them, on the staff site."""

from django.urls import path

from mlinzi.industry.web import company, orders

app_name = "industry"
urlpatterns = [
    path("company/", company.company, name="company"),
    path("company/contacts/", company.contacts, name="contacts"),
    path("company/reports/", company.reports, name="reports"),
    path("company/reports/new/", company.new_report, name="new_report"),
    path("company/reports/hand-in/", company.hand_in, name="hand_in"),
    path("companies/", company.standings, name="standings"),
    path("orders/", orders.orders, name="orders"),
    path("orders/new/", orders.new_order, name="new_order"),
    path("orders/<str:number>/", orders.order, name="order"),
    path("orders/<str:number>/do/<str:verb>/", orders.do, name="order_do"),
    path("orders/<str:number>/files/<uuid:file_id>/", orders.download, name="order_file"),
]
