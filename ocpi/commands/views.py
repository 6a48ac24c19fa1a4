"""Sender interface of commands: results from CPOs, and commands from our own apps (SEED-06)."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from ocpi.core.ids import is_uuid
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol import commands as wire
from ocpi.protocol import errors
from ocpi.protocol.commands import CommandType
from ocpi.protocol.headers import PartyId

from . import services, starts
from .models import Command

OWNER = [
    OpenApiParameter("country_code", str, description="Of the CPO, where two CPOs use one id."),
    OpenApiParameter("party_id", str, description="The CPO, where two CPOs use one id."),
]


class CommandView(OcpiViewSet):
    """`{commands}/{name}`: for an app a command type or the id of a command, for a CPO the response_url from us."""

    module = "commands"
    api_client_actions = {"create": "commands", "retrieve": "read", "cancel": "commands"}

    @documented("Give a command; or tell us its result", body=wire.CommandResult, parameters=OWNER)
    def create(self, request: Request, name: str) -> HttpResponse:
        """Apps: the OCPI command object, where `token` may be just `{uid, type}`; answered with 202 and an id.

        CPOs: the CommandResult of the command whose response_url this is.
        """
        if self.caller.is_api_client:
            return self._command(name)
        if not is_uuid(name):  # a CPO cannot give commands (AMB-32)
            raise errors.UnknownObject("there is no such command")
        result = self.decode(wire.CommandResult)
        services.receive_result(partner=self.caller, command_id=name, result=result)
        return self.ok()

    @documented("How a command is doing")
    def retrieve(self, request: Request, name: str) -> HttpResponse:
        """Its state, each step with its time, and the session once it is known."""
        if not self.caller.is_api_client:
            raise errors.MethodNotAllowed("a response_url takes POST only", headers={"Allow": "POST"})
        own = Command.objects.filter(api_client=self.caller).select_related("partner")
        row = own.filter(pk=name).first() if is_uuid(name) else None
        if row is None:
            raise errors.UnknownObject("there is no such command")
        return self.ok(row.describe())

    @documented("Cancel a start")
    def cancel(self, request: Request, name: str) -> HttpResponse:
        """The driver does not want to charge any more; apps only, for a START_SESSION, by its id. Answered with 202.

        What has not been sent never is. Else the session gets one STOP_SESSION as soon as it is known, however late it
        appears; `stop` then tells how that is doing. For a reservation there is CANCEL_RESERVATION.
        """
        if not self.caller.is_api_client:
            raise errors.UnknownObject("there is nothing here for a partner")
        row = starts.cancel(command_id=name, api_client=self.caller)
        return self.ok(row.describe(), status=202, headers={"Location": row.response_url})

    def _command(self, name: str) -> HttpResponse:
        if name not in set(CommandType):
            raise errors.UnknownObject("the commands are " + ", ".join(CommandType))
        country_code, party_id = (self.request.query_params.get(part) for part in ("country_code", "party_id"))
        owner = PartyId(country_code, party_id) if country_code and party_id else None
        row = services.request(type=CommandType(name), body=self.json(), api_client=self.caller, owner=owner)
        described = row.describe()
        shown = {key: described[key] for key in ("id", "command", "state", "partner", "url")}
        return self.ok(shown, status=202, headers={"Location": row.response_url})
