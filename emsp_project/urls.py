"""Every URL of the eMSP. OCPI paths accept a trailing slash or none and never redirect (TRA-45)."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from emsp_project.api_urls import EMSP, MODULES
from ocpi.core import health
from ocpi.core.views import UnknownEndpoint, bad_request, forbidden, not_found, server_error
from ocpi.operations import monitoring
from ocpi.operations.login import login
from ocpi.versions.views import VersionDetailsView, VersionsView

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error

_LEARNING = [path("learn/", include("learning.web.urls"))] if settings.LEARNING_ENABLED else []

urlpatterns = [
    *MODULES,
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    *_LEARNING,
    path("admin/login/", login),
    path("admin/", include("ocpi.operations.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^health/?$", health.health, name="health"),
    re_path(r"^health/live/?$", health.live, name="health-live"),
    re_path(r"^health/ready/?$", health.ready, name="health-ready"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("", include("ocpi.core.urls")),
    re_path(r"^ocpi/versions/?$", VersionsView.as_view({"get": "list"}), name="ocpi-versions"),
    re_path(rf"^{EMSP}/versions/?$", VersionsView.as_view({"get": "list"})),
    re_path(rf"^{EMSP}/?$", VersionDetailsView.as_view({"get": "retrieve"}), name="ocpi-version-details"),
    re_path(r"^ocpi(?:/|$)", UnknownEndpoint.as_view({"get": "missing"}), name="ocpi-unknown"),
]
