"""What the hub's forwarder tells the endpoints about a request."""

from dataclasses import dataclass

from mock_cpo.cpo import Cpo
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.headers import PartyId, Routing


@dataclass(frozen=True, slots=True)
class Delivered:
    """`sent` are the routing headers as the requester sent them; `error` is why the hub delivers nothing."""

    cpos: list[Cpo]
    responder: PartyId
    sent: Routing
    error: OcpiError | None = None
