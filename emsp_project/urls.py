"""Every URL of the eMSP. OCPI paths accept a trailing slash or none and never redirect (TRA-45)."""

import re
from importlib import import_module

from django.conf import settings
from django.contrib import admin
from django.urls import Resolver404, ResolverMatch, URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern
from django.views.generic import RedirectView

from ocpi.core import health
from ocpi.core.views import UnknownEndpoint, bad_request, forbidden, not_found, server_error
from ocpi.operations import monitoring
from ocpi.operations.login import login
from ocpi.versions.views import VersionDetailsView, VersionsView

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error

EMSP = "ocpi/emsp/2.2.1"

_LEARNING = [path("learn/", include("learning.web.urls"))] if settings.LEARNING_ENABLED else []


class _Beginning(RoutePattern):
    """Takes nothing of the path, so that a module's own patterns stay whole, and spares all others to look at them."""

    def __init__(self, *starts: str) -> None:
        super().__init__("")
        self.starts = starts

    def match(self, path: str) -> tuple[str, tuple[()], dict[str, object]] | None:
        return (path, (), {}) if path.startswith(self.starts) else None


class _Module(URLResolver):
    """Its patterns begin at the root, so what one of them makes of a path is already the whole answer."""

    def resolve(self, path: str) -> ResolverMatch:
        if self.pattern.match(path):
            for pattern in self.url_patterns:
                if (match := pattern.resolve(path)) is not None:
                    return match
        raise Resolver404({"path": path, "tried": []})


def _module(name: str, *starts: str) -> URLResolver:
    patterns = [
        re_path(f"^{re.escape(EMSP)}/{str(each.pattern)[1:]}", each.callback, name=each.name)
        for each in import_module(f"ocpi.{name}.urls").urlpatterns
    ]
    return _Module(_Beginning(*(f"{EMSP}/{start}" for start in starts or [name])), patterns)


# What comes in floods is found first, and nothing is compared with the start of its path twice.
_MODULES = [
    _module("sessions"), _module("locations"), _module("tokens"), _module("cdrs", "cdrs", "tariffs/estimate"),
    *map(_module, ["commands", "tariffs", "chargingprofiles", "credentials", "hubclientinfo"]),
]  # fmt: skip
urlpatterns = [
    *_MODULES,
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
