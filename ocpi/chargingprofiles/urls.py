from django.urls import re_path

from .views import ActiveProfileView, ProfileRequestView

_one = {"get": "retrieve", "post": "create_result", "put": "put"}
_session = r"^chargingprofiles/(?P<session_id>[^/]+)"
urlpatterns = [
    re_path(rf"{_session}/?$", ActiveProfileView.as_view(_one), name="ocpi-chargingprofile"),
    *(
        re_path(rf"{_session}/{verb}/?$", ProfileRequestView.as_view({"post": f"{verb}_profile"}))
        for verb in ("set", "get", "clear")
    ),
]
