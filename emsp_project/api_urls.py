"""The URLs of OCPI's modules. What comes in floods is found first, and nothing is compared with one path twice."""

import re
from importlib import import_module

from django.urls import Resolver404, ResolverMatch, URLResolver, re_path
from django.urls.resolvers import RoutePattern

EMSP = "ocpi/emsp/2.2.1"


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


MODULES = [
    _module("sessions"), _module("locations"), _module("tokens"), _module("cdrs", "cdrs", "tariffs/estimate"),
    *map(_module, ["commands", "tariffs", "chargingprofiles", "credentials", "hubclientinfo"]),
]  # fmt: skip
