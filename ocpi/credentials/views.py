"""GET, POST, PUT and DELETE credentials. Which of them is allowed depends on whether the caller is registered."""

from typing import Any, NoReturn

from django.http import HttpResponse
from rest_framework.request import Request

from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import MethodNotAllowed

from . import handshakes, services


class CredentialsView(OcpiViewSet):
    module = "credentials"
    serves_registration = True

    @documented("Our credentials for you", returns=Credentials)
    def retrieve(self, request: Request) -> HttpResponse:
        """`token` is the one that you just used (CRE-27, CRE-28)."""
        return self.ok(services.ours(request.auth))

    @documented("Register with token A", body=Credentials, returns=Credentials, created=True)
    def create(self, request: Request) -> HttpResponse:
        """We read your versions and version details with the token in the body before we answer."""
        self._require(registering=True, problem="you are registered already; use PUT to update")
        status = 200 if self.caller.answers_post_with_200 else 201
        with handshakes.told(self.caller, self.request._request.correlation_id) as at:
            return self.ok(services.receive(**self._arguments(), at=at), status=status)

    @documented("Update your credentials", body=Credentials, returns=Credentials)
    def update(self, request: Request) -> HttpResponse:
        """The answer carries a new token; the old one works until the first use of the new, five minutes at most."""
        self._require(registering=False, problem="you are not registered yet; use POST")
        return self.ok(services.update(**self._arguments()))

    @documented("Unregister")
    def destroy(self, request: Request) -> HttpResponse:
        """Both tokens are forgotten and all automated traffic ends."""
        self._require(registering=False, problem="you are not registered")
        services.unregister(partner=self.caller)
        return self.ok()

    def refuse_method(self) -> NoReturn:
        self._refuse("this method is not available here")

    def _require(self, registering: bool, problem: str) -> None:
        if self.caller.is_registering is not registering:
            self._refuse(problem)

    def _refuse(self, problem: str) -> NoReturn:
        allowed = "GET, POST" if self.caller.is_registering else "GET, PUT, DELETE"
        raise MethodNotAllowed(problem, headers={"Allow": allowed})

    def _arguments(self) -> dict[str, Any]:
        return {
            "partner": self.caller,
            "credentials": self.decode(Credentials),
            "correlation_id": self.request._request.correlation_id,
        }
