"""Sender interface of tokens: the list that CPOs pull, and real-time authorization."""

from typing import NoReturn

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from ocpi.core import parties
from ocpi.core.pagination import SteadyList, paginate, steady
from ocpi.core.schema import documented
from ocpi.core.views import OcpiViewSet
from ocpi.protocol import errors
from ocpi.protocol import tokens as wire
from ocpi.protocol.headers import PartyId

from . import services
from .models import Token, TokenQuerySet

_TYPES = frozenset(wire.TokenType)
TYPE = [OpenApiParameter("type", str, enum=[str(t) for t in wire.TokenType], description="Default RFID.")]


@steady
def _listed(tenant: PartyId | None, sandbox: int | None, withheld: bool) -> TokenQuerySet:
    """What exists for a sandbox or for all others, of a party of ours or of all, for whom it is."""
    rows = Token.objects.of_tenant(tenant).filter(sandbox=sandbox)
    return rows.without_app_tokens() if withheld else rows


class TokenView(OcpiViewSet):
    module = "tokens"
    api_client_actions = {"list": "read", "retrieve": "read", "authorize": "tokens:authorize"}

    @documented("Our tokens", returns=wire.Token, many=True)
    def list(self, request: Request) -> HttpResponse:
        """Blocked tokens are in the list with `valid: false`; tokens are never deleted."""
        return paginate(self, self._listed(), grows_by="created_at")

    @documented("One token", returns=wire.Token, parameters=TYPE)
    def retrieve(self, request: Request, country_code: str, party_id: str, token_uid: str) -> HttpResponse:
        token = self._listed().rows.find(token_uid, self._type(), country_code, party_id)
        if token is None:
            raise errors.UnknownToken("this token is not known here")
        return self.ok(token.to_wire())

    @documented(
        "May this driver charge?", body=wire.LocationReferences, returns=wire.AuthorizationInfo, parameters=TYPE
    )
    def authorize(
        self, request: Request, token_uid: str, country_code: str | None = None, party_id: str | None = None
    ) -> HttpResponse:
        """The body is optional. A token that we do not know is answered with 404 and 2004."""
        if country_code is not None and not parties.is_ours(country_code, party_id or ""):
            raise errors.UnknownToken("this token is not known here")
        type_ = self._type()
        place = self.decode(wire.LocationReferences) if self.has_body() else None
        partner = None if self.caller.is_api_client else self.caller
        party = PartyId(country_code, party_id or "") if country_code is not None else self.tenant
        return self.ok(services.authorize(partner=partner, uid=token_uid, type=type_, place=place, party=party))

    def _listed(self) -> SteadyList:
        caller = self.caller
        if caller.is_api_client:
            return _listed(self.tenant, None, False)
        return _listed(self.tenant, caller.pk if caller.sandbox else None, caller.withholds_app_tokens)

    def _type(self) -> str:
        """Raises InvalidObject for a type that OCPI does not know (TOK-18)."""
        text = self.request.query_params.get("type", wire.TokenType.RFID)
        if text not in _TYPES:
            raise errors.InvalidObject("type: must be one of " + ", ".join(wire.TokenType))
        return str(text)


class TokenByUidView(OcpiViewSet):
    """`{tokens}/{uid}` alone has no method in OCPI; only `/authorize` stands below it (TOK-04, TOK-05)."""

    module = "tokens"
    api_client_actions = frozenset({"refuse"})
    schema = None

    def refuse(self, request: Request, token_uid: str) -> NoReturn:
        raise errors.MethodNotAllowed("no method here; see {token_uid}/authorize", headers={"Allow": ""})
