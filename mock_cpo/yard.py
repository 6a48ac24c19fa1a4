"""The charging bays: which charge occupies which EVSE, and what that does to the EVSE's status."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_cpo.charge import NOT_AVAILABLE, Authority, Charge
from mock_cpo.clock import Clock, Timeline
from mock_cpo.network import Network
from mock_cpo.pushing import Pusher
from mock_cpo.vehicles import Vehicle
from ocpi.protocol.types import ci_key

COMMAND_GRACE = timedelta(minutes=15)
"""For so long after a command the same RFID card needs no real-time authorisation at that charger (CMD-22)."""
USED = ("AVAILABLE", "CHARGING", "RESERVED")
Key = tuple[str, str]


@dataclass(slots=True)
class Bay:
    """One EVSE. `plugged`: a cable hangs in it. `busy_until`: end of the last charge on its own timeline."""

    charge: Charge | None = None
    plugged: bool = False
    vehicle: Vehicle | None = None
    busy_until: datetime | None = None
    commanded: tuple[Authority, datetime] | None = None


class Yard:
    """All bays and charges."""

    def __init__(self, clock: Clock, network: Network, pusher: Pusher) -> None:
        self._clock = clock
        self._network = network
        self._pusher = pusher
        self.lock = threading.RLock()
        self._bays: dict[Key, Bay] = {}
        self._charges: dict[str, Charge] = {}
        self._last_of_token: dict[tuple[str, ...], datetime] = {}

    def bay(self, location_id: str, evse_uid: str) -> Bay:
        return self._bays.setdefault((ci_key(location_id), ci_key(evse_uid)), Bay())

    def bay_of(self, charge: Charge) -> Bay | None:
        """None for a reservation that has no EVSE yet."""
        return None if charge.evse_uid == NOT_AVAILABLE else self.bay(charge.location_id, charge.evse_uid)

    def add(self, charge: Charge) -> None:
        with self.lock:
            self._charges[ci_key(charge.id)] = charge
            bay = self.bay_of(charge)
            if bay:
                bay.charge = charge
                charge.plugged = bay.plugged

    def get(self, session_id: str) -> Charge | None:
        return self._charges.get(ci_key(session_id))

    def reserved(self, reservation_id: str) -> Charge | None:
        """A reservation that waits under this id; another eMSP may use the same one (CMD-28)."""
        wanted = ci_key(reservation_id)
        waiting = (charge for charge in self.charges() if charge.status == "RESERVATION")
        return next((each for each in waiting if each.reservation and each.reservation.key[2] == wanted), None)

    def charges(self) -> list[Charge]:
        """Oldest first."""
        with self.lock:
            return list(self._charges.values())

    def open_charges(self) -> Iterator[Charge]:
        """Charges at which time still matters: open ones, and cars that have not driven off yet."""
        return (charge for charge in self.charges() if charge.open or charge.leaves_at)

    def timeline(self, location_id: str, evse_uid: str, authority: Authority) -> Timeline:
        """A new timeline that does not overlap earlier charges of this EVSE or this token."""
        earlier = [self.bay(location_id, evse_uid).busy_until, self._last_of_token.get(_token(authority))]
        return self._clock.timeline(max((moment for moment in earlier if moment), default=None))

    def occupied(self, location_id: str, evse_uid: str) -> bool:
        """In use, reserved, or blocked by a charge on another virtual EVSE of the same charge point (LOC-45)."""
        uids = [evse_uid, *self._network.siblings(location_id, evse_uid)]
        return any(self.bay(location_id, uid).charge for uid in uids)

    def show(self, charge: Charge, status: str) -> None:
        """Tells the network and the eMSPs what the EVSE of this charge is doing."""
        if charge.evse_uid == NOT_AVAILABLE:
            return
        self.set_status(charge.location_id, charge.evse_uid, status, of=USED)
        for sibling in self._network.siblings(charge.location_id, charge.evse_uid):
            free = status == "AVAILABLE"
            self.set_status(
                charge.location_id, sibling, *(("AVAILABLE", ("INOPERATIVE",)) if free else ("INOPERATIVE", USED))
            )

    def set_status(self, location_id: str, evse_uid: str, status: str, of: tuple[str, ...] = ()) -> None:
        """Changes and pushes the status; with `of` only when it is one of these, so that a defect outlives a charge."""
        evse = self._network.evse(location_id, evse_uid)
        if evse and evse["status"] != status and (not of or evse["status"] in of):
            self._pusher.evse_status(location_id, self._network.set_status(location_id, evse_uid, status))

    def finish(self, charge: Charge) -> None:
        """Remembers when the charge ended, so that the next one begins later."""
        ended = charge.ended or charge.timeline.now()
        bay = self.bay_of(charge)
        if bay:
            bay.busy_until = max(bay.busy_until or ended, ended)
        token = _token(charge.authority)
        self._last_of_token[token] = max(self._last_of_token.get(token, ended), ended)

    def free(self, charge: Charge) -> None:
        """The bay is empty again."""
        charge.leaves_at = None
        charge.plugged = False
        bay = self.bay_of(charge)
        if bay and bay.charge is charge:
            bay.charge, bay.plugged, bay.vehicle = None, False, None
            self.show(charge, "AVAILABLE")

    def commanded(self, location_id: str, evse_uid: str, authority: Authority) -> None:
        self.bay(location_id, evse_uid).commanded = (authority, self._clock.now())

    def recent_command(self, location_id: str, evse_uid: str, token: dict) -> Authority | None:
        """The authority of a command that used this token here within the last 15 minutes."""
        commanded = self.bay(location_id, evse_uid).commanded
        if commanded and commanded[0].same_token(token) and self._clock.now() - commanded[1] < COMMAND_GRACE:
            return commanded[0]
        return None


def _token(authority: Authority) -> tuple[str, ...]:
    return tuple(ci_key(str(authority.token[key])) for key in ("country_code", "party_id", "uid", "type"))
