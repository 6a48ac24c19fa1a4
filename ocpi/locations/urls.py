from django.urls import re_path

from .views import ConnectorView, EvseView, LocationView

_object = {"get": "retrieve", "put": "put", "patch": "patch"}
_location = r"^locations/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<location_id>[^/]+)"
urlpatterns = [
    re_path(r"^locations/?$", LocationView.as_view({"get": "list"}), name="ocpi-locations"),
    re_path(rf"{_location}/?$", LocationView.as_view(_object), name="ocpi-location"),
    re_path(rf"{_location}/(?P<evse_uid>[^/]+)/?$", EvseView.as_view(_object), name="ocpi-evse"),
    re_path(rf"{_location}/(?P<evse_uid>[^/]+)/(?P<connector_id>[^/]+)/?$", ConnectorView.as_view(_object),
            name="ocpi-connector"),
]  # fmt: skip
