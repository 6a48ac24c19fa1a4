"""One OCPI request: who calls, for whom, with what body, and how its answer is built."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Request, Response
from pydantic import AfterValidator

from mock_cpo.cpo import Cpo
from mock_cpo.faults import Point
from mock_cpo.partners import Partner
from mock_cpo.platform import Platform
from mock_cpo.web.delivered import Delivered
from ocpi.protocol import envelope
from ocpi.protocol.envelope import ABSENT
from ocpi.protocol.errors import InvalidObject, OcpiError, Unauthorized, UnknownObject
from ocpi.protocol.headers import CORRELATION_ID, PartyId, Routing, token_candidates

JSON = "application/json"
Id = Annotated[str, AfterValidator(unquote)]
"""An id in the path, decoded after the path has been split (TRA-48)."""


class Call:
    """A request with a valid token: functional modules need a registration, configuration modules a token A."""

    def __init__(self, request: Request, body: bytes, functional: bool) -> None:
        self.request = request
        self.platform: Platform = request.state.platform
        self.body = body
        self.functional = functional
        self.partner, self.token = self._authenticate()
        self.routing = self._routed() if functional else Routing()

    def _authenticate(self) -> tuple[Partner, str]:
        header = self.request.headers.get("authorization")
        candidates = token_candidates(header)
        as_typed = (header or "").split()[-1]
        decoded = [candidate for candidate in candidates if candidate != as_typed]
        found = self.platform.partners.by_token(decoded) or self._plain_token_a(candidates)
        if found is None:
            raise Unauthorized("Unknown credentials token.")
        if self.functional and not found[0].registered:
            raise Unauthorized("This token is good for versions and credentials only.")
        return found

    def _plain_token_a(self, candidates: list[str]) -> tuple[Partner, str] | None:
        """The well-known token A may be typed as it is, for a first look with curl; every other token is Base64."""
        plain = [candidate for candidate in candidates if candidate == self.platform.config.token_a]
        return self.platform.partners.by_token(plain)

    def _routed(self) -> Routing:
        routing = Routing.parse(self.request.headers)
        self.request.state.routing = reply_routing(self.responder, self.partner, routing)
        self._check_sender(self.delivered.sent if self.delivered else routing)
        if self.delivered and self.delivered.error:
            raise self.delivered.error
        if self.delivered is None and routing.to and routing.to.key != self.platform.party.key:
            raise UnknownObject(f"{routing.to} is not served here.")
        return routing

    def _check_sender(self, sent: Routing) -> None:
        if sent.from_ and not self.partner.owns(*sent.from_):
            raise InvalidObject(f"{sent.from_} is no party of your platform.")
        if sent.from_ is None and len(set(self.partner.parties)) > 1:
            raise InvalidObject("Your platform has several parties: the OCPI-from headers must name one.")

    @property
    def delivered(self) -> Delivered | None:
        """What the hub made of the request; None without a hub."""
        return getattr(self.request.state, "delivered", None)

    @property
    def responder(self) -> PartyId:
        return self.delivered.responder if self.delivered else self.platform.party

    @property
    def cpos(self) -> list[Cpo]:
        """Whom the request is for: one CPO, or all of a hub (GET ALL)."""
        return self.delivered.cpos if self.delivered else self.platform.cpos

    @property
    def cpo(self) -> Cpo:
        return self.cpos[0]

    @property
    def correlation_id(self) -> str:
        return self.request.state.ids[CORRELATION_ID]

    def json(self) -> Any:
        return envelope.decode(self.body)

    def owned(self, country_code: str, party_id: str) -> None:
        """The party in the URL must be one of the caller's (TRA-39)."""
        if not self.partner.owns(country_code, party_id):
            raise UnknownObject(f"{country_code}/{party_id} is no party of your platform.")

    def answer(self, data: Any = ABSENT, http_status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        body = envelope.success(self.platform.clock.now(), data)
        return render(body, http_status, {**routing_headers(self.request), **(headers or {})})

    def refuse(self, error: OcpiError, data: Any) -> Response:
        """An error under HTTP 200 that carries data all the same: a command for an unknown location (CMD-08)."""
        body = {"data": data, **envelope.failure(error, self.platform.clock.now())}
        return render(body, 200, routing_headers(self.request))


def reply_routing(responder: PartyId, partner: Partner, routing: Routing) -> Routing:
    """Swapped, not echoed (HUB-02); our party answers, and a caller who named nobody is its platform's first party."""
    known = Routing(routing.to, routing.from_ or next(iter(partner.parties), None))
    return known.reply(responder)


def routing_headers(request: Request) -> dict[str, str]:
    routing: Routing | None = getattr(request.state, "routing", None)
    platform: Platform = request.state.platform
    return platform.faults.run(Point.ROUTING, routing.to_headers()) if routing else {}


def render(body: Any, http_status: int, headers: Mapping[str, str]) -> Response:
    return Response(envelope.encode(body), http_status, dict(headers), JSON)


def render_error(request: Request, error: OcpiError) -> Response:
    platform: Platform = request.state.platform
    body = envelope.failure(error, platform.clock.now())
    return render(body, error.http_status, {**routing_headers(request), **error.headers})


async def configuration_call(request: Request) -> Call:
    """versions and credentials: no routing headers (HUB-03)."""
    return Call(request, await request.body(), functional=False)


async def functional_call(request: Request) -> Call:
    return Call(request, await request.body(), functional=True)


ConfigurationCall = Annotated[Call, Depends(configuration_call)]
FunctionalCall = Annotated[Call, Depends(functional_call)]
