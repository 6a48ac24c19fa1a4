from django.urls import re_path

from .views import TokenByUidView, TokenView

_token = r"^tokens/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<token_uid>[^/]+)"
_refused = dict.fromkeys(["get", "post", "put", "patch", "delete"], "refuse")
_authorize = TokenView.as_view({"post": "authorize"})
urlpatterns = [
    re_path(r"^tokens/?$", TokenView.as_view({"get": "list"}), name="ocpi-tokens"),
    re_path(r"^tokens/(?P<token_uid>[^/]+)/authorize/?$", _authorize, name="ocpi-authorize"),
    re_path(r"^tokens/(?P<token_uid>[^/]+)/?$", TokenByUidView.as_view(_refused), name="ocpi-token-by-uid"),
    re_path(rf"{_token}/authorize/?$", _authorize, name="ocpi-authorize-of-party"),
    re_path(rf"{_token}/?$", TokenView.as_view({"get": "retrieve"}), name="ocpi-token"),
]
