from django.urls import re_path

from .views import TariffView

_object = {"get": "retrieve", "put": "put", "delete": "destroy"}
_tariff = r"^tariffs/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<tariff_id>[^/]+)/?$"
urlpatterns = [
    re_path(r"^tariffs/?$", TariffView.as_view({"get": "list"}), name="ocpi-tariffs"),
    re_path(_tariff, TariffView.as_view(_object), name="ocpi-tariff"),
]
