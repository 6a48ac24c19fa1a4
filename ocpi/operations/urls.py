"""Pages of the admin that belong to no single model; they stand below /admin/ and need its login."""

from django.contrib import admin
from django.urls import path

from . import bill_months, views

urlpatterns = [
    path("map/", admin.site.admin_view(views.map_page), name="map"),
    path("map/points/", admin.site.admin_view(views.map_points), name="map-points"),
    path("bills/month/", admin.site.admin_view(bill_months.month_page), name="bills-month"),
]
