"""GET versions and GET version details: no side effects, a hub may call them as a keep-alive (VER-09)."""

from django.http import HttpResponse
from rest_framework.request import Request

from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol.versions import Version, VersionDetails

from . import services


class VersionsView(OcpiViewSet):
    module = "versions"
    serves_registration = True
    api_client_actions = frozenset({"list"})

    @documented("The OCPI versions that we speak", returns=Version)
    def list(self, request: Request) -> HttpResponse:
        return self.ok([version.to_wire() for version in services.versions()])


class VersionDetailsView(OcpiViewSet):
    module = "versions"
    serves_registration = True
    api_client_actions = frozenset({"retrieve"})

    @documented("Where each of our modules lives", returns=VersionDetails)
    def retrieve(self, request: Request) -> HttpResponse:
        slash = not self.caller.is_api_client and self.caller.wants_slash
        return self.ok(services.details(slash=slash).to_wire())
