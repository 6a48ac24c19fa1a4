"""Asynchronous results: what a charger says a moment after we have answered, POSTed at the eMSP's response_url."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from mock_cpo.catalogue import stamp
from mock_cpo.client import Client
from mock_cpo.clock import Clock
from mock_cpo.config import Settings
from mock_cpo.faults import Delivery, Point, Switchboard
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partner, Partners
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]
TRIES = 3
STRANGER = PartyId("XX", "ZZZ")


@dataclass(slots=True)
class Request:
    """A command or a charging profile: what was asked, answered at once, and reported later."""

    name: str
    partner: Partner
    received: datetime
    body: Wire
    correlation_id: str
    sender: PartyId | None = None
    response: Wire = field(default_factory=dict)
    results: list[Wire] = field(default_factory=list)
    session_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    def shown(self) -> Wire:
        return {
            "id": self.id,
            "command": self.name,
            "registration": self.partner.id,
            "received": stamp(self.received),
            "request": self.body,
            "response": self.response,
            "results": self.results,
            "session_id": self.session_id,
        }


@dataclass(slots=True)
class Callbacks:
    client: Client
    partners: Partners
    outbox: Outbox
    clock: Clock
    settings: Settings
    faults: Switchboard

    def carry_out(self, request: Request, act: Callable[[], Wire], response_url: str) -> None:
        """The charger needs a moment; only a fault makes the result overtake the response."""

        def run() -> None:
            for delivery in self._deliveries(request, act()):
                self.deliver(request, delivery, response_url)

        if any(delivery.before_response for delivery in self._deliveries(request, {})):
            run()
        else:
            self.outbox.later(self.settings.charger_delay, run)

    def _deliveries(self, request: Request, body: Wire) -> list[Delivery]:
        deliveries: list[Delivery] = self.faults.run(Point.RESULT, [Delivery(body)], command=request.name)
        return deliveries

    def deliver(self, request: Request, delivery: Delivery, response_url: str) -> None:
        def send() -> None:
            self._post(request, delivery, response_url)

        if delivery.before_response:
            self._quietly(send)
        elif delivery.delay:
            self.outbox.later(delivery.delay, send)
        else:
            self.outbox.add(("result", request.id, id(delivery)), send, TRIES)

    def _quietly(self, send: Callable[[], None]) -> None:
        try:
            send()
        except PartnerError:
            return

    def _post(self, request: Request, delivery: Delivery, response_url: str) -> None:
        """From our party to the one that asked (HUB-22)."""
        if not request.partner.registered:
            return
        outcome: Wire = {"at": stamp(self.clock.now()), "body": delivery.body, "http_status": None}
        request.results.append(outcome)
        partner, from_ = self._wrong_peer(request.partner) if delivery.wrong_peer else (request.partner, None)
        try:
            reply = self.client.functional(
                "POST",
                response_url,
                partner,
                delivery.body,
                to=request.sender,
                from_=from_,
                correlation_id=request.correlation_id,
            )
            outcome["http_status"] = reply.http_status
        except PartnerError as error:
            outcome["http_status"] = error.http_status
            raise

    def _wrong_peer(self, partner: Partner) -> tuple[Partner, PartyId | None]:
        """Another platform that is registered here; where there is none, a party that nobody knows."""
        others = [other for other in self.partners.registered() if other is not partner]
        return (others[0], None) if others else (partner, STRANGER)
