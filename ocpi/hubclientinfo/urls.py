from django.urls import re_path

from .views import HubClientInfoView

_methods = {"get": "retrieve", "put": "put"}
_party = r"^hubclientinfo/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/?$"
urlpatterns = [re_path(_party, HubClientInfoView.as_view(_methods), name="ocpi-hubclientinfo")]
