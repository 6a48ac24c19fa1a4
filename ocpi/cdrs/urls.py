from django.urls import re_path

from .views import CdrView, EstimateView

_cdr = r"^cdrs/(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<cdr_id>[^/]+)/?$"
urlpatterns = [
    re_path(r"^tariffs/estimate/?$", EstimateView.as_view({"get": "list"}), name="ocpi-estimate"),
    re_path(r"^cdrs/?$", CdrView.as_view({"get": "list", "post": "create"}), name="ocpi-cdrs"),
    re_path(r"^cdrs/(?P<cdr_id>[^/]+)/?$", CdrView.as_view({"get": "find"}), name="ocpi-cdr-by-id"),
    re_path(r"^cdrs/(?P<cdr_id>[^/]+)/check/?$", CdrView.as_view({"get": "check"}), name="ocpi-cdr-check"),
    re_path(_cdr, CdrView.as_view({"get": "retrieve"}), name="ocpi-cdr"),
]
