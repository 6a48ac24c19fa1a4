from django.urls import re_path

from .views import ChargingPreferencesView, SessionView

_object = {"get": "retrieve", "put": "put", "patch": "patch"}
_session = r"^sessions/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<session_id>[^/]+)"
_preferences = ChargingPreferencesView.as_view({"get": "retrieve", "put": "put"})
urlpatterns = [
    re_path(r"^sessions/?$", SessionView.as_view({"get": "list"}), name="ocpi-sessions"),
    re_path(rf"{_session}/charging_preferences/?$", _preferences, name="ocpi-charging-preferences"),
    re_path(rf"{_session}/?$", SessionView.as_view(_object), name="ocpi-session"),
]
