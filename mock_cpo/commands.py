"""Receives commands, answers at once, and POSTs the CommandResult when the charger has spoken (mod_commands)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mock_cpo.callbacks import Callbacks, Request
from mock_cpo.charge import Charge
from mock_cpo.faults import Delivery, Point
from mock_cpo.life import Life
from mock_cpo.orders import Orders, Plan
from mock_cpo.partners import Partner
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandType
from ocpi.protocol.errors import OcpiError, UnknownObject
from ocpi.protocol.headers import PartyId

Wire = dict[str, Any]


@dataclass(slots=True)
class Commands:
    orders: Orders
    life: Life
    callbacks: Callbacks
    records: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(
        self, partner: Partner, name: str, body: object, correlation_id: str, sender: PartyId | None = None
    ) -> tuple[Wire, OcpiError | None]:
        """(CommandResponse, error beside it). An unknown command is an unknown object (CMD-35)."""
        if name not in CommandType.__members__:
            raise UnknownObject(f"There is no command {name}.")
        order: Any = COMMAND_OBJECTS[CommandType(name)].from_wire(body)
        record = Request(name, partner, self.callbacks.clock.now(), order.to_wire(), correlation_id, sender)
        with self.lock:
            self.records.append(record)
        plan: Plan = getattr(self.orders, name.lower())(partner, order, correlation_id)
        record.response = self._response(plan)
        if plan.act:
            self.callbacks.carry_out(record, self._act(record, plan.act), order.response_url)
        return record.response, plan.error

    def _response(self, plan: Plan) -> Wire:
        texts = [{"language": "en", "text": plan.text}] if plan.text else []
        response: Wire = {"result": plan.result, "timeout": self.callbacks.settings.command_timeout}
        return response | ({"message": texts} if texts else {})

    def _act(self, record: Request, act: Callable[[], tuple[str, str | None]]) -> Callable[[], Wire]:
        def run() -> Wire:
            result, record.session_id = act()
            if (record.name, result) == ("RESERVE_NOW", "ACCEPTED"):
                self._maybe_withdraw(record.session_id or "")
            return {"result": result}

        return run

    def _maybe_withdraw(self, session_id: str) -> None:
        """Only a fault makes us give up a reservation by ourselves."""
        pause = self.callbacks.faults.run(Point.WITHDRAWAL, None)
        charge = self.life.yard.get(session_id)
        if pause is not None and charge:
            self.callbacks.outbox.later(pause, partial(self._give_up, charge))

    def _give_up(self, charge: Charge) -> None:
        self.withdraw(charge)

    def withdraw(self, charge: Charge) -> Request | None:
        """The CPO cancels a reservation: CANCELED_RESERVATION goes to the response_url of its RESERVE_NOW (CMD-16)."""
        reservation = charge.reservation
        record = next((record for record in reversed(self.records) if record.session_id == charge.id), None)
        if reservation is None or record is None or charge.status != "RESERVATION":
            return None
        self.life.end_reservation(charge, charge.timeline.now())
        self.callbacks.deliver(record, Delivery({"result": "CANCELED_RESERVATION"}), reservation.response_url)
        return record
