"""Pages of the admin that belong to no single model; they stand below /admin/ and need its login."""

from django.contrib import admin
from django.urls import include, path

from . import bill_months, connect_desk, connect_settings, views

_handshake = [
    path("", connect_desk.follow, name="connect-handshake"),
    path("live/", connect_desk.live, name="connect-live"),
    path("again/", connect_desk.again, name="connect-again"),
    path("renew/", connect_desk.renew, name="connect-renew"),
    path("plain/", connect_desk.plain, name="connect-plain"),
    path("cancel/", connect_desk.cancel, name="connect-cancel"),
    path("settings/", connect_settings.settings_page, name="connect-settings"),
]
urlpatterns = [
    path("map/", admin.site.admin_view(views.map_page), name="map"),
    path("map/points/", admin.site.admin_view(views.map_points), name="map-points"),
    path("connect/", connect_desk.begin, name="connect"),
    path("connect/ours/", connect_desk.ours, name="connect-ours"),
    path("connect/theirs/", connect_desk.theirs, name="connect-theirs"),
    path("connect/<int:pk>/", include(_handshake)),
    path("bills/month/", admin.site.admin_view(bill_months.month_page), name="bills-month"),
]
