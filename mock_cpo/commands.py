"""Receives commands, answers at once, and POSTs the CommandResult when the charger has spoken (mod_commands)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from mock_cpo.catalogue import stamp
from mock_cpo.charge import Charge
from mock_cpo.client import Client
from mock_cpo.clock import Clock
from mock_cpo.config import Settings
from mock_cpo.faults import Delivery, Point, Switchboard
from mock_cpo.life import Life
from mock_cpo.orders import Orders, Plan
from mock_cpo.outbox import Outbox
from mock_cpo.partners import Partner
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandType
from ocpi.protocol.errors import OcpiError, PartnerError, UnknownObject
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]
TRIES = 3


@dataclass(slots=True)
class Record:
    """One command: what was asked, answered at once, and reported later."""

    command: str
    partner: Partner
    received: datetime
    request: Wire
    correlation_id: str
    sender: PartyId | None = None
    response: Wire = field(default_factory=dict)
    results: list[Wire] = field(default_factory=list)
    session_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    def shown(self) -> Wire:
        return {
            "id": self.id,
            "command": self.command,
            "registration": self.partner.id,
            "received": stamp(self.received),
            "request": self.request,
            "response": self.response,
            "results": self.results,
            "session_id": self.session_id,
        }


@dataclass(slots=True)
class Commands:
    orders: Orders
    life: Life
    client: Client
    outbox: Outbox
    clock: Clock
    settings: Settings
    faults: Switchboard
    records: list[Record] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(
        self, partner: Partner, name: str, body: object, correlation_id: str, sender: PartyId | None = None
    ) -> tuple[Wire, OcpiError | None]:
        """(CommandResponse, error beside it). An unknown command is an unknown object (CMD-35)."""
        if name not in CommandType.__members__:
            raise UnknownObject(f"There is no command {name}.")
        order: Any = COMMAND_OBJECTS[CommandType(name)].from_wire(body)
        record = Record(name, partner, self.clock.now(), order.to_wire(), correlation_id, sender)
        with self.lock:
            self.records.append(record)
        plan: Plan = getattr(self.orders, name.lower())(partner, order, correlation_id)
        record.response = self._response(plan)
        if plan.act:
            self._carry_out(record, plan.act, order.response_url)
        return record.response, plan.error

    def _response(self, plan: Plan) -> Wire:
        texts = [{"language": "en", "text": plan.text}] if plan.text else []
        response: Wire = {"result": plan.result, "timeout": self.settings.command_timeout}
        return response | ({"message": texts} if texts else {})

    def _carry_out(self, record: Record, act: Callable[[], tuple[str, str | None]], response_url: str) -> None:
        """The charger needs a moment; only a fault makes the result overtake the response."""

        def run() -> None:
            result, record.session_id = act()
            for delivery in self.faults.run(Point.RESULT, [Delivery({"result": result})]):
                self._deliver(record, delivery, response_url)

        probe = self.faults.run(Point.RESULT, [Delivery({"result": "ACCEPTED"})])
        if any(delivery.before_response for delivery in probe):
            run()
        else:
            self.outbox.later(self.settings.charger_delay, run)

    def _deliver(self, record: Record, delivery: Delivery, response_url: str) -> None:
        def send() -> None:
            self._post(record, delivery.body, response_url)

        if delivery.before_response:
            self._quietly(send)
        elif delivery.delay:
            self.outbox.later(delivery.delay, send)
        else:
            self.outbox.add(("result", record.id, id(delivery)), send, TRIES)

    def _quietly(self, send: Callable[[], None]) -> None:
        try:
            send()
        except PartnerError:
            return

    def _post(self, record: Record, body: Wire, response_url: str) -> None:
        if not record.partner.registered:
            return
        outcome: Wire = {"at": stamp(self.clock.now()), "body": body, "http_status": None}
        record.results.append(outcome)
        try:
            reply = self.client.functional(
                "POST", response_url, record.partner, body, to=record.sender, correlation_id=record.correlation_id
            )
            outcome["http_status"] = reply.http_status
        except PartnerError as error:
            outcome["http_status"] = error.http_status
            raise

    def withdraw(self, charge: Charge) -> Record | None:
        """The CPO cancels a reservation: CANCELED_RESERVATION goes to the response_url of its RESERVE_NOW (CMD-16)."""
        reservation = charge.reservation
        record = next((record for record in reversed(self.records) if record.session_id == charge.id), None)
        if reservation is None or record is None:
            return None
        self.life.end_reservation(charge, charge.timeline.now())
        self._deliver(record, Delivery({"result": "CANCELED_RESERVATION"}), reservation.response_url)
        return record
