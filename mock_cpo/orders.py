"""What each of the five commands demands, and what the charger does about it (mod_commands, Receiver).

A handler looks at what can be known at once and returns a `Plan`: the synchronous answer and, if that is ACCEPTED,
what the charger does a moment later, which returns the CommandResult.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_cpo.charge import NOT_AVAILABLE, Authority, Charge, Reservation
from mock_cpo.clock import Clock
from mock_cpo.life import Life
from mock_cpo.network import Network
from mock_cpo.partners import Partner
from mock_cpo.taps import find_reservation
from mock_cpo.yard import Yard
from ocpi.protocol.commands import CancelReservation, ReserveNow, StartSession, StopSession, UnlockConnector
from ocpi.protocol.errors import OcpiError, UnknownLocation
from ocpi.protocol.types import ci_key

Wire = dict[str, Any]
BROKEN = ("OUTOFORDER", "INOPERATIVE", "UNKNOWN", "PLANNED", "BLOCKED", "REMOVED")


@dataclass(frozen=True, slots=True)
class Plan:
    """`act` carries the command out and returns (CommandResultType, session id); `error` goes into the envelope."""

    result: str
    text: str = ""
    error: OcpiError | None = None
    act: Callable[[], tuple[str, str | None]] | None = None


UNKNOWN_PLACE = Plan("REJECTED", UnknownLocation.default_message, UnknownLocation())


@dataclass(slots=True)
class Orders:
    """One method per command; `partner` is the platform that asks."""

    network: Network
    yard: Yard
    life: Life
    clock: Clock

    # --- START_SESSION ---------------------------------------------------------------------------

    def start_session(self, partner: Partner, order: StartSession, correlation_id: str) -> Plan:
        """The token is not checked here: the eMSP has authorised it (CMD-22)."""
        place = self._place(order.location_id, order.evse_uid, order.connector_id)
        if place is None:
            return UNKNOWN_PLACE
        authority = self._authority(order, correlation_id)
        if not partner.owns(*authority.party):
            return Plan("REJECTED", "The token belongs to another eMSP.")
        location, evse, connector = place
        if evse is None:
            return Plan("ACCEPTED", act=lambda: self._start_anywhere(location, authority))
        if "REMOTE_START_STOP_CAPABLE" not in evse.get("capabilities", []):
            return Plan("NOT_SUPPORTED", "This EVSE cannot be started remotely.")
        if connector is None and "START_SESSION_CONNECTOR_REQUIRED" in evse["capabilities"]:
            return Plan("REJECTED", "This EVSE needs a connector_id.")
        chosen = connector or evse["connectors"][0]
        return Plan("ACCEPTED", act=lambda: self._start(location["id"], evse["uid"], chosen["id"], authority))

    def _start(
        self, location_id: str, evse_uid: str, connector_id: str, authority: Authority
    ) -> tuple[str, str | None]:
        with self.yard.lock:
            self.yard.commanded(location_id, evse_uid, authority)
            if (self.network.evse(location_id, evse_uid) or {}).get("status") in BROKEN:
                return "EVSE_INOPERATIVE", None
            reserved = find_reservation(self.yard, location_id, evse_uid, authority)
            holds_it = reserved is not None and reserved.evse_uid != NOT_AVAILABLE
            if not holds_it and self.yard.occupied(location_id, evse_uid):
                return "EVSE_OCCUPIED", None
            if reserved:
                self.life.claim(reserved, authority, evse_uid, connector_id)
                return "ACCEPTED", reserved.id
            return "ACCEPTED", self.life.start(authority, location_id, evse_uid, connector_id).id

    def _start_anywhere(self, location: Wire, authority: Authority) -> tuple[str, str | None]:
        """No EVSE was named: the first one there that is free and simple enough."""
        with self.yard.lock:
            free = self._free_evse(location["id"], "REMOTE_START_STOP_CAPABLE")
            if free is None:
                return "EVSE_OCCUPIED", None
            return self._start(location["id"], free["uid"], free["connectors"][0]["id"], authority)

    # --- STOP_SESSION ----------------------------------------------------------------------------

    def stop_session(self, partner: Partner, order: StopSession, _correlation_id: str) -> Plan:
        charge = self.yard.get(order.session_id)
        if charge is None:
            return Plan("UNKNOWN_SESSION", "There is no such session.")
        if not partner.owns(*charge.authority.party):
            return Plan("REJECTED", "The session belongs to another eMSP.")
        if charge.status not in ("ACTIVE", "PENDING"):
            return Plan("REJECTED", f"The session is {charge.status}.")
        return Plan("ACCEPTED", act=lambda: self._stop(charge))

    def _stop(self, charge: Charge) -> tuple[str, str | None]:
        self.life.stop(charge)
        return ("REJECTED" if charge.open else "ACCEPTED"), charge.id

    # --- RESERVE_NOW, CANCEL_RESERVATION ---------------------------------------------------------

    def reserve_now(self, partner: Partner, order: ReserveNow, correlation_id: str) -> Plan:
        place = self._place(order.location_id, order.evse_uid, None)
        if place is None:
            return UNKNOWN_PLACE
        authority = self._authority(order, correlation_id)
        if not partner.owns(*authority.party):
            return Plan("REJECTED", "The token belongs to another eMSP.")
        if order.expiry_date <= self.clock.now():
            return Plan("REJECTED", "expiry_date is in the past.")
        location, evse, _ = place
        if not self._reservable(location, evse):
            return Plan("NOT_SUPPORTED", "Nothing can be reserved here.")
        key = (partner.id, ci_key(location["id"]), ci_key(order.reservation_id))
        return Plan("ACCEPTED", act=lambda: self._reserve(location, evse, order, authority, key))

    def _reservable(self, location: Wire, evse: Wire | None) -> bool:
        evses = [evse] if evse else location["evses"]
        return any("RESERVABLE" in each.get("capabilities", []) for each in evses)

    def _reserve(
        self, location: Wire, evse: Wire | None, order: ReserveNow, authority: Authority, key: tuple[str, str, str]
    ) -> tuple[str, str | None]:
        with self.yard.lock:
            existing = self._reservation(lambda known: known == key)
            if existing and evse and existing.evse_uid not in (evse["uid"], NOT_AVAILABLE):
                self.life.end_reservation(existing, existing.timeline.now())
            elif existing:
                return self._renew(existing, order, authority)
            if evse and self.network.evse(location["id"], evse["uid"])["status"] in BROKEN:  # type: ignore[index]
                return "EVSE_INOPERATIVE", None
            if self._taken(location, evse):
                return "EVSE_OCCUPIED", None
            reservation = Reservation(key, self.clock.now(), order.expiry_date, order.response_url)
            uid, connector = (evse["uid"], evse["connectors"][0]["id"]) if evse else (NOT_AVAILABLE, NOT_AVAILABLE)
            if evse:
                self.yard.commanded(location["id"], evse["uid"], authority)
            return "ACCEPTED", self.life.reserve(authority, location["id"], uid, connector, reservation).id

    def _taken(self, location: Wire, evse: Wire | None) -> bool:
        if evse:
            return self.yard.occupied(location["id"], evse["uid"])
        return self._free_evse(location["id"], "RESERVABLE") is None

    def _renew(self, existing: Charge, order: ReserveNow, authority: Authority) -> tuple[str, str | None]:
        """Same reservation_id at the same location: the new expiry counts (CMD-27)."""
        if existing.reservation:
            existing.reservation.expires = order.expiry_date
            existing.reservation.response_url = order.response_url
        existing.authority = authority
        return "ACCEPTED", existing.id

    def cancel_reservation(self, partner: Partner, order: CancelReservation, _correlation_id: str) -> Plan:
        return Plan("ACCEPTED", act=lambda: self._cancel(partner, order.reservation_id))

    def _cancel(self, partner: Partner, reservation_id: str) -> tuple[str, str | None]:
        charge = self._reservation(lambda key: (key[0], key[2]) == (partner.id, ci_key(reservation_id)))
        if charge is None:
            return "UNKNOWN_RESERVATION", None
        self.life.end_reservation(charge, charge.timeline.now())
        return "ACCEPTED", charge.id

    def _reservation(self, wanted: Callable[[tuple[str, str, str]], bool]) -> Charge | None:
        """The reservation still waiting whose (registration, location, reservation_id) fits."""
        waiting = (charge for charge in self.yard.charges() if charge.status == "RESERVATION")
        return next((charge for charge in waiting if charge.reservation and wanted(charge.reservation.key)), None)

    # --- UNLOCK_CONNECTOR ------------------------------------------------------------------------

    def unlock_connector(self, _partner: Partner, order: UnlockConnector, _correlation_id: str) -> Plan:
        place = self._place(order.location_id, order.evse_uid, order.connector_id)
        if place is None:
            return UNKNOWN_PLACE
        location, evse, _ = place
        if evse is None:
            return UNKNOWN_PLACE
        if "UNLOCK_CAPABLE" not in evse.get("capabilities", []):
            return Plan("NOT_SUPPORTED", "This connector cannot be unlocked remotely.")
        return Plan("ACCEPTED", act=lambda: self._unlock(location["id"], evse["uid"]))

    def _unlock(self, location_id: str, evse_uid: str) -> tuple[str, str | None]:
        """The charger ends a running session first, then lets the cable go."""
        if (self.network.evse(location_id, evse_uid) or {}).get("status") in BROKEN:
            return "EVSE_INOPERATIVE", None
        charge = self.yard.bay(location_id, evse_uid).charge
        if charge:
            self.life.unplug(charge)
        return "ACCEPTED", charge.id if charge else None

    # --- Shared ----------------------------------------------------------------------------------

    def _place(
        self, location_id: str, evse_uid: str | None, connector_id: str | None
    ) -> tuple[Wire, Wire | None, Wire | None] | None:
        """Location, EVSE and connector as far as they are named; None when one of them is unknown or private."""
        location = self.network.location(location_id)
        if location is None or self.network.is_private(location_id):
            return None
        evse = self.network.evse(location_id, evse_uid) if evse_uid else None
        connector = self.network.connector(location_id, evse_uid, connector_id) if evse_uid and connector_id else None
        missing = (evse_uid and evse is None) or (connector_id and connector is None)
        return None if missing else (location, evse, connector)

    def _free_evse(self, location_id: str, capability: str) -> Wire | None:
        location = self.network.location(location_id) or {"evses": []}
        for evse in location["evses"]:
            capable = capability in evse.get("capabilities", []) and len(evse["connectors"]) == 1
            if capable and evse["status"] == "AVAILABLE" and not self.yard.occupied(location_id, evse["uid"]):
                return evse
        return None

    def _authority(self, order: StartSession | ReserveNow, correlation_id: str) -> Authority:
        return Authority(order.token.to_wire(), "COMMAND", order.authorization_reference, correlation_id)
