"""Sender interface of chargingprofiles: what CPOs report, and what our own apps ask for (an extension)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from pydantic import Field
from rest_framework.request import Request

from ocpi.core.ids import is_uuid
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol import chargingprofiles as wire
from ocpi.protocol import errors
from ocpi.protocol.types import Int, OcpiModel
from ocpi.sessions import selection

from . import services
from .models import ProfileRequest

OWNER = [
    OpenApiParameter("country_code", str, description="Of the CPO, where two CPOs use one session id."),
    OpenApiParameter("party_id", str, description="The CPO, where two CPOs use one session id."),
]


class WantedProfile(OcpiModel):
    """Limits that an app wants for a session."""

    charging_profile: wire.ChargingProfile = Field(description="The limits; start_period 0 first, then increasing.")


class WantedDuration(OcpiModel):
    """How far ahead the limits are wanted."""

    duration: Int | None = Field(default=None, description="Seconds; default 900.")


class ActiveProfileView(OcpiViewSet):
    """`{chargingprofiles}/{id}`: a session for PUT; what we asked for, that is the response_url, for POST and GET."""

    module = "chargingprofiles"
    api_client_actions = {"retrieve": "read"}

    @documented("The limits of a session have changed", body=wire.ActiveChargingProfile)
    def put(self, request: Request, session_id: str) -> HttpResponse:
        """For CPOs, on every change that they know of after we have set a profile."""
        profile = self.decode(wire.ActiveChargingProfile)
        services.put_active(
            partner=self.caller, sender=self.routing.from_, session_id=session_id, profile=profile, tenant=self.tenant
        )
        return self.ok()

    @documented("Tell us the result of a request", body=wire.ActiveChargingProfileResult)
    def create_result(self, request: Request, session_id: str) -> HttpResponse:
        """For CPOs, on the response_url. Of which type the result is depends on what we had asked for."""
        services.receive_result(partner=self.caller, request_id=session_id, body=self.json())
        return self.ok()

    @documented("How a request is doing")
    def retrieve(self, request: Request, session_id: str) -> HttpResponse:
        """For apps: its state, each step with its time, and the limits that hold as far as we know."""
        if not self.caller.is_api_client:
            raise errors.MethodNotAllowed("only PUT and POST are for partners", headers={"Allow": "POST, PUT"})
        rows = ProfileRequest.objects.filter(api_client=self.caller).select_related("partner", "session")
        row = rows.filter(pk=session_id).first() if is_uuid(session_id) else None
        if row is None:
            raise errors.UnknownObject("there is no such request")
        return self.ok(row.describe())


class ProfileRequestView(OcpiViewSet):
    """`{chargingprofiles}/{session_id}/set`, `/get` and `/clear`, for apps: answered with 202, sent by a worker."""

    module = "chargingprofiles"
    partner_actions = frozenset()
    api_client_actions = dict.fromkeys(["set_profile", "get_profile", "clear_profile"], "commands")

    @documented("Limit the power of a session", body=WantedProfile, parameters=OWNER)
    def set_profile(self, request: Request, session_id: str) -> HttpResponse:
        profile = self.decode(WantedProfile).charging_profile
        return self._asked(services.set_profile(profile=profile, **self._arguments(session_id)))

    @documented("Ask which limits hold", body=WantedDuration, parameters=OWNER)
    def get_profile(self, request: Request, session_id: str) -> HttpResponse:
        duration = self.decode(WantedDuration).duration if self.has_body() else None
        return self._asked(services.get_profile(duration=duration, **self._arguments(session_id)))

    @documented("Remove the limits that we set", parameters=OWNER)
    def clear_profile(self, request: Request, session_id: str) -> HttpResponse:
        return self._asked(services.clear_profile(**self._arguments(session_id)))

    def _arguments(self, session_id: str) -> dict[str, Any]:
        session = selection.one(session_id, self.request.query_params.dict())
        return {"session": session, "api_client": self.caller}

    def _asked(self, row: ProfileRequest) -> HttpResponse:
        described = row.describe()
        shown = {key: described[key] for key in ("id", "kind", "state", "partner", "url", "warning")}
        return self.ok(shown, status=202, headers={"Location": row.response_url})
