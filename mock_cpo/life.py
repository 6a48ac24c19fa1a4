"""The life of a charge: authorised or reserved → cable in → charging → full → cable out or stopped → billed.

Each step changes the charge, the EVSE and what the eMSPs see, in this order. The simulator calls `advance` as time
goes by; commands, cards and drivers call the other steps.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mock_cpo.catalogue import stamp
from mock_cpo.cdrs import Cdrs
from mock_cpo.charge import NOT_AVAILABLE, Authority, Charge, Reservation
from mock_cpo.clock import Clock, Stamps, Timeline
from mock_cpo.config import Settings
from mock_cpo.faults import Point, Switchboard
from mock_cpo.metering import read_meter
from mock_cpo.network import Network
from mock_cpo.pushing import Pusher
from mock_cpo.taximeter import Kind, Slice
from mock_cpo.vehicles import Vehicle
from mock_cpo.yard import Yard

Wire = dict[str, Any]
DRIVES_OFF = timedelta(seconds=20)
"""Simulated time between the end of a session and the empty bay."""


@dataclass(slots=True)
class Life:
    """Everything that happens to charges goes through here, one charge at a time.

    `on_active` hears of each session that has become ACTIVE.
    """

    settings: Settings
    clock: Clock
    stamps: Stamps
    network: Network
    yard: Yard
    pusher: Pusher
    cdrs: Cdrs
    random: random.Random
    faults: Switchboard
    on_active: list[Callable[[Charge], None]] = field(default_factory=list)

    # --- Beginnings ------------------------------------------------------------------------------

    def start(
        self, authority: Authority, location_id: str, evse_uid: str, connector_id: str, vehicle: Vehicle | None = None
    ) -> Charge:
        """An authorised charge that waits for its cable: PENDING, pushed as a whole."""
        timeline = self.yard.timeline(location_id, evse_uid, authority)
        charge = self._new(authority, location_id, evse_uid, connector_id, timeline, vehicle)
        self.yard.add(charge)
        self._put(charge)
        if charge.plugged:
            self.activate(charge)
        return charge

    def reserve(
        self, authority: Authority, location_id: str, evse_uid: str, connector_id: str, reservation: Reservation
    ) -> Charge:
        """A reserved EVSE, or a promise of some EVSE there (`#NA`): status RESERVATION."""
        charge = self._new(authority, location_id, evse_uid, connector_id, self.clock.timeline())
        charge.status, charge.reservation = "RESERVATION", reservation
        reservation.start = charge.created
        self.yard.add(charge)
        self.yard.show(charge, "RESERVED")
        self._put(charge)
        return charge

    def claim(
        self, charge: Charge, authority: Authority, evse_uid: str, connector_id: str, vehicle: Vehicle | None = None
    ) -> None:
        """The driver of a reservation has come: the newest authority counts from now on (CDR-23)."""
        with charge.lock:
            charge.authority = authority
            charge.vehicle = vehicle or charge.vehicle
            if charge.reservation:
                charge.reservation.claimed = True
            if charge.evse_uid == NOT_AVAILABLE:
                charge.evse_uid = evse_uid
                self.yard.add(charge)
            self._connect(charge, connector_id)
            if charge.plugged:
                self.activate(charge)

    def _new(
        self,
        authority: Authority,
        location_id: str,
        evse_uid: str,
        connector_id: str,
        timeline: Timeline,
        vehicle: Vehicle | None = None,
    ) -> Charge:
        connector = self._connector(location_id, evse_uid, connector_id)
        tariff = self.network.tariff_for(connector) or self._free()
        vehicle = vehicle or self.yard.bay(location_id, evse_uid).vehicle or Vehicle.random(self.random)
        return Charge(
            authority,
            location_id,
            evse_uid,
            connector_id,
            connector,
            tariff,
            self.network.zone(location_id),
            vehicle,
            timeline,
        )

    def _connector(self, location_id: str, evse_uid: str, connector_id: str) -> Wire:
        """Of an unassigned reservation it is arbitrary (CDR-24)."""
        location = self.network.location(location_id) or {"evses": []}
        evse = self.network.evse(location_id, evse_uid) or location["evses"][0]
        return self.network.connector(location_id, evse["uid"], connector_id) or evse["connectors"][0]

    def _connect(self, charge: Charge, connector_id: str) -> None:
        charge.connector_id = connector_id
        charge.connector = self._connector(charge.location_id, charge.evse_uid, connector_id)
        charge.tariff = self.network.tariff_for(charge.connector) or charge.tariff

    def _free(self) -> Wire:
        """A connector that lost its tariff charges for nothing."""
        owner = {"country_code": self.pusher.us.country_code, "party_id": self.pusher.us.party_id}
        component = {"type": "FLAT", "price": 0.0, "step_size": 1}
        elements = [{"price_components": [component]}]
        return owner | {
            "id": "FREE",
            "currency": "EUR",
            "elements": elements,
            "last_updated": stamp(self.stamps.next()),
        }

    # --- Charging --------------------------------------------------------------------------------

    def activate(self, charge: Charge) -> None:
        """Cable in and authorised: the session becomes ACTIVE and starts now (SES-16)."""
        with charge.lock:
            if charge.status not in ("PENDING", "RESERVATION"):
                return
            now = charge.timeline.now()
            charge.plugged = True
            if charge.reservation and now > charge.created:
                charge.slices = [Slice(charge.created, now, Kind.RESERVED)]
            charge.status, charge.activated, charge.reported_at, charge.report = "ACTIVE", now, now, 1
            charge.limits.pause = self.faults.run(Point.PAUSE, None, start=now)
            self.yard.show(charge, "CHARGING")
            if charge.reservation:
                self._put(charge)
            else:
                self._patch(charge, "status", "start_date_time")
        for hear in self.on_active:
            hear(charge)

    def plug(self, charge: Charge, vehicle: Vehicle | None = None) -> None:
        """The driver plugs in. A reservation that nobody has claimed at the charger stays one."""
        charge.vehicle = vehicle or charge.vehicle
        bay = self.yard.bay_of(charge)
        if bay:
            bay.plugged = True
        charge.plugged = True
        if charge.status == "PENDING" or (charge.reservation and charge.reservation.claimed):
            self.activate(charge)

    def advance(self, charge: Charge) -> None:
        """What time alone changes."""
        with charge.lock:
            now = charge.timeline.now()
            if charge.status == "ACTIVE":
                self._charge_on(charge, now)
            elif charge.status == "PENDING":
                self._wait_for_cable(charge, charge.created, now)
            elif charge.status == "RESERVATION":
                self._wait_for_driver(charge, now)
            elif charge.leaves_at and now >= charge.leaves_at:
                self.yard.free(charge)

    def _wait_for_cable(self, charge: Charge, since: datetime, now: datetime) -> None:
        waited = (now - since).total_seconds()
        if self.settings.auto_plug and waited >= self.settings.plug_delay:
            self.plug(charge)
        elif waited >= self.settings.connection_timeout:
            self.give_up(charge)

    def _wait_for_driver(self, charge: Charge, now: datetime) -> None:
        reservation = charge.reservation
        if reservation is None:
            return
        if reservation.claimed and self.settings.auto_plug:
            self.plug(charge)
        elif now >= reservation.expires:
            reservation.expired = True
            self.end_reservation(charge, max(reservation.expires, charge.created))

    def _charge_on(self, charge: Charge, now: datetime) -> None:
        read_meter(charge, now)
        if charge.vehicle.full and self.settings.auto_unplug and not charge.leaves_at:
            charge.leaves_at = now + timedelta(minutes=self.random.randint(2, 12))
        if charge.leaves_at and now >= charge.leaves_at:
            self.stop(charge)
        elif self._report_due(charge, now):
            self.report(charge)

    def _report_due(self, charge: Charge, now: datetime) -> bool:
        waited = (now - (charge.reported_at or now)).total_seconds()
        return (
            waited >= self.settings.report_interval
            and time.monotonic() - charge.reported_real >= self.settings.report_pause
        )

    def report(self, charge: Charge) -> None:
        """PATCH with what is new since the last report: charging_periods are appended by the receiver (SES-05)."""
        unseen = next((stamp(piece.start) for piece in charge.slices if piece.report == charge.report), None)
        if unseen is None:
            return
        fresh = [period for period in charge.reports() if period["start_date_time"] >= unseen]
        charge.report += 1
        charge.reported_at = charge.cursor
        self._patch(charge, "kwh", "total_cost", charging_periods=fresh)

    # --- Ends ------------------------------------------------------------------------------------

    def stop(self, charge: Charge) -> None:
        """The session is over: its final state goes out as a whole, the CDR behind it."""
        with charge.lock:
            if charge.status == "PENDING":
                self.give_up(charge)
            if charge.status != "ACTIVE":
                return
            now = charge.timeline.now()
            read_meter(charge, now, final=True)
            charge.report += 1
            self._complete(charge, now)
            charge.leaves_at = now + DRIVES_OFF if self.settings.auto_unplug else None

    def unplug(self, charge: Charge) -> None:
        """The cable comes out: that ends a running session, and the bay is free."""
        with charge.lock:
            self.stop(charge)
            if not charge.open:
                self.yard.free(charge)

    def give_up(self, charge: Charge) -> None:
        """No cable came: INVALID, which will not be billed."""
        with charge.lock:
            charge.status, charge.ended = "INVALID", charge.timeline.now()
            self.yard.finish(charge)
            self.yard.free(charge)
            self._put(charge)

    def end_reservation(self, charge: Charge, at: datetime) -> None:
        """Unused or cancelled: COMPLETED, and the reserved time is billed by its tariff (CMD-30)."""
        with charge.lock:
            if at > charge.created:
                charge.slices = [Slice(charge.created, at, Kind.RESERVED)]
            self._complete(charge, at)
            self.yard.free(charge)

    def _complete(self, charge: Charge, at: datetime) -> None:
        charge.status, charge.ended = "COMPLETED", at
        self.yard.finish(charge)
        self._put(charge)
        if charge.slices:
            self._bill(charge)

    def _bill(self, charge: Charge) -> None:
        location = self.network.location(charge.location_id) or {}
        for record in self.cdrs.write(charge, location, stamp(self.stamps.next())):
            self.pusher.cdr(record.owner, record.cdr, charge.id, charge.authority.correlation_id, record.arrived)

    # --- The Session object ----------------------------------------------------------------------

    def _put(self, charge: Charge) -> None:
        charge.reported_real = time.monotonic()
        self.pusher.session(charge.authority.party, self._stamped(charge), charge.authority.correlation_id)

    def _patch(self, charge: Charge, *names: str, **values: Any) -> None:
        charge.reported_real = time.monotonic()
        session = self._stamped(charge)
        change = {name: session[name] for name in ("id", *names, "last_updated")} | values
        self.pusher.session_part(charge.authority.party, change, charge.session, charge.authority.correlation_id)

    def _stamped(self, charge: Charge) -> Wire:
        charge.last_updated = stamp(self.stamps.next())
        return charge.session()
