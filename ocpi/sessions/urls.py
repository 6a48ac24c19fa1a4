from django.urls import re_path

from .views import SessionView

_object = {"get": "retrieve", "put": "put", "patch": "patch"}
_session = r"^sessions/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<session_id>[^/]+)/?$"
urlpatterns = [
    re_path(r"^sessions/?$", SessionView.as_view({"get": "list"}), name="ocpi-sessions"),
    re_path(_session, SessionView.as_view(_object), name="ocpi-session"),
]
