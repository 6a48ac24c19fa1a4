"""The base of every OCPI view: who may call, routing headers, decoding, the envelope. Once, for all modules."""

from collections.abc import Collection, Mapping
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NoReturn, Protocol, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from rest_framework import viewsets
from rest_framework.request import Request

from ocpi.protocol import envelope, errors
from ocpi.protocol.envelope import ABSENT
from ocpi.protocol.headers import CONFIGURATION_MODULES, ROUTING_HEADERS, PartyId, Routing
from ocpi.protocol.types import OcpiModel, Tolerance

from . import bodies, clock, parties
from .answers import answer
from .middleware import decode_segment

M = TypeVar("M", bound=OcpiModel)
_ROUTING = {name: HttpHeaders.to_wsgi_name(name) for name in ROUTING_HEADERS}


@lru_cache(maxsize=64)
def _made(classes: tuple[type, ...]) -> list[Any]:
    return [each() for each in classes]


class Caller(Protocol):
    """Who authenticated: a partner or one of our own API clients."""

    is_api_client: bool
    is_registering: bool

    def owns(self, party: PartyId) -> bool: ...
    def speaks_for(self, party: PartyId) -> bool: ...
    def senders(self) -> list[PartyId]: ...
    def may_omit_routing(self) -> bool: ...
    def keep_leniencies(self) -> None: ...
    def tolerance(self) -> Tolerance: ...


class OcpiViewSet(viewsets.ViewSet):
    """Subclasses name their module and say which actions serve whom; a view decodes, calls one service, answers."""

    module: ClassVar[str]
    # Which actions an API client may call: names, for which it needs the scope "read", or names with their scopes.
    api_client_actions: ClassVar[Collection[str]] = frozenset()
    partner_actions: ClassVar[frozenset[str] | None] = None  # None: all of them
    serves_registration: ClassVar[bool] = False
    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "put", "patch", "delete"]

    routing = Routing(None, None)
    _came: tuple[OcpiModel, dict[str, Any]] | None = None

    @property
    def functional(self) -> bool:
        return self.module not in CONFIGURATION_MODULES

    @cached_property
    def caller(self) -> Any:
        return self.request.user

    @property
    def allowed_methods(self) -> list[str]:
        """Those of this route. DRF would name every method that the class has, and call it too."""
        return [method.upper() for method in self.action_map]

    # What DRF would make anew for each request holds nothing of it.
    default_response_headers: ClassVar[dict[str, str]] = {}  # it would name the methods of the class, not of the route

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        bodies.prepare(request)
        self.action = self.action_map.get((request.method or "").lower())
        context = {"view": self, "args": args, "kwargs": kwargs}
        return Request(request, authenticators=self.get_authenticators(), parser_context=context)

    def get_authenticators(self) -> Any:
        return _made(tuple(self.authentication_classes))

    def get_permissions(self) -> Any:
        return _made(tuple(self.permission_classes))

    def get_format_suffix(self, **kwargs: Any) -> None:
        return None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[None, str]:
        """OCPI has one representation: an odd Accept is no reason for a 406 (TRA-12)."""
        return None, "application/json"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        for name, value in self.kwargs.items():
            self.kwargs[name] = decode_segment(value)
        request._request.ocpi_module = self.module
        super().initial(request, *args, **kwargs)
        if self.caller.is_registering and not self.serves_registration:
            raise errors.Unauthorized("a registration token opens only versions and credentials")
        if self.functional:
            self._route()
        if request.method.lower() not in self.action_map:
            self.refuse_method()
        self._admit()
        self._refuse_nul()

    def refuse_method(self) -> NoReturn:
        allowed = ", ".join(self.allowed_methods)
        raise errors.MethodNotAllowed(f"this method is not available here; {allowed} are", headers={"Allow": allowed})

    def _refuse_nul(self) -> None:
        """PostgreSQL takes no NUL, not even to look for it; no identifier may hold one (TYP-01)."""
        query = self.request._request.META.get("QUERY_STRING", "")
        if "%00" in query or any("\x00" in text for text in (query, *self.kwargs.values())):
            raise errors.InvalidObject("the URL must not hold control characters")

    def _admit(self) -> None:
        if self.caller.is_api_client:
            if self.action not in self.api_client_actions:
                raise errors.Forbidden("an API client cannot do this; it belongs to partners")
            self._check_scope()
        elif self.partner_actions is not None and self.action not in self.partner_actions:
            raise errors.UnknownObject("there is nothing here for a partner")

    def _check_scope(self) -> None:
        scopes = self.api_client_actions
        needed = scopes[self.action] if isinstance(scopes, Mapping) else "read"
        if not self.caller.may(needed):
            raise errors.Forbidden(f"this API client has no scope {needed!r}")

    def _route(self) -> None:
        """HUB-06..08: TO must be one of us, FROM a party of the caller; either may be missing where it is clear."""
        if self.caller.is_api_client:
            return
        meta = self.request._request.META
        routing = Routing.parse({name: meta[key] for name, key in _ROUTING.items() if key in meta})
        if routing.to is not None and not parties.is_ours(*routing.to):
            self.routing = Routing(from_=routing.from_)
            raise errors.UnknownObject(f"party {routing.to.country_code}-{routing.to.party_id} is not on this platform")
        self.routing = routing
        if routing.from_ is not None and not self.caller.speaks_for(routing.from_):
            raise errors.InvalidObject("OCPI-from-*: this party does not belong to the calling platform")
        if routing.from_ is None:
            self.routing = Routing(to=routing.to, from_=self._default_sender())
        if routing.to is None and len(parties.ours()) > 1 and not self.caller.may_omit_routing():
            raise errors.InvalidObject("OCPI-to-*: required, because this platform has several parties")

    def _default_sender(self) -> PartyId | None:
        senders = self.caller.senders()
        if len(senders) > 1:
            if self.caller.may_omit_routing():
                return None
            raise errors.InvalidObject("OCPI-from-*: required, because your platform has several parties")
        return next(iter(senders), None)

    @property
    def tenant(self) -> PartyId | None:
        """Which party of ours is spoken to; None when we have one only, nobody says, or an API client asks."""
        return self.routing.to if len(parties.ours()) > 1 else None

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        # Not `request.user`: asking for it would authenticate again, after a failure outside every handler.
        caller = getattr(request._request, "ocpi_caller", None)
        if caller is not None:
            caller.keep_leniencies()
        if self.functional and response.status_code != 401 and not getattr(caller, "is_api_client", True):
            responder = self.routing.to or parties.ours()[0]
            for name, value in Routing(to=self.routing.from_, from_=responder).to_headers().items():
                response.headers[name] = value
        return response

    def decode(self, model: type[M]) -> M:
        """The body as `model`. Raises NotJson (400) or InvalidObject (200/2001, naming the path)."""
        tolerance, data = self.caller.tolerance(), self.json()
        found = model.from_wire(data, tolerance)
        request = self.request._request
        request.ocpi_json = data
        self._came = (found, data) if tolerance.as_it_came and b"null" not in request.body else None
        return found

    def form(self, obj: OcpiModel) -> dict[str, Any]:
        """The wire form of what `decode` gave: the body itself, where nothing of it is written in another way."""
        if self._came is not None and self._came[0] is obj:
            return {**self._came[1]}
        return obj.to_wire()

    def has_body(self) -> bool:
        return bool(bodies.read(self.request._request).strip())

    def json(self) -> Any:
        return envelope.decode(bodies.read(self.request._request))

    def owned_party(self, country_code: str, party_id: str) -> PartyId:
        """The party in the URL. Raises UnknownObject when it is not the caller's (TRA-39)."""
        party = PartyId(country_code, party_id)
        if not self.caller.owns(party):
            raise errors.UnknownObject(f"party {country_code}-{party_id} does not belong to the calling platform")
        return party

    @staticmethod
    def ok(data: Any = ABSENT, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
        return answer(envelope.success(clock.now(), data), status, headers)

    @classmethod
    def stored(cls, created: bool, headers: dict[str, str] | None = None) -> HttpResponse:
        """201 for a new object, 200 for a known one, no data (TRA-16, TRA-26)."""
        return cls.ok(status=201 if created else 200, headers=headers)


class UnknownEndpoint(OcpiViewSet):
    """Everything below /ocpi/ that is not an endpoint: the envelope says so, to authenticated callers only."""

    module = "versions"
    serves_registration = True
    api_client_actions = frozenset({"missing"})
    schema = None

    def missing(self, request: Request) -> NoReturn:
        raise errors.UnknownObject("there is no such endpoint; the version details list those that exist")

    def refuse_method(self) -> NoReturn:
        self.missing(self.request)


def _plain_failure(error: errors.OcpiError) -> HttpResponse:
    return answer(envelope.failure(error, clock.now()), int(error.http_status))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, for what fails before a view is reached (an unknown Host header, for instance)."""
    return _plain_failure(errors.NotJson("the request cannot be read"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403, of pages for people: the API refuses by OcpiError."""
    text = "You may not do this: your role does not allow it, or it cannot be done to this object.\n"
    return HttpResponse(f"{text}Go back, or ask an administrator of {settings.PROJECT_NAME}.", "text/plain", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404. People get Django's page, machines the envelope."""
    if request.path.startswith("/ocpi"):
        return _plain_failure(errors.UnknownObject("there is nothing at this URL"))
    return HttpResponse(f"Not found. {settings.PROJECT_NAME} has nothing at this address.", "text/plain", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500, when even the exception handler could not help."""
    response = _plain_failure(errors.ServerError("an unexpected error happened"))
    response.status_code = 500
    return response
